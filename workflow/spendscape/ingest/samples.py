"""The rows of an excerpt of any kind as columns of text, and the settings that are needed to read it."""

from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from spendscape.core.errors import DataError
from spendscape.core.text import plain
from spendscape.ingest.columns import Reading
from spendscape.ingest.file_parts import Piece, kind_of
from spendscape.ingest.inspect_dialect import records, text_dialect, text_encoding
from spendscape.ingest.inspect_excerpts import why_not
from spendscape.ingest.lossless_csv import refuse_no_text
from spendscape.ingest.spreadsheets import by_sheet, sheet_rows, text_of
from spendscape.ingest.unpacking import arrow_batches

SAMPLE_BYTES, SAMPLE_ROWS = 2**21, 30_000


@dataclass
class Sample:
    """Rows of a file: the column names and their fields as text.

    Attributes
    ----------
    columns : fields without space around them, '' where a row has none
    settings : keys of the section `ingest`, each with its value and the reason
    odd : records among the first that have another width than the rows
    """

    columns: dict[str, list[str]]
    settings: dict[str, tuple[Any, str]] = field(default_factory=dict)
    odd: int = 0

    @property
    def rows(self) -> int:
        """How many rows these are."""
        return len(next(iter(self.columns.values()), []))


def read_sample(name: str, path: str, most: int = SAMPLE_ROWS) -> Sample:
    """The rows of an excerpt, with the settings that are needed to read it.

    Parameters
    ----------
    path : of a small file, or of an excerpt (`inspect_excerpts`); of a larger one the beginning is read
    most : rows that are taken: half of them from the beginning, half from the end

    Raises
    ------
    DataError
        The file cannot be opened or is empty, or nothing divides its lines into columns.
    """
    kind, compression = kind_of(name)
    try:
        if kind == "text":
            with pa.input_stream(path, compression=compression) as stream:
                data: bytes = stream.read(SAMPLE_BYTES)
            return _thinned(_text_sample(name, data), most)
        if kind == "spreadsheet":
            return _thinned(_sheet_sample(name, path), most)
        if kind == "parquet":
            table = pa.Table.from_batches(islice(pq.ParquetFile(path).iter_batches(SAMPLE_ROWS), 4))
        else:
            with pa.memory_map(path) as file:
                schema, batches = arrow_batches(file)
                table = pa.Table.from_batches(islice(batches, 100), schema)
    except (pa.ArrowException, OSError, ValueError) as error:
        if isinstance(error, DataError):
            raise
        raise DataError(f"{name} cannot be {why_not(path, kind, compression)}") from None
    made = Sample(
        {
            column: ["" if value is None else str(value).strip() for value in values.to_pylist()]
            for column, values in zip(table.column_names, table.slice(0, SAMPLE_ROWS).columns, strict=True)
        }
    )  # fmt: skip
    return _thinned(made, most)


def _sheet_sample(name: str, path: str) -> Sample:
    """The rows of the first sheet of a workbook."""
    piece = by_sheet([Piece(name, path)], Reading())[0]
    names, numbered = sheet_rows(piece, Reading())
    rows = [[plain(text_of(cell)) for cell in cells] for _, cells in numbered]
    columns = {
        column: [row[k] if k < len(row) else "" for row in rows[:SAMPLE_ROWS]]
        for k, column in enumerate(names)
        if column
    }
    return Sample(columns)


def _thinned(sample: Sample, most: int) -> Sample:
    """A sample of at most so many rows: the first half of them as they stand, and the last."""
    rows = sample.rows
    if rows <= most:
        return sample
    return replace(
        sample,
        columns={
            name: fields[: most // 2] + fields[rows - (most - most // 2) :]
            for name, fields in sample.columns.items()
        },
    )


def _text_sample(name: str, data: bytes) -> Sample:
    """The rows of a text."""
    if not data.strip():
        raise DataError(f"{name} is empty; expected columns and rows")
    refuse_no_text(name, data)
    encoding = text_encoding(data)
    text = data.decode(encoding, "replace").lstrip("\ufeff")
    own = text_dialect(name, text, encoding)
    head = "".join(text.splitlines(keepends=True)[: own.skip + (own.given is None)])
    unread = head.count("\ufffd") > data.count("\ufffd".encode())
    if encoding == "utf-8" and unread and text.replace("\ufffd", "").isascii():
        # A few rows that are not UTF-8 may be broken ones; the lines up to the column names are not.
        encoding = "cp1252"
        text = data.decode(encoding, "replace")
        own = text_dialect(name, text, encoding)
    settings: dict[str, tuple[Any, str]] = {}
    if encoding != "utf-8":
        settings["encoding"] = (encoding, "the text is no UTF-8")
    if own.delimiter != ",":
        width = len(own.names)
        settings["delimiter"] = (own.delimiter, f"it gives {width} fields in nearly all lines")
    if own.quote != '"':
        settings["quote"] = (own.quote, "what stands around fields, or nothing does")
    if own.skip:
        settings["skip_lines"] = (own.skip, "the rows begin after these lines")
    if own.given:
        settings["column_names"] = (list(own.names), own.given)
    width = len(own.names)
    rows: list[list[str]] = []
    for before, fields in records(text, own.delimiter, own.quote):
        if before < own.skip + (own.given is None):
            continue
        while len(fields) > width and not fields[-1]:
            fields.pop()
        if len(fields) == width:
            rows.append(fields)
        if len(rows) == SAMPLE_ROWS:
            break
    columns = {column: [row[k] for row in rows] for k, column in enumerate(own.names) if column}
    return Sample(columns, settings, own.odd)
