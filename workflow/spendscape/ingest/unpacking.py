"""Files of any kind as plain UTF-8 text or Parquet, whole or in parts."""

import codecs
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from spendscape.core.errors import DataError
from spendscape.ingest.file_parts import Piece, kind_of
from spendscape.ingest.quote_counter import QuoteCounter

# Bytes that are held at once.
BLOCK = 2**24


def plain_text(piece: Piece, encoding: str, target: str, given: str | None = None) -> str:
    """The path of a file's uncompressed UTF-8 text: its own path, or `target` where it had to be rewritten.

    Raises
    ------
    DataError
        The file is not compressed as its name says, or not encoded as ingest.encoding says.
    """
    path = piece.path
    _, compression = kind_of(path, given)
    decoder = _decoder(encoding)
    if compression is None and decoder is None:
        return path
    with (
        Path(target).open("wb") as out,
        _told(piece.name, encoding, compression),
        pa.input_stream(path, compression=compression) as stream,
    ):
        while block := stream.read(BLOCK):
            out.write(decoder.decode(block).encode() if decoder else block)
        out.write(decoder.decode(b"", final=True).encode() if decoder else b"")
    return target


def beginning(
    piece: Piece, encoding: str, most: int, target: str, given: str | None = None
) -> bool:
    """Write the whole lines in the first bytes of a text file to `target`, as UTF-8; whether these are all of it.

    Parameters
    ----------
    most : bytes of the uncompressed file that are looked at

    Raises
    ------
    DataError
        As `plain_text`.
    """
    _, compression = kind_of(piece.path, given)
    decoder = _decoder(encoding)
    with _told(piece.name, encoding, compression):
        with pa.input_stream(piece.path, compression=compression) as stream:
            text = stream.read(most)
            whole = len(text) < most
        if decoder:
            text = decoder.decode(text, final=whole).encode()
    Path(target).write_bytes(text if whole else text[: text.rfind(b"\n") + 1] or text)
    return whole


@contextmanager
def _told(name: str, encoding: str, compression: str | None) -> Iterator[None]:
    """Say of a text file that cannot be read why not."""
    try:
        yield
    except UnicodeError as error:
        raise DataError(
            f"ingest.encoding: {encoding!r} was given; {name} is not encoded so ({error.reason})"
            if isinstance(error, UnicodeDecodeError)
            else f"ingest.encoding: {encoding!r} was given; {name} is not encoded so"
        ) from None
    except FileNotFoundError:
        raise DataError(f"ingest.files: {name}: there is no such file") from None
    except (OSError, EOFError, pa.ArrowException):
        raise DataError(
            f"ingest.files: {name} cannot be decompressed as {compression}; it may be cut off"
            if compression
            else f"ingest.files: {name} cannot be read"
        ) from None


def cut_text(
    piece: Piece, path: str, delimiter: str, quote: str, head: int, target: str
) -> tuple[str, int]:
    """Write a part of a text file to `target`; return this path and the number of lines before the part.

    The file is divided into equal numbers of bytes. A part then begins with the first whole row after
    its bound: behind a line end at which no quote is open. So each row is in exactly one part. Readers
    do not agree on where a quote is open once a field has one that does not stand around it
    (5" pipe): from the first such quote on the file is not cut, and one part has all the rest.

    Parameters
    ----------
    head : lines before the first row, which are in no part
    """
    size = Path(path).stat().st_size
    quotes = QuoteCounter(delimiter, quote)
    with Path(path).open("rb") as file:
        for _ in range(head):
            file.readline()
        first = file.tell()
        ends, lines = [], head
        bounds = [size * k // piece.parts for k in (piece.part, piece.part + 1)]
        file.seek(first)
        for bound in bounds:
            while file.tell() < bound and (block := file.read(min(BLOCK, bound - file.tell()))):
                lines += block.count(b"\n")
                quotes.read(block)
            # The rest of the line that the bound falls into, and of its row.
            if first < bound < size and file.tell() <= bound:
                while line := file.readline():
                    lines += line.endswith(b"\n")
                    quotes.read(line)
                    if not quotes.open:
                        break
            ends.append((file.tell() if quotes.agreed or bound <= first else size, lines))
        (start, before), (end, _) = ends
        file.seek(start)
        with Path(target).open("wb") as out:
            while start < end and (block := file.read(min(BLOCK, end - start))):
                out.write(block)
                start += len(block)
    return target, before


def cut_rows(piece: Piece) -> tuple[int, int]:
    """The number of the first row of a part of a Parquet file, and of the first row after the part.

    A part has whole row groups.
    """
    metadata = pq.ParquetFile(piece.path).metadata
    groups = [metadata.row_group(k).num_rows for k in range(metadata.num_row_groups)]
    low, high = (
        sum(groups[: len(groups) * k // piece.parts]) for k in (piece.part, piece.part + 1)
    )
    return low, high


def arrow_batches(file: pa.MemoryMappedFile) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
    """The schema and the batches of an open Arrow file or stream; ArrowInvalid where it is neither."""
    reader: Any
    try:
        reader = pa.ipc.open_file(file)
    except pa.ArrowInvalid:
        file.seek(0)
        reader = pa.ipc.open_stream(file)
        return reader.schema, iter(reader)
    return reader.schema, (reader.get_batch(k) for k in range(reader.num_record_batches))


def arrow_to_parquet(name: str, path: str, target: str) -> str:
    """Write an Arrow file (such as Feather) or stream to `target` as Parquet, batch by batch.

    Raises
    ------
    DataError
        The file is neither, or it is cut off.
    """
    try:
        with pa.memory_map(path) as file:
            schema, batches = arrow_batches(file)
            with pq.ParquetWriter(target, schema, compression="lz4") as writer:
                for batch in batches:
                    writer.write_batch(batch)
    except (pa.ArrowException, OSError):
        raise DataError(
            f"ingest.files: {name} cannot be read as Arrow; an old Feather file (version 1) has to be "
            "written anew"
        ) from None
    return target


def _decoder(encoding: str) -> codecs.IncrementalDecoder | None:
    """What decodes an encoding; None for UTF-8, which is read as it is."""
    try:
        info = codecs.lookup(encoding)
    except LookupError:
        raise DataError(
            f"ingest.encoding: {encoding!r} was given; expected an encoding such as utf-8, cp1252 or utf-16"
        ) from None
    if info.name in ("utf-8", "ascii", "utf-8-sig"):
        return None
    return codecs.getincrementaldecoder(encoding)(errors="strict")
