"""monthly.parquet: a section for each month, whose bytes depend on the sums of that month alone.

A section is written as a file of its own would be, behind the others; one footer at the end has the row
groups of all of them. So the sections before an added month can be copied from an earlier file as they are.
"""

import io
import json
import os
import secrets
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from jaxtyping import Int32, Int64

from spendscape.core.arrays import Array

UNITS = 1_000_000
# Rows of a row group, and bytes that are copied at once.
GROUP, PIECE = 2**16, 2**24
MONTHLY = pa.schema(
    {
        "customer_id": pa.dictionary(pa.int32(), pa.string()),
        "month": pa.date32(),
        "class": pa.dictionary(pa.int32(), pa.string()),
        "amount": pa.float64(),
        "transactions": pa.int32(),
    }
)
OPTIONS: dict[str, Any] = {
    "compression": "zstd",
    "store_schema": False,
    "write_batch_size": 2**14,
    # Those by which readers skip rows; of the others they cost a fifth of the writing.
    "write_statistics": ["customer_id", "month"],
    # Dictionaries of amounts would be given up, after much work; the month is one in each row group anyway.
    "use_dictionary": ["customer_id", "class", "transactions"],
}
FILE, SECTIONS, PRESENT = "monthly.parquet", "sections.json", "present.parquet"


class Sums(NamedTuple):
    """Sums of one month, in the order of customers and classes.

    Attributes
    ----------
    customer, code : numbers of the customer and of the class
    amount : millionths
    transactions : how many rows were summed
    """

    customer: Int32[Array, "K"]
    code: Int32[Array, "K"]
    amount: Int64[Array, "K"]
    transactions: Int32[Array, "K"]


@dataclass(frozen=True)
class Section:
    """A month in monthly.parquet.

    Attributes
    ----------
    key : a digest of all that its bytes depend on, "" where none is known
    end : the first byte behind it
    transactions, money : of all its rows; money in millionths
    footer : its own metadata in hexadecimal digits, "" where the month has no rows
    """

    key: str
    end: int
    transactions: int
    money: int
    footer: str


@dataclass(frozen=True)
class Earlier:
    """A monthly.parquet of an earlier run, kept in a folder."""

    folder: Path
    sections: Sequence[Section]

    def in_common(self, keys: Sequence[str]) -> int:
        """How many of its first sections have these keys."""
        same = [own.key == key for own, key in zip(self.sections, keys, strict=False)]
        return [*same, False].index(False)


class MonthlyFile:
    """monthly.parquet while it is written, month by month.

    Parameters
    ----------
    customers : all names, in order

    Attributes
    ----------
    sections : what was written
    seen : the first section of each customer, as many as there are sections for a customer of none
    """

    def __init__(self, path: str, customers: pa.Array) -> None:
        self.path, self.customers = path, customers
        self.classes = pa.array([], pa.string())
        self.sections: list[Section] = []
        self.seen = np.full(len(customers), np.iinfo(np.int32).max, np.int32)

    @contextmanager
    def opened(self, classes: Sequence[str]) -> Iterator["MonthlyFile"]:
        """The file, to be written month by month.

        Parameters
        ----------
        classes : all names, in order
        """
        self.classes = pa.array(classes, pa.string())
        Path(self.path).write_bytes(b"")
        yield self
        with Path(self.path).open("ab") as file:
            file.write(_footer(self.sections))

    def copy(self, earlier: Earlier, count: int) -> None:
        """Take over the first `count` sections of an earlier file."""
        self.sections = list(earlier.sections[:count])
        left = self.sections[-1].end if count else 0
        with (earlier.folder / FILE).open("rb") as old, Path(self.path).open("ab") as new:
            while left:
                left -= new.write(old.read(min(left, PIECE)))
        present = pq.read_table(earlier.folder / PRESENT)
        own = present.filter(pc.less(present["first"], count))
        places = pc.index_in(own["name"].combine_chunks(), self.customers)
        self.seen[places.to_numpy()] = own["first"].to_numpy()

    def add(self, month: int, parts: Iterable[Sums], key: str = "") -> None:
        """Write a month.

        Parameters
        ----------
        month : its number
        parts : its sums, in order
        """
        day = np.datetime64(month, "M").astype("datetime64[D]")
        transactions = money = 0
        written: list[pq.FileMetaData] = []
        writer: Any = None
        sink: Any = None
        for rows in _row_groups(parts):
            if writer is None:
                sink = pa.OSFile(self.path, "ab")
                # A writer begins where nothing is written; from its first bytes on, the four of a file's
                # beginning, which no reader looks at, its places count from the beginning of this file.
                os.lseek(sink.fileno(), 0, os.SEEK_SET)
                writer = pq.ParquetWriter(sink, MONTHLY, metadata_collector=written, **OPTIONS)
            transactions += int(rows.transactions.sum())
            money += whole_sum(rows.amount)
            # The rows are in the order of the customers.
            first = np.diff(rows.customer, prepend=-1) != 0
            owners = rows.customer[first]
            self.seen[owners] = np.minimum(self.seen[owners], len(self.sections))
            place = pa.array(np.cumsum(first, dtype=np.int32) - np.int32(1))
            columns = [
                pa.DictionaryArray.from_arrays(place, self.customers.take(pa.array(owners))),
                pa.array(np.full(len(rows.customer), day)),
                _used(rows.code, self.classes),
                pa.array(rows.amount / UNITS),
                pa.array(rows.transactions),
            ]
            writer.write_table(pa.table(columns, schema=MONTHLY), GROUP)
        end, footer = self.sections[-1].end if self.sections else 0, ""
        if writer is not None:
            writer.close()
            sink.close()
            end, footer = _end(written[0]), _bytes(written[0]).hex()
            os.truncate(self.path, end)
        self.sections.append(Section(key, end, transactions, money, footer))

    @property
    def present(self) -> int:
        """How many customers have a row."""
        return int(np.count_nonzero(self.seen < len(self.sections)))


