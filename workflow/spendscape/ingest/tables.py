"""Rows that do not come from a file: a query, or a snapshot of a table. They are read once, as Arrow batches.

Some batches are judged while the next one comes, and the verdicts are kept in a Parquet file in the
work folder, so that memory is bounded and the server is never waited for twice.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from spendscape.core.errors import DataError
from spendscape.ingest.columns import Reading, find
from spendscape.ingest.parquet_text import mended
from spendscape.ingest.row_sql import judge
from spendscape.ingest.sql import literal
from spendscape.ingest.typed_columns import (
    LARGEST_WHOLE,
    is_id,
    large_ids,
    refuse_types,
    typed_roles,
)

# What a text of a batch is in its field's metadata where it is a number that no type of Arrow holds.
NUMBER = {b"spendscape": b"number"}
# So many rows are judged at once, or as many as a batch has.
ROWS = 2**17


class Rows(Protocol):
    """An open source of rows."""

    @property
    def names(self) -> Sequence[str]:
        """All of its columns."""

    def read(self, columns: Sequence[str]) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
        """Some of the columns, their rows in the order in which they are numbered."""


@dataclass(frozen=True)
class Table:
    """Where rows come from.

    Attributes
    ----------
    name : how the ledger and the quarantine name it, with the version that is read
    origin : what the ledger says of it: kind, version, in which order its rows are numbered
    open : opens it
    told : a fault while rows are read, in words without a value of a row
    """

    name: str
    origin: Mapping[str, Any]
    open: Callable[[], AbstractContextManager[Rows]]
    told: Callable[[Exception], DataError]


@dataclass
class _Stream:
    """Batches on their way to DuckDB: numbered, their texts in UTF-8; what was seen in passing.

    Attributes
    ----------
    used : the columns that ingest reads; the others are kept as text only
    rows : how many there were
    large : rows by column in which a floating-point number may stand for several whole ones
    fault : what ended the batches too early
    """

    batches: Iterator[pa.RecordBatch]
    schema: pa.Schema
    used: Set[int]
    rows: int = 0
    large: Counter[int] = field(default_factory=Counter)
    fault: Exception | None = None

    def tables(self) -> Iterator[pa.Table]:
        """The rows as row, bad (texts that were not UTF-8) and c0, c1, …, at least ROWS of them at a time."""
        waiting: list[pa.RecordBatch] = []
        for batch in self._numbered():
            waiting.append(batch)
            if sum(map(len, waiting)) >= ROWS:
                yield pa.Table.from_batches(waiting)
                waiting = []
        if waiting:
            yield pa.Table.from_batches(waiting)

    def _numbered(self) -> Iterator[pa.RecordBatch]:
        try:
            for batch in _fetched(self.batches):
                first, self.rows = self.rows + 1, self.rows + len(batch)
                bad = [False] * len(batch)
                columns = [
                    mended(plain(column), bad if k in self.used else list(bad))
                    for k, column in enumerate(batch.columns)
                ]
                for k, column in enumerate(columns):
                    if pa.types.is_floating(column.type):
                        limit = LARGEST_WHOLE["DOUBLE" if column.type.bit_width == 64 else "FLOAT"]
                        whole = pc.and_(
                            pc.is_finite(column), pc.greater_equal(pc.abs(column), limit)
                        )
                        self.large[k] += pc.sum(whole).as_py() or 0
                marks = pa.array(bad) if any(bad) else pa.nulls(len(batch), pa.bool_())
                if any(bad):
                    columns = [pc.if_else(marks, None, column) for column in columns]
                numbers = pa.array(np.arange(first, self.rows + 1))
                kinds = self.schema.types[2:]
                own = [column.cast(kind) for column, kind in zip(columns, kinds, strict=True)]
                yield pa.RecordBatch.from_arrays([numbers, marks, *own], schema=self.schema)
        except Exception as error:
            self.fault = error
            raise


def _fetched(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The batches; while one is worked on, the next is fetched. After a fault nothing more is asked for."""
    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(next, batches, None)
        while (batch := coming.result()) is not None:
            coming = pool.submit(next, batches, None)
            yield batch


def plain(column: Any) -> Any:
    """A column without a type of a database's own, of whose values Arrow has the storage."""
    return column.storage if isinstance(column, pa.ExtensionArray) else column


