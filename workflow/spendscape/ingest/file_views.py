"""One raw file, or a part of one, as a view of judged rows in DuckDB.

DuckDB's CSV reader is fast, and lenient where a file is broken: it was seen to drop surplus fields
and whole tails of a file without a word. So it is trusted only with files in which, by our own count,
every line is one row; `careful_rows` reads all others.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from spendscape.core.errors import DataError
from spendscape.ingest.columns import Reading, find
from spendscape.ingest.file_parts import Piece, kind_of
from spendscape.ingest.lossless_csv import careful_rows, header_of, plain_rows
from spendscape.ingest.parquet_text import MARK, with_marked_rows
from spendscape.ingest.row_sql import AMOUNT, judge
from spendscape.ingest.spreadsheets import sheet_records, sheet_rows
from spendscape.ingest.sql import clean, identifier, literal
from spendscape.ingest.tables import Table, judged_table
from spendscape.ingest.typed_columns import (
    is_id,
    refuse_large_ids,
    refuse_types,
    typed_roles,
)
from spendscape.ingest.unpacking import arrow_to_parquet, cut_rows, cut_text, plain_text


def judged_view(
    connection: duckdb.DuckDBPyConnection,
    number: int,
    piece: Piece | Table,
    reading: Reading,
    work: str,
    keep_text: bool,
    mend: bool = False,
) -> int:
    """Make the view rows_`number`: file, row, line, customer, month, category, amount, reason, text.

    Parameters
    ----------
    work : a folder for files that have to be rewritten
    keep_text : whether the text of each row is kept
    mend : whether Parquet may hold texts that are not UTF-8 (`parquet_text`)

    Returns
    -------
    int
        The number of rows, counted without the view.

    Raises
    ------
    DataError
        A file that is empty, cannot be read, or lacks a column.
    """
    if isinstance(piece, Table):
        select, rows = judged_table(connection, number, piece, reading, work, keep_text)
    else:
        select, rows = _file(connection, number, piece, reading, work, keep_text, mend)
    if reading.columns.currency is not None:
        select = _converted(select, reading)
    connection.execute(f"CREATE VIEW rows_{number} AS SELECT {number} AS file, * FROM ({select})")
    return rows


def _file(
    connection: duckdb.DuckDBPyConnection,
    number: int,
    piece: Piece,
    reading: Reading,
    work: str,
    keep_text: bool,
    mend: bool,
) -> tuple[str, int]:
    """The select of a file's judged rows, and how many they are."""
    kind = "sheet" if piece.sheet else kind_of(piece.name, reading.format)[0]
    if Path(piece.path).stat().st_size == 0:
        raise DataError(f"ingest.files: {piece.name} is empty; expected columns and rows")
    staged = f"staged_{number}"
    if kind == "text":
        rows, before = _stage_text(connection, piece, reading, work, staged, keep_text)
        # A part of a file does not know how many rows are before it, only how many lines.
        row = "NULL::BIGINT" if piece.parts > 1 else "coalesce(row, rowid + 1)"
        line = f"coalesce(line, rowid + 1 + {before})"
        return f"SELECT * REPLACE ({row} AS row, {line} AS line) FROM {staged}", rows
    if kind == "sheet":
        rows = _stage_sheet(connection, piece, reading, staged, keep_text)
        return f"SELECT * FROM {staged}", rows
    path = piece.path
    if kind == "arrow":
        path = arrow_to_parquet(piece.name, path, str(Path(work) / f"{number}.arrow.parquet"))
    mended = str(Path(work) / f"{number}.mended.parquet") if mend else None
    return _parquet(connection, piece, path, reading, keep_text, mended)


