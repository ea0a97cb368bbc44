"""What every script does around its call of the library: settings, log, whole outputs, errors."""

import json
import logging
import os
import re
import secrets
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from spendscape.core.errors import DataError
from spendscape.core.json import to_json


def namespace(value: Any) -> Any:
    """Turn nested dicts with string keys into attributes, `settings.model.units`."""
    return json.loads(json.dumps(value), object_hook=lambda d: SimpleNamespace(**d))


def write_json(path: str, values: Any) -> None:
    """Write nested dicts, lists, numbers and NumPy arrays; every float exact."""
    Path(path).write_text(to_json(values) + "\n")


@contextmanager
def job(snakemake: Any = None) -> Iterator[SimpleNamespace]:
    """Run the body of a script; `snakemake` is what Snakemake puts beside it, unless it is given.

    Yields `settings` (the rule's part of the config), `input`, `output`, `params`, `wildcards`,
    `threads`, `memory` (megabytes) and `log`. `output` holds temporary names beside the real ones, with the
    same ending; they are moved when the body ends well and removed when it does not, so that
    nothing half-written stays. They are this process's own, because one that outlived its killed
    Snakemake may be at the same outputs. What libraries print goes to the log.
    A `DataError` is answered by its message; any other error by its place in the log.
    Without a log, as in `spendscape job`, all of it stays on the terminal and other errors pass through.
    """
    snakemake = snakemake or vars(sys.modules["__main__"])["snakemake"]
    log = next(iter(snakemake.log), None)
    terminal = _print_to(log)
    mark = secrets.token_hex(4)
    moves = {}
    for real in map(Path, snakemake.output):
        moves[real] = real.with_name(f".partial-{mark}-{real.name}")
        for left in _left(real):
            left.unlink(missing_ok=True)
    # A name may stand for several files.
    names = {
        name: str(moves[Path(files)])
        if isinstance(files, (str, Path))
        else [str(moves[Path(file)]) for file in files]
        for name, files in snakemake.output.items()
    }
    try:
        yield SimpleNamespace(
            settings=namespace(json.loads(snakemake.params.settings)),
            input=snakemake.input,
            output=SimpleNamespace(**names),
            params=snakemake.params,
            wildcards=snakemake.wildcards,
            threads=snakemake.threads,
            memory=snakemake.resources.get("mem_mb"),
            log=logging.getLogger(snakemake.rule),
        )
        for real, partial in moves.items():
            os.replace(partial, real)
    except DataError as error:
        if log:
            logging.error("%s", error)
        os.write(terminal, f"spendscape {snakemake.rule}: {error}\n".encode())
        sys.exit(1)
    except Exception as error:
        if not log:
            raise
        logging.error("%s", _place(error))
        kind = f"{type(error).__name__}, which should not happen"
        message = f"spendscape {snakemake.rule}: {kind}; its place is in {log}\n"
        os.write(terminal, message.encode())
        sys.exit(1)
    finally:
        for partial in moves.values():
            partial.unlink(missing_ok=True)


def _left(real: Path) -> list[Path]:
    """What killed processes have left of an output; one that still writes fails when it moves it."""
    name = re.compile(rf"\.partial-[0-9a-f]{{8}}-{re.escape(real.name)}")
    return [path for path in real.parent.iterdir() if name.fullmatch(path.name)]


def _print_to(log: str | None) -> int:
    """Send standard output and error to the log, if there is one; returns the terminal's file descriptor."""
    terminal = os.dup(2)
    if log:
        target = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND)
        os.dup2(target, 1)
        os.dup2(target, 2)
        os.close(target)
    logging.basicConfig(
        stream=sys.stderr, format="%(asctime)s %(message)s", level=logging.INFO, force=True
    )
    return terminal


def _place(error: Exception) -> str:
    """Where an error came from; what a reader of raw files says is withheld, it may quote a row."""
    if type(error).__module__.split(".")[0] in {"_duckdb", "duckdb", "pyarrow"}:
        frames = "".join(traceback.format_tb(error.__traceback__))
        return f"{frames}{type(error).__name__} (message withheld, it may quote a row)"
    return "".join(traceback.format_exception(error))
