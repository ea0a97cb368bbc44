"""Monthly sums to spending fractions per customer, step and class (MATHS §1, windows and composition).

Steps are blocks of months that end at one month for all: the window's `end`, or the data's last
month. With `latest` a customer's window is its own last run of consecutive blocks with spending.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from spendscape.core.arrays import Floats, Integers
from spendscape.core.errors import DataError, nearest
from spendscape.core.months import month_name, month_number, month_of
from spendscape.core.parquet import PARQUET, table

IN = "in"
# Customers × blocks × classes that are held at once.
CELLS = 2**23
ROWS = 2**20


@dataclass(frozen=True)
class Window:
    """Equal steps of a customer's history; the fields are keys of the config."""

    steps: int
    months_per_step: int
    end: str


@dataclass(frozen=True)
class Grid:
    """The blocks of months that a window chooses from, block 0 the last one.

    Attributes
    ----------
    last : number of the last month of block 0, counted from January 1970
    months : months in a block
    blocks : B, whole blocks that the data cover, or the window's steps where its end is fixed
    """

    last: int
    months: int
    blocks: int


@dataclass(frozen=True)
class Customers:
    """Rows of some customers, in the order of the file.

    Attributes
    ----------
    ids : n customers
    customer : index into ids, of each row
    month : months since January 1970, of each row
    spending_class : index into the classes, of each row
    amount : money of each row
    """

    ids: list[str]
    customer: Integers
    month: Integers
    spending_class: Integers
    amount: Floats


@dataclass(frozen=True)
class Chosen:
    """What a window holds of n customers, of whom k are in.

    Attributes
    ----------
    verdicts : n, "in" or the reason why not
    spending : float32 [k, T, C], each step sums to 1
    total : [k, T] money of each step, after netting and zeroing
    last_month : [k] number of the last month of each window
    negative : classes of these steps that were negative after netting, and were set to 0
    negative_money : what they sum to, below or equal to 0
    """

    verdicts: list[str]
    spending: NDArray[np.float32]
    total: Floats
    last_month: Integers
    negative: int
    negative_money: float


def month_range(path: str) -> tuple[int, int]:
    """The first and the last month of monthly.parquet, counted from January 1970."""
    column = pq.ParquetFile(path).schema_arrow.get_field_index("month")
    metadata = pq.ParquetFile(path).metadata
    groups = [
        metadata.row_group(k).column(column).statistics for k in range(metadata.num_row_groups)
    ]
    ends = [min(g.min for g in groups), max(g.max for g in groups)]
    first, last = map(month_of, ends)
    return first, last


def window_grid(window: Window, first: int, last: int, posting_months: int, key: str) -> Grid:
    """The blocks of a window in data from the month `first` to `last`.

    A posting covers `posting_months` up to its own month, so that yearly data begin with the
    eleventh month before their first posting.

    Raises
    ------
    DataError
        The window is longer than the data, or ends after them; `key` is its name in the config.
    """
    start = first - posting_months + 1
    end = last if window.end == "latest" else month_number(window.end)
    data = f"the data have {last - start + 1} ({month_name(start)} to {month_name(last)})"
    if not start <= end <= last:
        raise DataError(
            f"{key}.end: {window.end!r} was given; {data}; give one of their months, or latest"
        )
    asked = window.steps * window.months_per_step
    if asked > end - start + 1:
        until = "" if end == last else f", {end - start + 1} of them up to {window.end}"
        raise DataError(
            f"{key}: {window.steps} steps of {window.months_per_step} months need {asked} months; "
            f"{data}{until}.\nAsk for fewer steps or a smaller months_per_step"
            + (", or set tensors.recent to null." if key.endswith("recent") else ".")
        )
    whole = (end - start + 1) // window.months_per_step
    blocks = whole if window.end == "latest" else window.steps
    return Grid(end, window.months_per_step, blocks)


