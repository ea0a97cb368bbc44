"""Raw files of any kind as rows of fields: what a bank exports, before anything is judged.

CSV (compressed or not, in any encoding), Parquet, Arrow and Feather. The columns that the config
names are found in each file by name, wherever they stand; a file's name may hold some of them.
"""

import codecs
import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.parquet as pq

from spendscape.core.errors import DataError, nearest
from spendscape.core.months import MONTH
from spendscape.ingest.file_parts import Piece, kind_of
from spendscape.ingest.ledger import short
from spendscape.ingest.lossless_csv import header_of

BLOCK = 2**24


@dataclass(frozen=True)
class Columns:
    """Which column of a file holds what; the fields are keys of the config."""

    customer: str = "customer_id"
    date: str | Sequence[str] = "booked"
    category: str = "class"
    amount: str = "amount"
    credit: str | None = None
    direction: str | None = None
    currency: str | None = None
    transaction: str | None = None


@dataclass(frozen=True)
class Reading:
    """How the raw files are read; the fields are keys of the config's section `ingest`.

    The defaults read what the simulator writes. `rates` holds the rows of the table of rates:
    currency, month (None: any) and what one unit is worth.
    """

    columns: Columns = field(default_factory=Columns)
    from_name: str | None = None
    encoding: str = "utf-8"
    skip_lines: int = 0
    column_names: Sequence[str] = ()
    delimiter: str = ","
    quote: str = '"'
    date_format: str | None = None
    financial_year_ends: int = 12
    first_month: str = "1970-01"
    last_month: str = "2099-12"
    decimal: str = "."
    amount_ignores: str = ""
    missing_amounts: Sequence[str] = ()
    spend_is: str = "positive"
    credit_values: Sequence[str] = ()
    keep: Mapping[str, Sequence[str]] = field(default_factory=dict)
    drop: Mapping[str, Sequence[str]] = field(default_factory=dict)
    currency: str | None = None
    rates: Sequence[tuple[str, str | None, str]] = ()


def roles(reading: Reading) -> dict[str, str]:
    """The column of each role: customer, date_0 …, category, amount, …, keep_0 …, drop_0 …."""
    columns = reading.columns
    dates = [columns.date] if isinstance(columns.date, str) else list(columns.date)
    optional = {
        "credit": columns.credit,
        "direction": columns.direction,
        "currency": columns.currency,
        "transaction": columns.transaction,
    }
    return {
        "customer": columns.customer,
        **{f"date_{k}": name for k, name in enumerate(dates)},
        "category": columns.category,
        "amount": columns.amount,
        **{role: name for role, name in optional.items() if name is not None},
        **{f"keep_{k}": name for k, name in enumerate(reading.keep)},
        **{f"drop_{k}": name for k, name in enumerate(reading.drop)},
    }


def plain_text(piece: Piece, encoding: str, target: str) -> str:
    """The path of a text file as UTF-8, uncompressed: its own, or `target` where it had to be rewritten.

    Raises
    ------
    DataError
        It is not what its name or ingest.encoding says.
    """
    name, path = piece.name, piece.path
    _, compression = kind_of(path)
    decoder = _decoder(encoding)
    if compression is None and decoder is None:
        return path
    with Path(target).open("wb") as out:
        try:
            with pa.input_stream(path, compression=compression) as stream:
                while block := stream.read(BLOCK):
                    out.write(decoder.decode(block).encode() if decoder else block)
                out.write(decoder.decode(b"", final=True).encode() if decoder else b"")
        except UnicodeError as error:
            raise DataError(
                f"ingest.encoding: {encoding!r} was given; {name} is no such text ({error.reason})"
                if isinstance(error, UnicodeDecodeError)
                else f"ingest.encoding: {encoding!r} was given; {name} is no such text"
            ) from None
        except (OSError, EOFError, pa.ArrowException):
            raise DataError(
                f"ingest.files: {name} cannot be decompressed as {compression}; is it whole?"
            ) from None
    return target


def text_header(name: str, path: str, reading: Reading) -> list[str]:
    """The column names of a text file, from its first line or from the config."""
    if reading.column_names:
        return list(reading.column_names)
    return header_of(name, path, reading.delimiter, reading.quote, reading.skip_lines)


