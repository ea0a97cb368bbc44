"""Customers' monthly sums and verdicts, streamed from their files a few customers at a time."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from jaxtyping import Int

from spendscape.core.arrays import Integers
from spendscape.core.months import month_of
from spendscape.core.parquet import table
from spendscape.tensors.windows import Customers

# Rows of monthly.parquet that are read at once.
ROWS = 2**20


def month_range(path: str) -> tuple[int, int]:
    """The first and the last month of monthly.parquet, as numbers."""
    metadata = pq.ParquetFile(path).metadata
    column = metadata.schema.names.index("month")
    groups = [
        metadata.row_group(k).column(column).statistics for k in range(metadata.num_row_groups)
    ]
    ends = [min(g.min for g in groups), max(g.max for g in groups)]
    first, last = map(month_of, ends)
    return first, last


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
    columns = ["customer_id", "month", "class", "amount"]
    carried: pa.Table | None = None
    for batch in file.iter_batches(ROWS, columns=columns):
        rows = pa.Table.from_batches([batch])
        if carried is not None:
            rows = pa.concat_tables([carried, rows])
        rows = rows.unify_dictionaries().combine_chunks()
        ids, starts = _starts(rows)
        # The last customer may go on in the next batch.
        carried = rows.slice(starts[-1])
        yield from _parts(rows, ids[:-1], starts, places, size)
    if carried is not None:
        ids, starts = _starts(carried)
        yield from _parts(carried, ids, np.append(starts, len(carried)), places, size)


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


def _starts(rows: pa.Table) -> tuple[list[str], Int[Integers, "N"]]:
    """The customers of sorted rows, and the row where each begins."""
    column = rows["customer_id"].combine_chunks()
    codes = column.indices.to_numpy()
    starts = np.flatnonzero(np.diff(codes, prepend=-1))
    return column.dictionary.take(pa.array(codes[starts])).to_pylist(), starts.astype(np.int64)


def _parts(
    rows: pa.Table,
    ids: Sequence[str],
    starts: Int[Integers, "K"],
    places: Mapping[str, int],
    size: int,
) -> Iterator[Customers]:
    """The customers `ids` in parts; `starts` has one entry more than `ids`, where the last one ends."""
    classes = rows["class"].combine_chunks()
    names = classes.dictionary.to_pylist()
    place = np.array([places.get(name, -1) for name in names], dtype=np.int64)
    code = place[classes.indices.to_numpy()]
    month = rows["month"].to_numpy().astype("datetime64[M]").astype(np.int64)
    amount = np.where(code < 0, 0.0, rows["amount"].to_numpy())
    code = np.maximum(code, 0)
    for low in range(0, len(ids), size):
        high = min(low + size, len(ids))
        own = slice(starts[low], starts[high])
        count = np.diff(starts[low : high + 1])
        yield Customers(
            list(ids[low:high]),
            np.repeat(np.arange(high - low), count),
            month[own],
            code[own],
            amount[own],
        )