def choose(
    customers: Customers, grid: Grid, window: Window, classes: int, among: NDArray[np.bool_]
) -> Chosen:
    """The window of each customer, or the reason why it has none.

    Refunds net against their class within a step; a class that is still negative counts as 0; a
    step whose total is then not above 0 is no step with spending (MATHS §1).

    Parameters
    ----------
    classes : C
    among : [n] customers that may be in at all
    """
    steps = window.steps
    net, total, posted = _nets(customers, grid, classes)
    runs = _runs(total > 0, steps)
    eligible = runs.any(axis=1)
    # Block 0 is the last one, so the first run found is the latest.
    latest = runs.argmax(axis=1)
    span = f"{steps} consecutive steps of {grid.months} month{'s' if grid.months > 1 else ''}"
    if window.end != "latest":
        span = f"{span} up to {window.end}"
    reasons = np.select(
        [~among, eligible, _runs(posted, steps).any(axis=1), posted.any(axis=1)],
        [
            "not in the long window",
            IN,
            f"a step's total is not above 0, so fewer than {span} with spending",
            f"fewer than {span} with spending",
        ],
        "nothing in the window's months",
    )
    kept = np.flatnonzero(among & eligible)
    fractions, totals, below = _fractions(net, total, kept, latest[kept], steps)
    return Chosen(
        [str(reason) for reason in reasons],
        fractions,
        totals,
        grid.last - latest[kept] * grid.months,
        int((below < 0).sum()),
        float(below.sum()),
    )


