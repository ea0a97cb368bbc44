"""From the sections of the config to what ingest is called with: settings, files, the key of pseudonyms."""

import json
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from spendscape.ingest.class_tables import combine, read_class_table
from spendscape.ingest.classes import ClassRules, taxonomy_classes
from spendscape.ingest.columns import Columns, Reading, read_rates
from spendscape.ingest.databases import Database, database_table
from spendscape.ingest.lakes import Lake, lake_table
from spendscape.ingest.tables import Table


def reading(given: SimpleNamespace | Mapping[str, Any] | None, rates: str | None = None) -> Reading:
    """How to read the raw files.

    Parameters
    ----------
    given : the config's section `ingest`; None for what the simulator wrote, which needs no settings
    rates : path of the table of rates
    """
    if given is None:
        return Reading()
    section = _plain(given)
    values = {own.name: section[own.name] for own in fields(Reading)}
    columns = Columns(**values.pop("columns"))
    return Reading(columns=columns, **values | {"rates": read_rates(rates) if rates else ()})


def tables(
    source: str, given: SimpleNamespace | Mapping[str, Any], reading: Reading
) -> list[Table]:
    """What is read instead of files: a query of a database, or a version of a Delta or Iceberg table.

    Parameters
    ----------
    source : the config's `source`
    given : its section `ingest`
    """
    section = _plain(given)
    where = section["connection"]
    if source == "database":
        chosen = {key: section[key] for key in ("query", "table", "order", "as_of")}
        return [database_table(Database(**where, **chosen), reading)]
    if source in ("delta", "iceberg"):
        return [lake_table(lake(source, section))]
    return []


def lake(source: str, given: Mapping[str, Any]) -> Lake:
    """The Delta or Iceberg table of the config's section `ingest`."""
    where = {key: value for key, value in given["connection"].items() if key != "driver"}
    return Lake(source, given["table"], given["version"], **where)


def class_rules(
    given: SimpleNamespace | None, taxonomy: str | None, tables: str | Sequence[str]
) -> ClassRules:
    """How categories become classes.

    Parameters
    ----------
    given : the config's section `ingest`; None for what the simulator wrote
    taxonomy : path of the table of classes
    tables : paths of the class tables; later ones win
    """
    section = "ingest" if given else "simulate"
    classes = taxonomy_classes(taxonomy, f"{section}.taxonomy") if taxonomy else None
    if given is None:
        return ClassRules(taxonomy=classes)
    paths = [tables] if isinstance(tables, str) else tables
    return ClassRules(
        taxonomy=classes,
        class_map=_plain(given.class_map),
        class_table=combine([read_class_table(path, "ingest.class_tables") for path in paths]),
        excluded_categories=given.excluded_categories,
        unmapped=given.unmapped,
        allow_unused=given.allow_unused,
    )


def file_names(paths: Sequence[str], given: SimpleNamespace | None) -> dict[str, str]:
    """Each file's name in the ledger, and the path at which it is read.

    The name starts from ingest.folder. The files of a bucket are read as local copies.
    """
    if given and "://" in given.folder:
        return dict(zip(given.files, paths, strict=True))
    return {
        os.path.relpath(path, given.folder if given else Path(path).parent): path for path in paths
    }


def query_memory(megabytes: int) -> int:
    """The part of a job's memory that DuckDB may take; the rest is for Python and Arrow."""
    return megabytes * 6 // 10


@contextmanager
def work_folder(output: str) -> Iterator[str]:
    """An empty folder beside an output for files that are not kept."""
    with tempfile.TemporaryDirectory(prefix=".work-", dir=Path(output).parent) as folder:
        yield folder


def write_ledger(ledger: Mapping[str, Any], path: str, classes: str) -> None:
    """Write ledger.json and classes.json."""
    Path(classes).write_text(json.dumps(ledger["classes"], indent=1))
    Path(path).write_text(json.dumps(ledger, indent=1, ensure_ascii=False))


def kept_folder(output: str) -> str:
    """The folder of kept sums, beside kept.json."""
    return str(Path(output).parent / "kept")


def write_kept(sums: Mapping[str, Any], path: str) -> None:
    """Write kept.json: where the sums of each file are, from the folder of kept.json."""
    own = Path(path).parent
    folders = {
        name: [file, os.path.relpath(folder, own)]
        for name, (file, folder) in sums["folders"].items()
    }
    own_sums = {**sums, "folders": folders, "monthly": os.path.relpath(sums["monthly"], own)}
    Path(path).write_text(json.dumps(own_sums, indent=1, ensure_ascii=False))


def history(path: str | None) -> dict[str, Any] | None:
    """What `write_kept` wrote in another run, with folders as they are seen from here; None without one."""
    if not path:
        return None
    sums: dict[str, Any] = json.loads(Path(path).read_text())
    own = Path(path).parent
    folders = {name: [file, str(own / folder)] for name, (file, folder) in sums["folders"].items()}
    # A run of an older version has none, and is refused for its version in words.
    return sums | {"folders": folders, "monthly": str(own / sums.get("monthly", ""))}


def _plain(value: Any) -> Any:
    """A section of the settings as a dict."""
    if isinstance(value, SimpleNamespace):
        return {key: _plain(part) for key, part in vars(value).items()}
    return value
