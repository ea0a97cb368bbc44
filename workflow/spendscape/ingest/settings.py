"""What the scripts that read raw files make of the config."""

import json
import os
from dataclasses import fields
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from spendscape.core.errors import DataError
from spendscape.ingest.class_tables import combine, read_class_table
from spendscape.ingest.classes import ClassRules, taxonomy_classes
from spendscape.ingest.columns import Columns, Reading, read_rates


def reading(given: SimpleNamespace | None, rates: str | None = None) -> Reading:
    """How to read; None: what the simulator wrote, which needs no settings.

    Parameters
    ----------
    given : the config's section ingest
    """
    if given is None:
        return Reading()
    values = {f.name: plain(getattr(given, f.name)) for f in fields(Reading)}
    columns = Columns(**values.pop("columns"))
    return Reading(columns=columns, **values | {"rates": read_rates(rates) if rates else ()})


def class_rules(
    given: SimpleNamespace | None, taxonomy: str | None, tables: str | list[str]
) -> ClassRules:
    """How categories become classes."""
    section = "ingest" if given else "simulate"
    classes = taxonomy_classes(taxonomy, f"{section}.taxonomy") if taxonomy else None
    if given is None:
        return ClassRules(taxonomy=classes)
    paths = [tables] if isinstance(tables, str) else tables
    return ClassRules(
        taxonomy=classes,
        class_map=plain(given.class_map),
        class_table=combine([read_class_table(path, "ingest.class_tables") for path in paths]),
        excluded_categories=given.excluded_categories,
        unmapped=given.unmapped,
    )


def file_names(paths: list[str], given: SimpleNamespace | None) -> dict[str, str]:
    """Each file's name in the ledger, and its path; a bucket's files are read as local copies."""
    if given and "://" in given.folder:
        return dict(zip(given.files, paths, strict=True))
    return {
        os.path.relpath(path, given.folder if given else Path(path).parent): path for path in paths
    }


def secret(privacy: SimpleNamespace) -> bytes | None:
    """The key of the pseudonyms, None where ids stay.

    Raises
    ------
    DataError
        The environment does not have it.
    """
    if not privacy.pseudonymise:
        return None
    if not os.environ.get(privacy.key_variable):
        raise DataError(
            f"privacy.key_variable: {privacy.key_variable!r} was given; the environment has no such variable"
        )
    return os.environ[privacy.key_variable].encode()


def write_ledger(ledger: dict[str, Any], output: Any) -> None:
    """Write ledger.json and classes.json."""
    Path(output.classes).write_text(json.dumps(ledger["classes"], indent=1))
    Path(output.ledger).write_text(json.dumps(ledger, indent=1, ensure_ascii=False))


def plain(value: Any) -> Any:
    """A section of the settings as a dict."""
    if isinstance(value, SimpleNamespace):
        return {key: plain(part) for key, part in vars(value).items()}
    return value