def plain_type(kind: pa.DataType) -> pa.DataType:
    """A column's type without a dictionary, and without a type of a database's own."""
    if isinstance(kind, pa.BaseExtensionType):
        kind = kind.storage_type
    return kind.value_type if pa.types.is_dictionary(kind) else kind


def judged_table(
    connection: duckdb.DuckDBPyConnection,
    number: int,
    table: Table,
    reading: Reading,
    work: str,
    keep_text: bool,
) -> tuple[str, int]:
    """Read a table; return the select of its judged rows, and how many they are.

    Raises
    ------
    DataError
        It cannot be opened or read, or lacks a column.
    """
    with table.open() as rows:
        names = list(rows.names)
        places, constants = find(table.name, names, reading)
        wanted = list(dict.fromkeys(names[place] for place in places.values()))
        if keep_text:
            wanted = [name for name in names if names.count(name) == 1]
        schema, batches = rows.read(wanted)
        kinds = dict(zip(wanted, schema.types, strict=True))
        own = {role: (names[place], kinds[names[place]]) for role, place in places.items()}
        refuse_types(table.name, own)
        fields = [pa.field(f"c{k}", plain_type(own.type)) for k, own in enumerate(schema)]
        head = [pa.field("row", pa.int64()), pa.field("bad", pa.bool_())]
        stream = _Stream(
            batches,
            pa.schema([*head, *fields]),
            {wanted.index(names[place]) for place in places.values()},
        )
        view, spool = f"stream_{number}", str(Path(work) / f"{number}.judged.parquet")
        connection.register(view, stream.schema.empty_table())
        types = {
            str(name): str(kind)
            for name, kind, *_ in connection.execute(f"DESCRIBE FROM {view}").fetchall()
        }
        chosen = {role: f"c{wanted.index(names[place])}" for role, place in places.items()}
        zones = {f"c{k}": own.type for k, own in enumerate(schema)}
        numbers = {f"c{k}" for k, own in enumerate(schema) if own.metadata == NUMBER}
        columns, dated, numeric = typed_roles(chosen, types, zones, reading.time_zone, numbers)
        columns |= {role: literal(value) for role, value in constants.items()}
        listed = ", ".join(f"{sql} AS {role}" for role, sql in columns.items())
        every = [own.name for own in fields] if keep_text else []
        text = (
            f"concat_ws({literal(reading.delimiter)}, {', '.join(every)})"
            if keep_text
            else "NULL::VARCHAR"
        )
        raw = f"""SELECT row, NULL::BIGINT AS line, if(bad, 'bad_encoding', NULL) AS problem,
            {listed}, {text} AS text FROM {view}"""
        try:
            _keep(connection, stream, view, judge(raw, reading, dated, numeric), spool)
        except Exception:
            if stream.fault is None:
                raise
            raise table.told(stream.fault) from None
        finally:
            connection.unregister(view)
    for role, column in chosen.items():
        count = stream.large[int(column[1:])] if is_id(role) else 0
        if count:
            raise large_ids(role, table.name, count, LARGEST_WHOLE[types[column]])
    return f"SELECT * FROM read_parquet({literal(spool)})", stream.rows


def _keep(
    connection: duckdb.DuckDBPyConnection, stream: _Stream, view: str, select: str, path: str
) -> None:
    """Write the judged rows to a Parquet file.

    Parameters
    ----------
    view, select : what the select takes the rows from, and the select
    """
    schema = connection.sql(select).to_arrow_table().schema
    # Arrow writes it in half the time that DuckDB takes.
    options: dict[str, Any] = {
        "compression": "none",
        "use_dictionary": [
            own.name
            for own in schema
            if pa.types.is_string(own.type) and own.name not in ("transaction", "text")
        ],
        "column_encoding": {"row": "DELTA_BINARY_PACKED"},
        "store_decimal_as_integer": True,
        "store_schema": False,
        "write_statistics": False,
    }
    with pq.ParquetWriter(path, schema, **options) as writer:
        for rows in stream.tables():
            connection.register(view, rows)
            writer.write_table(connection.sql(select).to_arrow_table(), ROWS * 4)