def _parquet(
    connection: duckdb.DuckDBPyConnection,
    piece: Piece,
    path: str,
    reading: Reading,
    keep_text: bool,
    mended: str | None,
) -> tuple[str, int]:
    """The select that judges a Parquet file, and the number of its rows."""
    try:
        file = pq.ParquetFile(path)
        schema, rows = file.schema_arrow, file.metadata.num_rows
        places, constants = find(piece.name, schema.names, reading)
        refuse_types(
            piece.name, {role: (schema.names[k], schema.types[k]) for role, k in places.items()}
        )
        if mended:
            path = with_marked_rows(path, mended, list(places.values()))
        source = f"read_parquet({literal(path)}, file_row_number = true, binary_as_string = true, hive_partitioning = false)"
        described = connection.execute(f"DESCRIBE FROM {source}").fetchall()
    except (duckdb.Error, pa.ArrowException) as error:
        raise DataError(
            f"ingest.files: {piece.name} cannot be read as Parquet; {first_line(error)}"
        ) from None
    # DuckDB renames columns whose names differ in case only; their places stay those of the file.
    types = {str(column): str(kind) for column, kind, *_ in described[: len(schema)]}
    own = list(types)
    chosen = {role: own[place] for role, place in places.items()}
    zones = {own[place]: schema.field(place).type for place in places.values()}
    found, dated, numeric = typed_roles(chosen, types, zones, reading.time_zone)
    columns = {role: literal(value) for role, value in constants.items()}
    for role, sql in found.items():
        columns[role] = f"if({identifier(MARK)}, NULL, {sql})" if mended else sql
    typed = {
        role: (identifier(column), types[column]) for role, column in chosen.items() if is_id(role)
    }
    refuse_large_ids(connection, piece.name, source, typed)
    raw_columns = [columns[r] if r in constants else identifier(chosen[r]) for r in columns]
    within = ""
    if piece.parts > 1:
        low, high = cut_rows(piece)
        within, rows = f"WHERE file_row_number >= {low} AND file_row_number < {high}", high - low
    problem = f"if({identifier(MARK)}, 'bad_encoding', NULL)" if mended else "NULL::VARCHAR"
    raw = f"""
        SELECT file_row_number + 1 AS row, NULL::BIGINT AS line, {problem} AS problem,
            {", ".join(f"{column} AS {role}" for role, column in columns.items())},
            {_whole_row(reading, raw_columns) if keep_text else "NULL::VARCHAR"} AS text
        FROM {source} {within}"""
    return judge(raw, reading, dated, numeric), rows


def _stage_text(
    connection: duckdb.DuckDBPyConnection,
    piece: Piece,
    reading: Reading,
    work: str,
    staged: str,
    keep_text: bool,
) -> tuple[int, int]:
    """Make the table `staged` of a text file's judged rows, in the order of the file.

    Returns their number and the lines before the first of them.
    """
    unpacked, part = (str(Path(work) / f"{staged}.{ending}") for ending in ("text", "part"))
    path = plain_text(piece, reading.encoding, unpacked, reading.format)
    if Path(path).stat().st_size == 0:
        raise DataError(f"ingest.files: {piece.name} is empty; expected columns and rows")
    header, used = _text_header(piece.name, path, reading)
    places, constants = find(piece.name, header, reading)
    given = "".join(f", {literal(value)} AS {role}" for role, value in constants.items())
    head = before = reading.skip_lines + used
    if piece.parts > 1:
        path, before = cut_text(piece, path, reading.delimiter, reading.quote, head, part)
        head = 0
    done = None
    fields = [f"c{place}" for place in range(len(header))]
    quote = literal(reading.quote)
    raw = f"""
        SELECT NULL::BIGINT AS row, NULL::BIGINT AS line, NULL::VARCHAR AS problem,
            {", ".join(f"c{place} AS {role}" for role, place in places.items())}{given},
            {_whole_row(reading, fields) if keep_text else "NULL::VARCHAR"} AS text
        FROM read_csv({literal(path)}, auto_detect = false, header = false, skip = {head},
            delim = {literal(reading.delimiter)}, quote = {quote}, escape = {quote}, columns = {{
            {", ".join(f"'{column}': 'VARCHAR'" for column in fields)} }})"""
    with ThreadPoolExecutor(1) as pool:
        counting = pool.submit(plain_rows, path, head)
        # Its message would quote the row, and the careful reader says what is wrong by line.
        with suppress(duckdb.Error):
            done = _keep(connection, judge(raw, reading), staged)
        rows = counting.result()
    if rows is None or done != rows:
        records = careful_rows(
            path, reading.delimiter, reading.quote, len(header), places, head, before - head
        )
        count = Counter[str]()
        connection.register("careful", _batches(records, list(places), keep_text, count))
        _keep(connection, judge(f"SELECT *{given} FROM careful", reading), staged)
        connection.unregister("careful")
        rows = count["rows"]
    for made in (unpacked, part):
        Path(made).unlink(missing_ok=True)
    return rows, before


