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

from spendscape.core.arrays import Array, Floats, Integers
from spendscape.core.months import month_of
from spendscape.core.parquet import table
from spendscape.tensors.windows import Customers, in_runs

# A month of which fewer rows are waiting is read on, by a row group: about half of one, so that all months go on together.
ROWS = 2**15
# Rows that are put together at once, unless one customer has more.
TOGETHER = 2**20


def month_range(path: str) -> tuple[int, int]:
    """The first and the last month of monthly.parquet, as numbers."""
    months = _row_groups(pq.read_metadata(path))
    return min(months), max(months)


def read_customers(
    path: str, classes: Sequence[str], size: int, unknown: set[str] | None = None
) -> Iterator[Customers]:
    """The rows of monthly.parquet, whole customers and at most `size` of them at a time.

    Rows of other classes have the amount 0 in the first class: their money is left out, and no customer and no month
    with a posting.

    Parameters
    ----------
    unknown : to it these other classes are added
    """
    places = {name: place for place, name in enumerate(classes)}
    file = pq.ParquetFile(path, read_dictionary=["customer_id", "class"])
    columns, others = ["customer_id", "class", "amount"], set[str]() if unknown is None else unknown
    # One thread: pages are small, and a few of many months would wait for each other.
    months = [
        _Month(month, (file.read_row_group(k, columns, False) for k in groups), places, others)
        for month, groups in sorted(_row_groups(file.metadata).items())
    ]
    while months:
        for own in months:
            if len(own.amount) < ROWS:
                own.read()
        # The last customer of what was read may go on in the next row group.
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
    code: Int[Array, "K"]
    amount: Float[Floats, "K"]


class _Month:
    """The rows of a month that were read and not taken yet.

    Parameters
    ----------
    groups : its row groups, in the order of the customers
    places : number of each class
    unknown : to it classes without a number are added
    """

    def __init__(
        self, month: int, groups: Iterator[pa.Table], places: Mapping[str, int], unknown: set[str]
    ) -> None:
        self.month, self.groups, self.places, self.unknown = month, groups, places, unknown
        self.names = pa.array([], pa.string())
        self.counts = np.empty(0, np.int64)
        self.code = np.empty(0, np.int32)
        self.amount = np.empty(0)
        self.ended = False

    def read(self) -> None:
        """Read the next row group."""
        group = next(self.groups, None)
        if group is None:
            self.ended = True
            return
        ids, classes, amounts = (column.combine_chunks() for column in group.columns)
        codes = ids.indices.to_numpy()
        starts = np.append(0, np.flatnonzero(codes[1:] != codes[:-1]) + 1)
        names = ids.dictionary.take(pa.array(codes[starts]))
        counts = np.diff(starts, append=len(codes))
        if len(self.names) and names[0] == self.names[-1]:
            self.counts[-1] += counts[0]
            names, counts = names[1:], counts[1:]
        self.names = pa.concat_arrays([self.names, names])
        self.counts = np.concatenate([self.counts, counts])
        code, amount = self._coded(classes), amounts.to_numpy()
        if (code < 0).any():
            amount, code = np.where(code < 0, 0.0, amount), np.maximum(code, 0)
        self.code = np.concatenate([self.code, code])
        self.amount = np.concatenate([self.amount, amount])

    def _coded(self, classes: pa.DictionaryArray) -> Int[Array, "K"]:
        """The class of each row as a number, −1 where it has none."""
        names, indices = classes.dictionary.to_pylist(), classes.indices.to_numpy()
        known = np.array([self.places.get(name, -1) for name in names], np.int32)
        code = known[indices]
        if (known < 0).any():
            self.unknown.update(names[k] for k in np.unique(indices[code < 0]))
        return np.asarray(code)

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
    customer = pc.index_in(names, ids).to_numpy().astype(np.int64)
    # The months of a customer stay in their order.
    order = np.argsort(customer, kind="stable")
    counts = np.concatenate([own.counts for own in months])
    first = (np.cumsum(counts) - counts)[order]
    month = np.repeat([own.month for own in months], [len(own.names) for own in months])[order]
    customer, counts = customer[order], counts[order]
    code = np.concatenate([own.code for own in months])
    amount = np.concatenate([own.amount for own in months])
    whole = np.cumsum(np.bincount(customer, weights=counts)).astype(np.int64)
    low = 0
    while low < len(ids):
        enough = np.searchsorted(whole, TOGETHER + (whole[low - 1] if low else 0), side="right")
        high = min(low + size, max(low + 1, int(enough)), len(ids))
        start, stop = np.searchsorted(customer, [low, high])
        some = slice(start, stop)
        rows = in_runs(first[some], counts[some])
        yield Customers(
            ids[low:high].to_pylist(),
            customer[some] - low,
            month[some],
            counts[some],
            code[rows],
            amount[rows],
        )
        low = high
