"""What every script does around its call of the library: settings, log, whole outputs, errors."""

import json
import logging
import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from spendscape.errors import DataError


def namespace(value: Any) -> Any:
    """Turn nested dicts with string keys into attributes, `settings.model.units`."""
    return json.loads(json.dumps(value), object_hook=lambda d: SimpleNamespace(**d))


@contextmanager
def job(snakemake: Any) -> Iterator[SimpleNamespace]:
    """Run the body of a script.

    Yields `settings` (the rule's part of the config), `input`, `output`, `wildcards`, `threads` and
    `log`. `output` holds temporary names beside the real ones, with the same ending; they are moved
    when the body ends well and removed when it does not, so that nothing half-written stays.
    A `DataError` is answered by its message; any other error by its place in the log.
    """
    logging.basicConfig(
        filename=snakemake.log[0],
        filemode="w",
        format="%(asctime)s %(message)s",
        level=logging.INFO,
        force=True,
    )
    moves = {Path(path): Path(path).with_name(f".partial-{Path(path).name}") for path in snakemake.output}
    names = {
        name: [str(moves[Path(path)]) for path in value] if isinstance(value, (list, tuple)) else str(moves[Path(value)])
        for name, value in snakemake.output.items()
    }
    try:
        yield SimpleNamespace(
            settings=namespace(json.loads(snakemake.params.settings)),
            input=snakemake.input,
            output=SimpleNamespace(**names),
            wildcards=snakemake.wildcards,
            threads=snakemake.threads,
            memory=snakemake.resources.get("mem_mb"),
            log=logging.getLogger(snakemake.rule),
        )
        for real, partial in moves.items():
            os.replace(partial, real)
    except BaseException as error:
        for partial in moves.values():
            partial.unlink(missing_ok=True)
        if isinstance(error, DataError):
            logging.error("%s", error)
            sys.exit(f"spendscape {snakemake.rule}: {error}")
        logging.error("%s", traceback.format_exc())
        sys.exit(
            f"spendscape {snakemake.rule}: {type(error).__name__}, which should not happen; "
            f"its place is in {snakemake.log[0]}"
        )
