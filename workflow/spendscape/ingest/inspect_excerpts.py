"""Excerpts of large files: their first rows, some from the middle and some from the end, as files of the same kind.

`inspect` looks at excerpts only, so that it takes seconds and little memory for any size.
"""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from spendscape.core.errors import DataError
from spendscape.ingest.file_parts import kind_of
from spendscape.ingest.unpacking import arrow_batches

# Bytes of text, or rows, that are taken from the start, the middle and the end each.
PART_BYTES, PART_ROWS = 2**19, 10_000
# Of a compressed text, as much is unpacked as this in search of a later part.
UNPACKED = 2**26
# Files up to this size together are looked at as they are.
WHOLE_BYTES = 2**26
# Of more files than this, some are looked at.
MOST_FILES = 12


def spread(names: Iterable[str], most: int) -> list[str]:
    """At most so many of some names: the first, the last, and others between them at equal distances."""
    every = list(names)
    if len(every) <= most:
        return every
    return [every[k * (len(every) - 1) // (most - 1)] for k in range(most)]


def excerpts(files: Mapping[str, str], work: str) -> tuple[dict[str, str], bool]:
    """Files to look at by their names, and whether they are all the rows.

    Parameters
    ----------
    files : name and path of each file
    work : a folder for the excerpts

    Raises
    ------
    DataError
        A file cannot be opened, or is not of the kind that its name says.
    """
    try:
        sizes = {name: Path(path).stat().st_size for name, path in files.items()}
    except OSError as error:
        name = next(own for own, path in files.items() if path == str(error.filename))
        raise DataError(f"{name} cannot be opened") from None
    if sum(sizes.values()) <= WHOLE_BYTES and not any(kind_of(name)[1] for name in files):
        return dict(files), True
    found: dict[str, str] = {}
    whole = len(files) <= MOST_FILES
    for number, name in enumerate(spread(files, MOST_FILES)):
        found[name], all_of_it = excerpt(name, files[name], str(Path(work) / f"{number}-"))
        whole = whole and all_of_it
    return found, whole


def excerpt(name: str, path: str, target: str) -> tuple[str, bool]:
    """The path of an excerpt of a file, which is the file where it is small; and whether it is all of it.

    Parameters
    ----------
    target : where an excerpt is written; the end of the name is added

    Raises
    ------
    DataError
        The file cannot be opened, or is not of the kind that its name says.
    """
    kind, compression = kind_of(name)
    made = target + os.path.basename(name)
    try:
        if kind == "spreadsheet":
            return path, True
        if kind == "parquet":
            return _parquet(path, made)
        if kind == "arrow":
            return _arrow(path, made)
        if compression:
            return _compressed(path, made, compression)
        return _text(path, made)
    except (pa.ArrowException, OSError, ValueError, EOFError):
        raise DataError(f"{name} cannot be {why_not(path, kind, compression)}") from None


def why_not(path: str, kind: str, compression: str | None) -> str:
    """What cannot be done with a file that cannot be read."""
    if not Path(path).is_file() or (kind == "text" and not compression):
        return "opened"
    return f"decompressed as {compression}" if compression else f"read as {kind}, or has no rows"


def _text(path: str, target: str) -> tuple[str, bool]:
    """An excerpt of plain text: whole lines."""
    size = Path(path).stat().st_size
    if size <= 3 * PART_BYTES:
        return path, True
    # The parts have no line in common, so that an id that stands once is not found twice.
    middle = (size - PART_BYTES) // 2
    with Path(path).open("rb") as file:
        parts = [_to_line_end(file.read(PART_BYTES))]
        # Where a character has two bytes, a place in the middle may be within one.
        for start in () if b"\0" in parts[0][:4000] else (middle, size - PART_BYTES):
            file.seek(start)
            parts.append(_to_line_end(_from_line(file.read(PART_BYTES))))
    Path(target).write_bytes(b"".join(parts))
    return target, False


def _compressed(path: str, target: str, compression: str) -> tuple[str, bool]:
    """An excerpt of a compressed text, compressed like it: its beginning, and a later part."""
    with pa.input_stream(path, compression=compression) as stream:
        data: bytes = stream.read(2 * PART_BYTES)
        if len(data) < 2 * PART_BYTES:
            return path, True
        later, taken = b"", len(data)
        while taken < UNPACKED and (block := stream.read(PART_BYTES)):
            taken += len(block)
            later = block
    parts = [_to_line_end(data)]
    if b"\0" not in data[:4000]:
        parts.append(_to_line_end(_from_line(later)))
    with pa.output_stream(target, compression=compression) as out:
        out.write(b"".join(parts))
    return target, False


def _to_line_end(data: bytes) -> bytes:
    """Bytes up to the last line end."""
    end = data.rfind(b"\n") if b"\n" in data else data.rfind(b"\r")
    # A line end of UTF-16 has two bytes.
    end += data[end + 1 : end + 2] == b"\0" and b"\0" in data[:4000]
    return data[: end + 1] if end >= 0 else data


def _from_line(data: bytes) -> bytes:
    """Bytes after the first line end."""
    mark = b"\n" if b"\n" in data else b"\r"
    return data.partition(mark)[2]


def _parquet(path: str, target: str) -> tuple[str, bool]:
    """Rows of the first, the middle and the last row group."""
    file = pq.ParquetFile(path)
    groups, rows = file.metadata.num_row_groups, file.metadata.num_rows
    if not rows:
        raise ValueError
    if rows <= 3 * PART_ROWS:
        return path, True
    chosen = sorted({0, groups // 2, groups - 1})
    batches = [next(file.iter_batches(PART_ROWS, row_groups=[group])) for group in chosen]
    pq.write_table(pa.Table.from_batches(batches), target)
    return target, False


def _arrow(path: str, target: str) -> tuple[str, bool]:
    """Rows from the beginning of an Arrow file or stream, and from as many batches as that needs."""
    with pa.memory_map(path) as file:
        schema, batches = arrow_batches(file)
        some: list[pa.RecordBatch] = []
        for batch in batches:
            some.append(batch)
            if sum(map(len, some)) >= 3 * PART_ROWS:
                break
        else:
            if not sum(map(len, some)):
                raise ValueError
            return path, True
        table = pa.Table.from_batches(some, schema).slice(0, 3 * PART_ROWS)
        with pa.ipc.new_file(target, schema) as writer:
            writer.write_table(table)
    return target, False
