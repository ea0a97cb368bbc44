"""The first rows of a file of any kind, and the settings that are needed to read it."""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from spendscape.core.errors import DataError
from spendscape.ingest.file_parts import kind_of
from spendscape.ingest.unpacking import arrow_batches

SAMPLE_BYTES, SAMPLE_ROWS = 2**21, 20_000
DELIMITERS = ",;\t|"


@dataclass
class Sample:
    """The first rows of a file: the column names and their fields as text."""

    columns: dict[str, list[str]]
    settings: dict[str, tuple[Any, str]] = field(default_factory=dict)


def read_sample(name: str, path: str) -> Sample:
    """The first rows of a file, with the settings that are needed to read it.

    Raises
    ------
    DataError
        The file cannot be opened, or nothing divides its lines into columns.
    """
    kind, compression = kind_of(name)
    if kind == "text":
        return _text_sample(name, _first_bytes(name, path, compression))
    try:
        if kind == "parquet":
            table = _first_rows(pq.ParquetFile(path).iter_batches(SAMPLE_ROWS))
        else:
            with pa.memory_map(path) as file:
                table = _first_rows(arrow_batches(file)[1])
    except (pa.ArrowException, OSError, ValueError):
        raise DataError(f"{name} cannot be read as {kind}, or has no rows") from None
    columns = {
        column: ["" if value is None else str(value) for value in table[column].to_pylist()]
        for column in table.column_names
    }
    return Sample(columns)


def _first_rows(batches: Iterable[pa.RecordBatch]) -> pa.Table:
    """As many batches as hold SAMPLE_ROWS rows, cut to these; ValueError where there is none."""
    some: list[pa.RecordBatch] = []
    for batch in batches:
        some.append(batch)
        if sum(map(len, some)) >= SAMPLE_ROWS:
            break
    return pa.Table.from_batches(some).slice(0, SAMPLE_ROWS)


def _first_bytes(name: str, path: str, compression: str | None) -> bytes:
    """The beginning of a text file, decompressed."""
    try:
        with pa.input_stream(path, compression=compression) as stream:
            data: bytes = stream.read(SAMPLE_BYTES)
    except (pa.ArrowException, OSError):
        why = f"decompressed as {compression}" if Path(path).is_file() and compression else "opened"
        raise DataError(f"{name} cannot be {why}") from None
    return data


def _text_sample(name: str, data: bytes) -> Sample:
    """The first rows of a text file, of its first bytes."""
    encoding = _encoding(data)
    whole = len(data) < SAMPLE_BYTES
    text = data.decode(encoding, "ignore").lstrip("\ufeff")
    lines = text.splitlines()[: SAMPLE_ROWS + 100]
    lines = lines if whole else lines[:-1]
    settings: dict[str, tuple[Any, str]] = {}
    if encoding != "utf-8":
        settings["encoding"] = (encoding, "the text is no UTF-8")
    delimiter, width, skip = _delimiter(name, lines)
    if delimiter != ",":
        settings["delimiter"] = (delimiter, f"it gives {width} fields in nearly all lines")
    if skip:
        settings["skip_lines"] = (skip, "the lines before have other fields")
    parsed = list(csv.reader(io.StringIO("\n".join(lines[skip:])), delimiter=delimiter))
    header = [text.strip() for text in parsed[0]]
    if any(re.search(r"\d{3}|^$", text) for text in header) or len(set(header)) < len(header):
        header = [f"column_{k + 1}" for k in range(width)]
        settings["column_names"] = (header, "no line has column names; rename as you like")
    else:
        parsed = parsed[1:]
    rows = [row for row in islice(parsed, SAMPLE_ROWS) if len(row) == len(header)]
    return Sample({column: [row[k].strip() for row in rows] for k, column in enumerate(header)}, settings)  # fmt: skip


def _encoding(data: bytes) -> str:
    """UTF-16 by its mark, UTF-8 if it is, otherwise cp1252, in which nearly any text can be read."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    try:
        data[:-4].decode() if len(data) == SAMPLE_BYTES else data.decode()
    except UnicodeDecodeError as error:
        if error.start < len(data) - 8:
            return "cp1252"
    return "utf-8"


def _delimiter(name: str, lines: Sequence[str]) -> tuple[str, int, int]:
    """What separates the fields, how many there are, and how many lines come before."""
    best = (0.0, ",", 0, 0)
    for mark in DELIMITERS:
        widths = [len(row) for row in csv.reader(lines[:500], delimiter=mark)]
        width, count = Counter(w for w in widths if w).most_common(1)[0] if any(widths) else (0, 0)
        if width > 1:
            best = max(best, (count / len(widths) + width / 1000, mark, width, widths.index(width)))
    if not best[2]:
        raise DataError(f"{name}: no delimiter of {' '.join(map(repr, DELIMITERS))} gives columns")
    return best[1:]