def cut_text(piece: Piece, path: str, quote: str, head: int, target: str) -> tuple[str, int]:
    """A part of a text file as a file of its own without its head, and the lines before it.

    A part begins after the first line end from its share of the bytes on at which no quote is open,
    so the parts of a file hold each of its rows once.

    Parameters
    ----------
    head : lines before the first row
    """
    size = Path(path).stat().st_size
    mark = quote.encode()
    with Path(path).open("rb") as file:
        for _ in range(head):
            file.readline()
        first = file.tell()
        ends, lines, open_quote = [], head, False
        bounds = [size * k // piece.parts for k in (piece.part, piece.part + 1)]
        file.seek(first)
        for bound in bounds:
            while file.tell() < bound and (block := file.read(min(BLOCK, bound - file.tell()))):
                lines += block.count(b"\n")
                open_quote ^= bool(mark) and block.count(mark) % 2 == 1
            # The rest of the line that the bound falls into, and of its row.
            if first < bound < size and file.tell() <= bound:
                while line := file.readline():
                    lines += line.endswith(b"\n")
                    open_quote ^= bool(mark) and line.count(mark) % 2 == 1
                    if not open_quote:
                        break
            ends.append((file.tell(), lines))
        (start, before), (end, _) = ends
        file.seek(start)
        with Path(target).open("wb") as out:
            while start < end and (block := file.read(min(BLOCK, end - start))):
                out.write(block)
                start += len(block)
    return target, before


def cut_rows(piece: Piece) -> tuple[int, int]:
    """The rows (first, behind the last) of a part of a Parquet file: whole row groups."""
    metadata = pq.ParquetFile(piece.path).metadata
    groups = [metadata.row_group(k).num_rows for k in range(metadata.num_row_groups)]
    low, high = (
        sum(groups[: len(groups) * k // piece.parts]) for k in (piece.part, piece.part + 1)
    )
    return low, high


def arrow_to_parquet(name: str, path: str, target: str) -> str:
    """An Arrow file (Feather is one) or stream as Parquet, batch by batch.

    Raises
    ------
    DataError
        It is none, or it is cut off.
    """
    try:
        with pa.memory_map(path) as file:
            reader: Any
            try:
                reader = pa.ipc.open_file(file)
                batches = (reader.get_batch(k) for k in range(reader.num_record_batches))
            except pa.ArrowInvalid:
                file.seek(0)
                reader = pa.ipc.open_stream(file)
                batches = iter(reader)
            with pq.ParquetWriter(target, reader.schema, compression="lz4") as writer:
                for batch in batches:
                    writer.write_batch(batch)
    except (pa.ArrowException, OSError):
        raise DataError(
            f"ingest.files: {name} cannot be read as Arrow; an old Feather file (version 1) has to be "
            "written anew"
        ) from None
    return target


def find(
    name: str, header: Sequence[str], reading: Reading
) -> tuple[dict[str, int], dict[str, str]]:
    """Where each role stands in a file: its column, or a value that the file's name holds.

    Raises
    ------
    DataError
        A column that is not there, or there twice.
    """
    known = in_name(name, reading.from_name)
    places: dict[str, int] = {}
    constants: dict[str, str] = {}
    for role, wanted in roles(reading).items():
        if header.count(wanted) == 1:
            places[role] = header.index(wanted)
        elif wanted in known and wanted not in header:
            constants[role] = known[wanted]
        else:
            found = ", ".join(short(column) for column in [*header[:20], *known])
            many = ", …" if len(header) > 20 else ""
            fault = (
                "more than one" if wanted in header else f"no such column{nearest(wanted, header)}"
            )
            key = re.sub(r"_\d+$", "", role)
            key = key if key in ("keep", "drop") else f"columns.{key}"
            raise DataError(
                f"ingest.{key}: {wanted!r} was given; {name} has {fault}.\nIts columns: {found}{many}"
            )
    return places, constants


def in_name(name: str, pattern: str | None) -> dict[str, str]:
    """The columns in a file's name: folders such as year=2024, and the named groups of `pattern`.

    Raises
    ------
    DataError
        The pattern does not fit the name.
    """
    folders = (part.partition("=") for part in Path(name).parts[:-1])
    values = {key: unquote(value) for key, mark, value in folders if mark}
    if pattern is not None:
        found = re.search(pattern, name)
        if not found:
            raise DataError(f"ingest.from_name: {pattern!r} was given; {name} does not fit it")
        values |= {key: value or "" for key, value in found.groupdict().items()}
    return values


def read_rates(path: str) -> list[tuple[str, str | None, str]]:
    """The table of rates: columns currency, rate (worth of one unit) and, if it changes, month (2024-12).

    Raises
    ------
    DataError
        A missing column, a rate that is no number above 0, a currency (and month) twice.
    """
    key = "ingest.rates"
    with Path(path).open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(line for line in file if not line.startswith("#"))
        names = reader.fieldnames or []
        if not {"currency", "rate"} <= set(names):
            raise DataError(
                f"{key}: {path} has the columns {', '.join(names) or 'none'}; expected currency, rate and perhaps month"
            )
        rows = [(row["currency"], row.get("month"), row["rate"]) for row in reader]
    for currency, month, rate in rows:
        if not re.fullmatch(r"\d{1,8}(\.\d{1,9})?", rate or "") or not float(rate):
            raise DataError(
                f"{key}: {path} has the rate {rate!r} for {currency}; expected a number above 0"
            )
        if month is not None and not re.fullmatch(MONTH, month):
            raise DataError(
                f"{key}: {path} has the month {month!r} for {currency}; expected such as 2024-12"
            )
    if len({row[:2] for row in rows}) < len(rows):
        raise DataError(f"{key}: {path} has a currency{' and month' if rows[0][1] else ''} twice")
    return rows


def _decoder(encoding: str) -> codecs.IncrementalDecoder | None:
    """What decodes a text, None for UTF-8, which is read as it stands."""
    try:
        info = codecs.lookup(encoding)
    except LookupError:
        raise DataError(
            f"ingest.encoding: {encoding!r} was given; expected such as utf-8, cp1252 or utf-16"
        ) from None
    if info.name in ("utf-8", "ascii", "utf-8-sig"):
        return None
    return codecs.getincrementaldecoder(encoding)(errors="strict")
