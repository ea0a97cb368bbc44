"""Monthly sums → the tensors of a window, block by block, in bounded memory (maths §1)."""

from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from spendscape.core.errors import DataError, nearest
from spendscape.core.months import month_name
from spendscape.core.parquet import PARQUET, table, writing
from spendscape.tensors.customers import month_range, read_customers, read_verdicts
from spendscape.tensors.postings import check_postings, gaps
from spendscape.tensors.windows import (
    IN,
    Grid,
    Window,
    Windows,
    choose,
    slide,
    window_grid,
)

# Customers × blocks × classes that are held at once.
CELLS = 2**23


@dataclass
class _Tally:
    """What the summary of a window counts."""

    verdicts: Counter[str] = field(default_factory=Counter)
    negative: int = 0
    negative_money: float = 0.0
    gaps: Counter[int] = field(default_factory=Counter)

    def add(self, verdicts: Sequence[str], windows: Windows) -> None:
        """Count the customers of one part."""
        self.verdicts.update(verdicts)
        self.negative += len(windows.below)
        self.negative_money += float(windows.below.sum())


def write_window(
    monthly: str,
    classes: Sequence[str],
    window: Window,
    postings: tuple[int, float],
    key: str,
    spending: str,
    verdicts: str,
    within: str | None = None,
    *,
    leave_out: bool = False,
) -> dict[str, Any]:
    """Write a window's tensors and the verdict on every customer; return the summary.

    Parameters
    ----------
    monthly : monthly.parquet, each month in the order of the customers
    postings : months that one posting covers, and the share of a step's postings that must be there
        (`windows.Grid`)
    key : the window's name in the config, tensors.long or tensors.recent
    spending : customer_id, spending [T, C], total [T], last_month; metadata classes
    verdicts : customer_id, verdict, and how many steps of its history are complete, partial, thin and without
        spending (`windows.Completeness`)
    within : the long window's `verdicts`, for the recent one: only customers that are in the long
        window can be in it
    leave_out : whether the money of classes that are not among `classes` is left out, and not refused

    Raises
    ------
    DataError
        The window is longer than the data, no customer has it, or postings are farther apart than
        the config says.
    """
    unknown = set[str]()
    first, last = month_range(monthly)
    try:
        grid = window_grid(window, first, last, *postings, key)
    except DataError:
        # Data may look too short because a posting covers more months than the config says.
        parts = read_customers(monthly, classes, CELLS // len(classes), unknown)
        counts = [gaps(part) for part in parts]
        _check_known(unknown, classes, leave_out)
        check_postings(counts, postings[0])
        raise
    others = read_verdicts(within) if within else None
    tally = _Tally()
    with _Writer(spending) as tensors, _Writer(verdicts) as lines:
        for part in read_customers(monthly, classes, _size(grid, classes), unknown):
            among = np.ones(len(part.ids), dtype=bool)
            if others is not None:
                among = np.array([next(others) == (name, IN) for name in part.ids], dtype=bool)
            found, windows = choose(part, grid, window, len(classes), among)
            tensors.add(_tensor_table(part.ids, windows, classes))
            lines.add(table({"customer_id": part.ids, **vars(found)}))
            tally.add(found.verdict, windows)
            tally.gaps.update(gaps(part))
    _check_known(unknown, classes, leave_out)
    check_postings([tally.gaps], postings[0])
    _check_some(tally.verdicts, key, within)
    return _summary(tally, window, grid, first, last) | {"unknown_classes": sorted(unknown)}


def write_sliding(
    monthly: str,
    classes: Sequence[str],
    window: Window,
    postings: tuple[int, float],
    latest_only: Set[str],
    spending: str,
) -> int:
    """Write every complete window of every customer, the earliest first; return their number.

    Parameters
    ----------
    postings : as in `write_window`
    latest_only : customers of whom only the latest window is written, so that a score counts each
        of them once
    spending : customer_id, spending [T, C], total [T], last_month; metadata classes
    """
    first, last = month_range(monthly)
    grid = window_grid(window, first, last, *postings, "tensors.long")
    grid = replace(grid, blocks=(grid.last - first + grid.period) // grid.months)
    count = 0
    with _Writer(spending) as writer:
        for part in read_customers(monthly, classes, _size(grid, classes)):
            once = np.array([name in latest_only for name in part.ids], dtype=bool)
            windows = slide(part, grid, window, len(classes), once)
            writer.add(_tensor_table(part.ids, windows, classes))
            count += len(windows.customer)
    return count


def summary_line(summary: Mapping[str, Any]) -> str:
    """A window's summary in one line."""
    out = "".join(f"; {rows:,} out: {reason}" for reason, rows in summary["out"].items())
    zeroed = summary["negative_classes_zeroed"]
    unknown = summary["unknown_classes"]
    left = (
        f"; money of classes unknown to the model left out: {', '.join(unknown)}" if unknown else ""
    )
    return (
        f"{summary['in']:,} of {summary['customers']:,} customers in{out}; "
        f"{zeroed['count']:,} negative classes set to 0 ({zeroed['amount']:,.2f}){left}"
    )


def _size(grid: Grid, classes: Sequence[str]) -> int:
    """How many customers are held at once."""
    return max(1, CELLS // (grid.blocks * len(classes)))


def _check_known(unknown: Set[str], classes: Sequence[str], leave_out: bool) -> None:
    """Refuse transactions of classes that the model which scores them does not know."""
    if leave_out or not unknown:
        return
    names = sorted(unknown)
    near = nearest(names[0], classes, "; did you mean {!r}?")
    raise DataError(
        f"ingest.class_map: {len(names)} classes of the transactions are unknown to the model of score.run: "
        f"{', '.join(map(repr, names[:5]))}{near}\n"
        "Map them to its classes, exclude their categories, or leave their money out by score.unknown_classes: leave_out."
    )


def _check_some(verdicts: Counter[str], key: str, within: str | None) -> None:
    """Refuse a window that no customer has."""
    if verdicts[IN]:
        return
    shown = "; ".join(f"{reason}: {count:,} customers" for reason, count in sorted(verdicts.items()) if reason != IN)  # fmt: skip
    reason = max(verdicts, key=lambda name: verdicts[name])
    fix = (
        "set tensors.recent to null for yearly postings, or ask for fewer steps"
        if within
        else "ask for fewer steps, or set tensors.posting_months for yearly postings"
    )
    if reason.startswith("a step's total is not above 0"):
        fix = "money that comes back outweighs what is spent: check ingest.spend_is and the excluded categories"
    elif reason.startswith("a step has a posting in less"):
        fix += ", or lower tensors.coverage"
    raise DataError(f"{key}: no customer has this window; {fix}.\n{shown}")


def _summary(tally: _Tally, window: Window, grid: Grid, first: int, last: int) -> dict[str, Any]:
    """What tensors/summary.json says of a window."""
    counts = sorted(tally.verdicts.items())
    return {
        "customers": tally.verdicts.total(),
        "in": tally.verdicts[IN],
        "out": {reason: count for reason, count in counts if reason != IN},
        "steps": window.steps,
        "months_per_step": window.months_per_step,
        "end": window.end,
        "first_month": month_name(first),
        "last_month": month_name(last),
        "blocks": grid.blocks,
        "negative_classes_zeroed": {
            "count": tally.negative,
            "amount": round(tally.negative_money, 4),
        },
    }


def _tensor_table(ids: Sequence[str], windows: Windows, classes: Sequence[str]) -> pa.Table:
    """Windows as rows of a tensors file."""
    months = windows.last_month.astype("datetime64[M]")
    columns = {
        "customer_id": pa.array([ids[row] for row in windows.customer], pa.string()),
        "spending": windows.spending,
        "total": windows.total,
        "last_month": months.astype("datetime64[D]"),
    }
    return table(columns, {"classes": classes})


class _Writer:
    """Writes tables of any size as Parquet row groups of one size."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.waiting: list[pa.Table] = []
        self.writer: Any = None

    def __enter__(self) -> "_Writer":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.waiting and error is None:
            self._write(pa.concat_tables(self.waiting))
        if self.writer is not None:
            self.writer.close()

    def add(self, made: pa.Table) -> None:
        self.waiting.append(made)
        if sum(map(len, self.waiting)) >= PARQUET["row_group_size"]:
            joined = pa.concat_tables(self.waiting)
            whole = len(joined) // PARQUET["row_group_size"] * PARQUET["row_group_size"]
            self._write(joined.slice(0, whole))
            self.waiting = [joined.slice(whole)]

    def _write(self, made: pa.Table) -> None:
        if self.writer is None:
            self.writer = pq.ParquetWriter(self.path, made.schema, **writing(made.schema))
        self.writer.write_table(made.combine_chunks(), row_group_size=PARQUET["row_group_size"])