def _stage_sheet(
    connection: duckdb.DuckDBPyConnection,
    piece: Piece,
    reading: Reading,
    staged: str,
    keep_text: bool,
) -> int:
    """Make the table `staged` of a sheet's judged rows; return their number."""
    header, found = sheet_rows(piece, reading)
    places, constants = find(piece.name, header, reading)
    given = "".join(f", {literal(value)} AS {role}" for role, value in constants.items())
    dated = [role for role in places if role == "date_0" and isinstance(reading.columns.date, str)]
    typed = [*dated, *(role for role in places if role in ("amount", "credit"))]
    records = sheet_records(piece.name, found, len(header), places, typed, reading.delimiter)
    kinds = {f"{role}_typed": pa.date32() if role in dated else pa.float64() for role in typed}
    # Whole, because a workbook's sheet is in memory anyhow, and an error of Python would not come through DuckDB.
    cells = _batches(records, list(places), keep_text, Counter[str](), kinds).read_all()
    connection.register("cells", cells)
    done = _keep(
        connection, judge(f"SELECT *{given} FROM cells", reading, typed=set(typed)), staged
    )
    connection.unregister("cells")
    return done


def _text_header(name: str, path: str, reading: Reading) -> tuple[list[str], int]:
    """The column names of a text file, and the lines that hold them: none where the config names them."""
    if reading.column_names:
        return list(reading.column_names), 0
    return header_of(name, path, reading.delimiter, reading.quote, reading.skip_lines)


def _converted(select: str, reading: Reading) -> str:
    """A select with all amounts in the currency of the results, by the table of rates."""
    own = f"upper({clean('currency')})"
    home = literal(str(reading.currency).upper())
    monthly = any(month for _, month, _ in reading.rates)
    join = f"LEFT JOIN rates ON rates.code = {own}{' AND rates.month = j.month' if monthly else ''}"
    rate = "rates.rate" if reading.rates else "NULL::DECIMAL(18, 9)"
    worth = f"CASE WHEN {own} = {home} THEN amount ELSE (amount * {rate})::{AMOUNT} END"
    return f"""
        SELECT j.* REPLACE (
            {worth} AS amount,
            CASE WHEN reason IS NULL AND {worth} IS NULL THEN 'no_rate' ELSE reason END AS reason
        ) FROM ({select}) j {join if reading.rates else ""}"""


def _whole_row(reading: Reading, columns: Iterable[str]) -> str:
    """SQL: the text of a row, put together from its fields."""
    return f"concat_ws({literal(reading.delimiter)}, {', '.join(columns)})"


def _batches(
    records: Iterable[dict[str, Any]],
    given: Sequence[str],
    keep_text: bool,
    count: Counter[str],
    typed: Mapping[str, pa.DataType] = MappingProxyType({}),
) -> pa.RecordBatchReader:
    """Records as a stream of Arrow batches; the number of records is added to `count`."""
    texts = (*given, "text", "problem")
    numbers = {"row": pa.int64(), "line": pa.int64()}
    schema = pa.schema(numbers | {name: pa.string() for name in texts} | dict(typed))

    def batches() -> Iterator[pa.RecordBatch]:
        part: list[dict[str, Any]] = []
        for record in records:
            count["rows"] += 1
            part.append(record if keep_text else record | {"text": None})
            if len(part) == 2**14:
                yield pa.RecordBatch.from_pylist(part, schema=schema)
                part = []
        yield pa.RecordBatch.from_pylist(part, schema=schema)

    return pa.RecordBatchReader.from_batches(schema, batches())


def _keep(connection: duckdb.DuckDBPyConnection, select: str, name: str) -> int:
    """Make a table of a select, in its own order; return the number of rows."""
    [[rows]] = connection.execute(f"CREATE OR REPLACE TABLE {name} AS {select}").fetchall()
    return int(rows)


def first_line(error: Exception) -> str:
    """The beginning of a message."""
    return str(error).partition("\n")[0]
