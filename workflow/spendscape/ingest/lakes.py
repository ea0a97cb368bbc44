"""Rows of a Delta Lake or an Iceberg table, in a version that the config pins."""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

import pyarrow as pa

from spendscape.core.errors import DataError
from spendscape.ingest.optional import check_installed, optional
from spendscape.ingest.tables import Table

# Rows that are held at once.
BATCH = 2**16
# What each kind of table needs, as `optional` takes it.
PACKAGES = {
    "delta": ("deltalake", "source", "delta", "lake"),
    "iceberg": ("pyiceberg.catalog.sql", "source", "iceberg", "lake"),
}


@dataclass(frozen=True)
class Lake:
    """A table, and which version of it is read; the fields are keys of the config.

    `kind` is delta or iceberg. `uri` is that of Iceberg's SQL catalog; `options` are passed on.
    """

    kind: str
    table: str
    version: int | None
    uri: str | None = None
    password_variable: str = "SPENDSCAPE_PASSWORD"
    options: Mapping[str, str] = field(default_factory=dict)


def lake_table(own: Lake) -> Table:
    """A version of a table as a source of rows."""
    word = "version" if own.kind == "delta" else "snapshot"
    origin = {
        "kind": own.kind,
        "table": own.table,
        word: own.version,
        "numbered_by": "the table's data files in the order of their names",
    }
    return Table(
        f"{own.table}@{own.version}",
        origin,
        lambda: _opened(own),
        lambda error: _told(own, error),
    )


def check_reader(kind: str) -> None:
    """Check that the package is installed that reads Delta or Iceberg tables.

    Raises
    ------
    DataError
        It is not.
    """
    check_installed(*PACKAGES[kind])


def check_version(own: Lake) -> None:
    """Check that the config pins a version, so that a run can be repeated.

    Raises
    ------
    DataError
        It does not; the message has the newest one.
    """
    if own.version is None:
        newest = _delta(own).version() if own.kind == "delta" else _iceberg(own)[1]
        raise DataError(
            f"ingest.version: null was given; the newest of {own.table} is {newest}; give this number or an "
            "earlier one, so that the run can be repeated"
        )


@dataclass
class _Rows:
    """A version of a table."""

    names: Sequence[str]
    scan: Any

    def read(self, columns: Sequence[str]) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
        schema, batches = self.scan(list(columns))
        return schema, batches


@contextmanager
def _opened(own: Lake) -> Iterator[_Rows]:
    if own.kind == "delta":
        table = _delta(own)
        names = [column.name for column in table.schema().fields]
        yield _Rows(names, lambda columns: _delta_batches(own, table, columns))
        return
    table, _ = _iceberg(own)
    if table.snapshot_by_id(own.version) is None:
        known = ", ".join(str(one.snapshot_id) for one in table.snapshots()[-5:])
        raise DataError(
            f"ingest.version: {own.version} was given; {own.table} has no such snapshot.\nIts last: {known}"
        )
    names = table.scan(snapshot_id=own.version).projection().column_names
    names = [name for name in names if "." not in name]
    yield _Rows(names, lambda columns: _iceberg_batches(own, table, columns))


def _delta(own: Lake) -> Any:
    """A Delta table in the version of the config, or in the newest."""
    deltalake = optional(*PACKAGES["delta"])
    try:
        return deltalake.DeltaTable(
            own.table, version=own.version, storage_options=dict(own.options) or None
        )
    except Exception as error:
        raise _told(own, error) from None


def _delta_batches(
    own: Lake, table: Any, columns: list[str]
) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
    """Some columns of a Delta table, file by file."""
    features = set(table.protocol().reader_features or ())
    if features & {"deletionVectors", "columnMapping"}:
        raise DataError(
            f"ingest.table: {own.table} has deletion vectors or mapped columns, in which rows have no fixed place; "
            "rewrite it (REORG TABLE … APPLY (PURGE)), or export it to Parquet"
        )
    found = table.to_pyarrow_dataset()
    parts = sorted(found.get_fragments(), key=lambda part: part.path)
    schema = pa.schema([found.schema.field(name) for name in columns])
    return schema, (
        batch
        for part in parts
        for batch in part.to_batches(columns=columns, schema=found.schema, batch_size=BATCH)
    )


def _iceberg(own: Lake) -> tuple[Any, int | None]:
    """An Iceberg table, and its newest snapshot."""
    catalogs = optional(*PACKAGES["iceberg"])
    try:
        name, options = catalog_options(own)
        catalog = catalogs.SqlCatalog(name, **options)
        table = catalog.load_table(own.table)
    except Exception as error:
        raise _told(own, error) from None
    snapshot = table.current_snapshot()
    return table, snapshot.snapshot_id if snapshot else None


def catalog_options(own: Lake) -> tuple[str, dict[str, str]]:
    """The name of Iceberg's SQL catalog, by which its tables are found in the database, and its options."""
    options = {key: value for key, value in own.options.items() if key != "name"}
    return own.options.get("name", "spendscape"), {
        **options,
        "uri": _with_password(str(own.uri), own),
    }


def _iceberg_batches(
    own: Lake, table: Any, columns: list[str]
) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
    """Some columns of an Iceberg table, file by file: all at once would fill the memory."""
    reading = optional("pyiceberg.io.pyarrow", "source", "iceberg", "lake")
    scan = table.scan(snapshot_id=own.version).select(*columns)
    projected = scan.projection()
    schema = reading.schema_to_pyarrow(projected, include_field_ids=False)
    schema = pa.schema([schema.field(name) for name in columns])
    arrow = reading.ArrowScan(table.metadata, table.io, projected, scan.row_filter)
    tasks = sorted(
        scan.plan_files(),
        key=lambda task: (task.file.file_path, task.start if hasattr(task, "start") else 0),
    )
    return schema, (
        batch.select(columns) for task in tasks for batch in arrow.to_record_batches([task])
    )


def _with_password(uri: str, own: Lake) -> str:
    """An address of SQLAlchemy with the password of the environment."""
    password = os.environ.get(own.password_variable)
    parts = urlsplit(uri)
    if not password or "@" not in parts.netloc:
        return uri
    user, _, host = parts.netloc.rpartition("@")
    return urlunsplit(parts._replace(netloc=f"{user}:{quote(password, safe='')}@{host}"))


def _told(own: Lake, error: Exception) -> DataError:
    """A fault in words; what a reader of rows says is withheld, it may quote one."""
    if type(error).__module__.startswith("pyarrow"):
        return DataError(f"ingest.table: a data file of {own.table} cannot be read")
    message = str(error).partition("\n")[0]
    password = os.environ.get(own.password_variable)
    for secret in (password, quote(password, safe="") if password else None):
        message = message.replace(secret, "***") if secret else message
    return DataError(f"ingest.table: {own.table} cannot be read as {own.kind}; {message}")