def _nets(
    customers: Customers, grid: Grid, classes: int
) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """Money by block and class [n, B, C], its total without negative classes [n, B], where postings are [n, B]."""
    n = len(customers.ids)
    block = (grid.last - customers.month) // grid.months
    inside = (block >= 0) & (block < grid.blocks)
    place = (customers.customer[inside] * grid.blocks + block[inside]) * classes
    sums = np.bincount(
        place + customers.spending_class[inside],
        weights=customers.amount[inside],
        minlength=n * grid.blocks * classes,
    )
    # As floats, because bincount of nothing counts in integers.
    net = sums.astype(np.float64).reshape(n, grid.blocks, classes)
    posted = np.bincount(place // classes, minlength=n * grid.blocks).reshape(n, -1) > 0
    return net, np.maximum(net, 0).sum(axis=2), posted


def _fractions(
    net: Floats, total: Floats, rows: NDArray[np.intp], last: NDArray[np.intp], steps: int
) -> tuple[NDArray[np.float32], Floats, Floats]:
    """Fractions and totals of k windows, and their classes below 0; `last` is the block that ends each."""
    # Backwards through the blocks is forwards in time.
    steps_of = last[:, None] + np.arange(steps)[::-1]
    money = net[rows[:, None], steps_of]
    totals = total[rows[:, None], steps_of]
    fractions = np.maximum(money, 0) / totals[:, :, None]
    return fractions.astype(np.float32), totals, np.minimum(money, 0)


def write_sliding(
    monthly: str,
    classes: Sequence[str],
    window: Window,
    posting_months: int,
    latest_only: Set[str],
    spending: str,
) -> int:
    """Write every complete window of every customer, the earliest first; return their number.

    Parameters
    ----------
    latest_only : customers of whom only the latest window is written, so that a score counts each once
    spending : customer_id, spending [T, C], total [T], last_month; metadata classes
    """
    first, last = month_range(monthly)
    grid = window_grid(window, first, last, posting_months, "tensors.long")
    grid = replace(grid, blocks=(grid.last - first + posting_months) // grid.months)
    size = max(1, CELLS // (grid.blocks * len(classes)))
    writer, count = _Writer(spending), 0
    try:
        for part in read_customers(monthly, classes, size):
            net, total, _ = _nets(part, grid, len(classes))
            runs = _runs(total > 0, window.steps)
            once = np.array([name in latest_only for name in part.ids], dtype=bool)
            runs[once] &= np.cumsum(runs[once], axis=1) == 1
            rows, ends = np.nonzero(runs[:, ::-1])
            ends = runs.shape[1] - 1 - ends
            fractions, totals, _ = _fractions(net, total, rows, ends, window.steps)
            months = (grid.last - ends * grid.months).astype("datetime64[M]")
            writer.add(
                table(
                    {
                        "customer_id": pa.array([part.ids[row] for row in rows], pa.string()),
                        "spending": fractions,
                        "total": totals,
                        "last_month": months.astype("datetime64[D]"),
                    },
                    {"classes": classes},
                )
            )
            count += len(rows)
    finally:
        writer.close()
    return count


def write_window(
    monthly: str,
    classes: Sequence[str],
    window: Window,
    posting_months: int,
    key: str,
    spending: str,
    verdicts: str,
    within: str | None = None,
) -> dict[str, Any]:
    """Write a window's tensors and every customer's verdict, block by block; return the summary.

    Parameters
    ----------
    monthly : monthly.parquet, sorted by customer_id
    key : the window's name in the config, tensors.long or tensors.recent
    spending : customer_id, spending [T, C], total [T], last_month; metadata classes
    verdicts : customer_id, verdict
    within : the other window's `verdicts`; only customers that are in there can be in here

    Raises
    ------
    DataError
        The window is longer than the data, or no customer has it.
    """
    unknown = sorted(_classes(monthly) - set(classes))
    if unknown:
        near = nearest(unknown[0], classes, "; did you mean {!r}?")
        raise DataError(
            f"ingest.class_map: {len(unknown)} classes of the transactions are unknown to the model of score.run: "
            f"{', '.join(map(repr, unknown[:5]))}{near}\n"
            "Map them to its classes, or exclude their categories."
        )
    first, last = month_range(monthly)
    grid = window_grid(window, first, last, posting_months, key)
    size = max(1, CELLS // (grid.blocks * len(classes)))
    others = _verdicts(within) if within else None
    reasons = Counter[str]()
    negative, negative_money = 0, 0.0
    writers = [_Writer(spending), _Writer(verdicts)]
    try:
        for part in read_customers(monthly, classes, size):
            among = np.ones(len(part.ids), dtype=bool)
            if others is not None:
                among = np.array([next(others) == (name, IN) for name in part.ids], dtype=bool)
            chosen = choose(part, grid, window, len(classes), among)
            kept = [verdict == IN for verdict in chosen.verdicts]
            days = (chosen.last_month).astype("datetime64[M]").astype("datetime64[D]")
            writers[0].add(
                table(
                    {
                        "customer_id": pa.array(part.ids).filter(pa.array(kept)),
                        "spending": chosen.spending,
                        "total": chosen.total,
                        "last_month": days,
                    },
                    {"classes": classes},
                )
            )
            writers[1].add(table({"customer_id": part.ids, "verdict": chosen.verdicts}))
            reasons.update(chosen.verdicts)
            negative += chosen.negative
            negative_money += chosen.negative_money
    finally:
        for writer in writers:
            writer.close()
    out = {reason: rows for reason, rows in sorted(reasons.items()) if reason != IN}
    if not reasons[IN]:
        shown = "; ".join(f"{reason}: {rows:,} customers" for reason, rows in out.items())
        fix = (
            "set tensors.recent to null for yearly postings, or ask for fewer steps"
            if within
            else "ask for fewer steps, or set tensors.posting_months for yearly postings"
        )
        raise DataError(f"{key}: no customer has this window; {fix}.\n{shown}")
    return {
        "customers": reasons.total(),
        "in": reasons[IN],
        "out": out,
        "steps": window.steps,
        "months_per_step": window.months_per_step,
        "end": window.end,
        "first_month": month_name(first),
        "last_month": month_name(last),
        "blocks": grid.blocks,
        "negative_classes_zeroed": {"count": negative, "amount": round(negative_money, 4)},
    }


def read_customers(path: str, classes: Sequence[str], size: int) -> Iterator[Customers]:
    """The rows of monthly.parquet, whole customers at a time and at most `size` of them."""
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


def join_verdicts(windows: Mapping[str, str]) -> pa.Table:
    """One row a customer: customer_id and its verdict in each window, of the `verdicts` files.

    Raises
    ------
    RuntimeError
        The files do not hold the same customers.
    """
    tables = {name: pq.read_table(path) for name, path in windows.items()}
    ids = next(iter(tables.values()))["customer_id"]
    if any(not other["customer_id"].equals(ids) for other in tables.values()):
        raise RuntimeError("the windows were made of different customers")
    return table({"customer_id": ids} | {name: t["verdict"] for name, t in tables.items()})


def summary_line(summary: Mapping[str, Any]) -> str:
    """A window's summary in one line."""
    out = "".join(f"; {rows:,} out: {reason}" for reason, rows in summary["out"].items())
    zeroed = summary["negative_classes_zeroed"]
    return (
        f"{summary['in']:,} of {summary['customers']:,} customers in{out}; "
        f"{zeroed['count']:,} negative classes set to 0 ({zeroed['amount']:,.2f})"
    )


class _Writer:
    """Tables of any size to Parquet row groups of one size."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.waiting: list[Any] = []
        self.writer: Any = None

    def add(self, made: pa.Table) -> None:
        self.waiting.append(made)
        if sum(map(len, self.waiting)) >= PARQUET["row_group_size"]:
            joined = pa.concat_tables(self.waiting)
            whole = len(joined) // PARQUET["row_group_size"] * PARQUET["row_group_size"]
            self._write(joined.slice(0, whole))
            self.waiting = [joined.slice(whole)]

    def close(self) -> None:
        if self.waiting:
            self._write(pa.concat_tables(self.waiting))
        if self.writer is not None:
            self.writer.close()

    def _write(self, made: pa.Table) -> None:
        options = {key: value for key, value in PARQUET.items() if key != "row_group_size"}
        if self.writer is None:
            self.writer = pq.ParquetWriter(self.path, made.schema, **options)
        self.writer.write_table(made.combine_chunks(), row_group_size=PARQUET["row_group_size"])


def _runs(flags: NDArray[np.bool_], steps: int) -> NDArray[np.bool_]:
    """[n, B − T + 1]: whether `steps` flags in a row are set, from each place on."""
    places = np.lib.stride_tricks.sliding_window_view(flags, steps, axis=1)
    return np.asarray(places.all(axis=-1))


def _verdicts(path: str) -> Iterator[tuple[str, str]]:
    """The rows of a verdicts file."""
    for batch in pq.ParquetFile(path).iter_batches():
        yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)


def _starts(rows: pa.Table) -> tuple[list[str], Integers]:
    """The customers of sorted rows and the row where each begins."""
    column = rows["customer_id"].combine_chunks()
    codes = column.indices.to_numpy()
    starts = np.flatnonzero(np.diff(codes, prepend=-1))
    return column.dictionary.take(pa.array(codes[starts])).to_pylist(), starts.astype(np.int64)


def _parts(
    rows: pa.Table,
    ids: Sequence[str],
    starts: Integers,
    places: Mapping[str, int],
    size: int,
) -> Iterator[Customers]:
    """The customers `ids` in parts; `starts` has one entry more, where the last one ends."""
    classes = rows["class"].combine_chunks()
    place = np.array([places[name] for name in classes.dictionary.to_pylist()], dtype=np.int64)
    code = place[classes.indices.to_numpy()]
    month = rows["month"].to_numpy().astype("datetime64[M]").astype(np.int64)
    amount = rows["amount"].to_numpy()
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


def _classes(path: str) -> set[str]:
    """The classes of monthly.parquet."""
    file = pq.ParquetFile(path, read_dictionary=["class"])
    names: set[str] = set()
    for batch in file.iter_batches(ROWS, columns=["class"]):
        column = batch.column(0)
        names.update(column.dictionary.take(column.indices.unique()).to_pylist())
    return names
