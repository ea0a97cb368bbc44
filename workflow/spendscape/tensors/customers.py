"""Customers' monthly sums and verdicts, streamed from their files a few customers at a time.

monthly.parquet has a month behind the other, each in the order of the customers and in row groups of its own. All months
are read at once, a little of each, as far as their customers are whole.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from jaxtyping import Float, Int

from spendscape.core.arrays import Floats, Integers
from spendscape.core.months import month_of
from spendscape.core.parquet import table
from spendscape.tensors.windows import Customers

# Rows of monthly.parquet that are read at once, of all months together.
ROWS = 2**19


def month_range(path: str) -> tuple[int, int]:
    """The first and the last month of monthly.parquet, as numbers."""
    months = _row_groups(pq.read_metadata(path))
    return min(months), max(months)


def classes_in(path: str) -> set[str]:
    """The spending classes that occur in monthly.parquet."""
    file = pq.ParquetFile(path, read_dictionary=["class"])
    names: set[str] = set()
    for batch in file.iter_batches(ROWS, columns=["class"]):
        column = batch.column(0)
        names.update(column.dictionary.take(column.indices.unique()).to_pylist())
    return names


def read_customers(path: str, classes: Sequence[str], size: int) -> Iterator[Customers]:
    """The rows of monthly.parquet, whole customers and at most `size` of them at a time.

    Rows of other classes have the amount 0 in the first class: their money is left out, and no customer and no month
    with a posting.
    """
    places = {name: place for place, name in enumerate(classes)}
    file = pq.ParquetFile(path, read_dictionary=["customer_id", "class"])
    found = _row_groups(file.metadata)
    rows = max(1, ROWS // max(1, len(found)))
    columns = ["customer_id", "class", "amount"]
    months = [
        _Month(month, file.iter_batches(rows, groups, columns), places)
        for month, groups in sorted(found.items())
    ]
    while months:
        for own in months:
            if len(own.amount) < rows:
                own.read()
        # The last customer of what was read may go on in the next batch.
        ends = [own.names[-1] for own in months if not own.ended]
        end = min(ends, key=lambda name: name.as_py()) if ends else None
        taken = [own.take(end) for own in months]
        yield from _parts([part for part in taken if len(part.amount)], size)
        for own in months:
            if not own.ended and own.names[0] == end:
                own.read()
        months = [own for own in months if len(own.amount) or not own.ended]


def read_verdicts(path: str) -> Iterator[tuple[str, str]]:
    """Each customer and the verdict on it, in the order of a verdicts file."""
    for batch in pq.ParquetFile(path).iter_batches(columns=["customer_id", "verdict"]):
        yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)


def join_verdicts(windows: Mapping[str, str]) -> pa.Table:
    """A table with a row for each customer: its verdict in each window, and the steps of its history there.

    The columns: customer_id; the verdicts, named as their windows; then for each window how many
    steps are complete, and how many with postings are not, because they are partial (the first or the
    last), thin (postings in too few of their months) or negative (a total that is not above 0).

    Parameters
    ----------
    windows : name of each window and path of its verdicts file

    Raises
    ------
    RuntimeError
        The files do not hold the same customers.
    """
    tables = {name: pq.read_table(path) for name, path in windows.items()}
    ids = next(iter(tables.values()))["customer_id"]
    if any(not other["customer_id"].equals(ids) for other in tables.values()):
        raise RuntimeError("the windows were made of different customers")
    verdicts = {name: found["verdict"] for name, found in tables.items()}
    steps = {
        f"{name}_{column}": found[column]
        for name, found in tables.items()
        for column in found.column_names[2:]
    }
    return table({"customer_id": ids, **verdicts, **steps})


class _Rows(NamedTuple):
    """Rows of a month: its customers in order, how many rows each has, and the rows."""

    month: int
    names: pa.Array
    counts: Int[Integers, "N"]
    code: Int[Integers, "K"]
    amount: Float[Floats, "K"]


class _Month:
    """The rows of a month that were read and not taken yet.

    Parameters
    ----------
    batches : its rows, in the order of the customers
    places : number of each class
    """

    def __init__(
        self, month: int, batches: Iterator[pa.RecordBatch], places: Mapping[str, int]
    ) -> None:
        self.month, self.batches, self.places = month, batches, places
        self.names = pa.array([], pa.string())
        self.counts = self.code = np.empty(0, np.int64)
        self.amount = np.empty(0)
        self.ended = False

    def read(self) -> None:
        """Read the next batch."""
        batch = next(self.batches, None)
        if batch is None:
            self.ended = True
            return
        ids, classes, amount = batch.columns
        codes = ids.indices.to_numpy()
        starts = np.flatnonzero(np.diff(codes, prepend=-1))
        names = ids.dictionary.take(pa.array(codes[starts]))
        counts = np.diff(starts, append=len(batch))
        if len(self.names) and names[0] == self.names[-1]:
            self.counts[-1] += counts[0]
            names, counts = names[1:], counts[1:]
        self.names = pa.concat_arrays([self.names, names])
        self.counts = np.concatenate([self.counts, counts])
        known = [self.places.get(name, -1) for name in classes.dictionary.to_pylist()]
        code = np.array(known, np.int64)[classes.indices.to_numpy()]
        self.code = np.concatenate([self.code, np.maximum(code, 0)])
        self.amount = np.concatenate([self.amount, np.where(code < 0, 0.0, amount.to_numpy())])

    def take(self, end: pa.StringScalar | None) -> _Rows:
        """Take the customers before `end`, all where there is no end."""
        some = len(self.names) if end is None else pc.sum(pc.less(self.names, end)).as_py() or 0
        rows = int(self.counts[:some].sum())
        taken = _Rows(
            self.month, self.names[:some], self.counts[:some], self.code[:rows], self.amount[:rows]
        )
        self.names, self.counts = self.names[some:], self.counts[some:]
        self.code, self.amount = self.code[rows:], self.amount[rows:]
        return taken


def _row_groups(metadata: pq.FileMetaData) -> dict[int, list[int]]:
    """The row groups of each month of monthly.parquet."""
    column = metadata.schema.names.index("month")
    found: dict[int, list[int]] = {}
    for k in range(metadata.num_row_groups):
        days = metadata.row_group(k).column(column).statistics
        if days.min != days.max:
            raise RuntimeError("a row group of monthly.parquet has several months")
        found.setdefault(month_of(days.min), []).append(k)
    return found


def _parts(months: Sequence[_Rows], size: int) -> Iterator[Customers]:
    """The customers of several months, in parts; the rows of each by month and class."""
    if not months:
        return
    names = pa.concat_arrays([own.names for own in months])
    ids = names.unique()
    ids = ids.take(pc.sort_indices(ids))
    own = pc.index_in(names, ids).to_numpy()
    customer = np.repeat(own, np.concatenate([own.counts for own in months]))
    if len(ids) <= 2**16:
        # A stable sort of 16 bits is a radix sort.
        customer = customer.astype(np.uint16)
    order = np.argsort(customer, kind="stable")
    month = np.repeat([own.month for own in months], [len(own.amount) for own in months])[order]
    code = np.concatenate([own.code for own in months])[order]
    amount = np.concatenate([own.amount for own in months])[order]
    customer = customer[order].astype(np.int64)
    for low in range(0, len(ids), size):
        high = min(low + size, len(ids))
        start, stop = np.searchsorted(customer, [low, high])
        rows = slice(start, stop)
        chosen = ids[low:high].to_pylist()
        yield Customers(chosen, customer[rows] - low, month[rows], code[rows], amount[rows])
