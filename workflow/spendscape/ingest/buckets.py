"""Accepted rows in files, one for each month and range of customers, until they are summed (`monthly_sums`)."""

from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from jaxtyping import Int32, Int64, Shaped

from spendscape.core.arrays import Array
from spendscape.ingest.monthly_file import Sums

# Customer counted from the bucket's first, code, millionths and transactions of each row.
Rows: TypeAlias = tuple[Int32[Array, "N"], Int32[Array, "N"], Int64[Array, "N"], Int32[Array, "N"]]
# A sum of millionths has to stay below this.
LARGEST = 2.0**63
# A row that cannot be packed into a number, and how its file's name ends.
WIDE = ".wide"
ROW = np.dtype(
    [("customer", np.int32), ("code", np.int32), ("amount", np.int64), ("transactions", np.int32)]
)


class Packing(NamedTuple):
    """A row of one transaction as one whole number: the customer, counted from the first of its file, the code, the millionths.

    So rows take less than half the space, and sorting the numbers sorts the rows.

    Attributes
    ----------
    codes : how many codes there are
    bits : of the millionths
    """

    codes: int
    bits: int

    @classmethod
    def of(cls, customers: int, codes: int) -> "Packing":
        """For files of at most so many customers: what they and the codes leave of 63 bits is for the millionths."""
        return cls(codes, max(1, 63 - (customers * codes).bit_length()))

    @property
    def middle(self) -> int:
        """What is added to millionths, so that none is below 0."""
        return 1 << (self.bits - 1)

    def fits(self, amount: Int64[Array, "N"]) -> Any:
        """Which millionths can be packed."""
        return (amount >= -self.middle) & (amount < self.middle)

    def pack(
        self, customer: Int32[Array, "N"], code: Int32[Array, "N"], amount: Int64[Array, "N"]
    ) -> Int64[Array, "N"]:
        """The numbers of rows whose millionths fit."""
        cell = customer.astype(np.int64) * self.codes + code
        return np.asarray((cell << self.bits) + (amount + self.middle))

    def cells(self, packed: Int64[Array, "N"]) -> Int64[Array, "N"]:
        """The number of each customer and code together."""
        return packed >> self.bits

    def amounts(self, packed: Int64[Array, "N"]) -> Int64[Array, "N"]:
        """The millionths."""
        return (packed & ((1 << self.bits) - 1)) - self.middle

    def names(self, cells: Int64[Array, "N"]) -> tuple[Int32[Array, "N"], Int32[Array, "N"]]:
        """The customer and the code of each."""
        customer = cells // self.codes
        return customer.astype(np.int32), (cells - customer * self.codes).astype(np.int32)


class Bucket(NamedTuple):
    """Accepted rows of a month and of neighbouring customers, in a file, and in a second one those that cannot be packed.

    Attributes
    ----------
    month : its number
    start, end : the first customer, and the first of the next bucket
    path : the file
    packing : how its rows are packed
    first : the customer from which they count
    whole : whether it has no rows of other buckets
    """

    month: int
    start: int
    end: int
    path: Path
    packing: Packing
    first: int
    whole: bool

    @property
    def wide(self) -> Path:
        """The file of rows that cannot be packed; there may be none."""
        return self.path.with_suffix(WIDE)


def mapped(bucket: Bucket) -> tuple[Int64[Array, "N"], Shaped[Array, "M"]]:
    """What is in a bucket's files, the packed rows and the others, read where it is looked at."""
    found = []
    for path, kind in ((bucket.path, np.dtype(np.int64)), (bucket.wide, ROW)):
        there = path.exists() and path.stat().st_size
        found.append(np.memmap(path, kind, "r") if there else np.empty(0, kind))
    return found[0], found[1]


def rows_of(bucket: Bucket) -> tuple[Int64[Array, "N"], Shaped[Array, "M"]]:
    """A bucket's packed rows and the others; files that have no others are removed."""
    packed, wide = mapped(bucket)
    if bucket.whole:
        found = np.array(packed), np.array(wide)
        bucket.path.unlink(missing_ok=True)
        bucket.wide.unlink(missing_ok=True)
        return found
    low, high = bucket.start - bucket.first, bucket.end - bucket.first
    cells = bucket.packing.cells(packed)
    own = (cells >= low * bucket.packing.codes) & (cells < high * bucket.packing.codes)
    some = (wide["customer"] >= low) & (wide["customer"] < high)
    return np.array(packed[own]), np.array(wide[some])


def with_wide(found: Int64[Array, "K"] | Sums, wide: Shaped[Array, "M"], bucket: Bucket) -> Rows:
    """Packed rows, or their sums, and the rows that cannot be packed; their customers counted from the bucket's first."""
    first = np.int32(bucket.first)
    if isinstance(found, Sums):
        columns = (found.customer - first, *found[1:])
    else:
        customer, code = bucket.packing.names(bucket.packing.cells(found))
        columns = (customer, code, bucket.packing.amounts(found), np.ones(len(found), np.int32))
    customer, code, amount, count = (
        np.concatenate([column, wide[name]])
        for column, name in zip(columns, ROW.names or (), strict=True)
    )
    return customer + first - np.int32(bucket.start), code, amount, count


def summed_packed(packed: Int64[Array, "N"], bucket: Bucket) -> Sums | None:
    """The sums of packed rows, which are put in order in their place; None where they may need more than 64 bits."""
    packed.sort()
    cells, amount = bucket.packing.cells(packed), bucket.packing.amounts(packed)
    starts = np.flatnonzero(np.diff(cells, prepend=-1))
    if len(packed) * max(int(amount.max(initial=0)), -int(amount.min(initial=0))) >= LARGEST:
        return None
    customer, code = bucket.packing.names(cells[starts])
    money = np.add.reduceat(amount, starts) if len(starts) else amount
    counts = np.diff(starts, append=len(packed)).astype(np.int32)
    return Sums(customer + np.int32(bucket.first), code, money, counts)