def keep(made: MonthlyFile, folder: Path) -> None:
    """Keep a written file, for the next run to copy from; it is there twice, and takes its space once."""
    partial = folder.with_name(f"partial-{secrets.token_hex(8)}")
    partial.mkdir()
    try:
        os.link(made.path, partial / FILE)
    except OSError:  # not every file system has links
        shutil.copyfile(made.path, partial / FILE)
    some = made.seen < len(made.sections)
    table = {"name": made.customers.filter(pa.array(some)), "first": made.seen[some]}
    pq.write_table(pa.table(table), partial / PRESENT)
    facts = {"file": _state(partial / FILE), "sections": [asdict(own) for own in made.sections]}
    (partial / SECTIONS).write_text(json.dumps(facts))
    shutil.rmtree(folder, ignore_errors=True)
    partial.rename(folder)


def earlier_file(folder: Path) -> Earlier | None:
    """What `keep` kept, unless it is not there or was changed since."""
    try:
        facts = json.loads((folder / SECTIONS).read_text())
        if facts["file"] != _state(folder / FILE):
            return None
        pq.read_metadata(folder / PRESENT)
        return Earlier(folder, [Section(**own) for own in facts["sections"]])
    except (OSError, ValueError, KeyError, TypeError, pa.ArrowException):
        return None


def whole_sum(amount: Int64[Array, "_"]) -> int:
    """The sum in two parts, because a million sums of large money do not fit in 64 bits."""
    return (int((amount >> 20).sum()) << 20) + int((amount & (2**20 - 1)).sum())


def _row_groups(parts: Iterable[Sums]) -> Iterator[Sums]:
    """The same sums, cut where row groups end, however they came."""
    waiting: list[Sums] = []
    for part in parts:
        waiting.append(part)
        if sum(len(own.customer) for own in waiting) < GROUP:
            continue
        joined = _joined(waiting)
        whole = len(joined.customer) // GROUP * GROUP
        for low in range(0, whole, GROUP):
            yield Sums(*(column[low : low + GROUP] for column in joined))
        waiting = [Sums(*(column[whole:] for column in joined))]
    if sum(len(own.customer) for own in waiting):
        yield _joined(waiting)


def _joined(parts: Sequence[Sums]) -> Sums:
    return Sums(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def _used(codes: Int32[Array, "K"], names: pa.Array) -> pa.DictionaryArray:
    """Names by their numbers, in a dictionary of those that occur, so that no others decide about its bytes."""
    there = np.zeros(int(codes.max()) + 1, bool)
    there[codes] = True
    place = np.cumsum(there, dtype=np.int32) - np.int32(1)
    found = names.take(pa.array(np.flatnonzero(there)))
    return pa.DictionaryArray.from_arrays(pa.array(place[codes]), found)


def _end(metadata: pq.FileMetaData) -> int:
    """The first byte behind a file's row groups."""
    group = metadata.row_group(metadata.num_row_groups - 1)
    ends = []
    for k in range(group.num_columns):
        column = group.column(k)
        pages = (column.dictionary_page_offset, column.data_page_offset)
        ends.append(min(p for p in pages if p is not None) + column.total_compressed_size)
    return int(max(ends))


def _bytes(metadata: pq.FileMetaData) -> bytes:
    """Metadata as a file of nothing else."""
    file = io.BytesIO()
    metadata.write_metadata_file(file)
    return file.getvalue()


def _footer(sections: Iterable[Section]) -> bytes:
    """The end of a file that has these sections."""
    first, *others = (
        pq.read_metadata(io.BytesIO(bytes.fromhex(own.footer))) for own in sections if own.footer
    )
    for own in others:
        first.append_row_groups(own)
    return _bytes(first)[4:]


def _state(path: Path) -> list[int]:
    own = path.stat()
    return [own.st_size, own.st_mtime_ns]
