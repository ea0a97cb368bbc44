"""Windows of equal steps, and each customer's spending fractions in them (maths §1, windows and composition).

Months are cut into blocks of equal length, counted backwards from one month that is the same for all
customers: the window's `end`, or the last month of the data. A window of T steps is a run of T
consecutive blocks that are complete for the customer. With `latest`, each customer's window
is the last such run; with a fixed end, it is the run that ends there.

A block is complete when the customer's history covers it (it lies between the first and the last
posting), when enough of its posting periods hold a posting, and when its total is above 0
(maths §7). A period is as long as one posting covers: a month, or a quarter, or a year.

Months are numbers here (`spendscape.core.months`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Float32, Int

from spendscape.core.arrays import Array, Bools, Floats, Indices, Integers
from spendscape.core.errors import DataError
from spendscape.core.months import month_name, month_number

# Money counts as more than 0 without a closer look from this share of the largest amount on, far above what sums are rounded by.
CLEARLY = 1e-6
# The verdict on a customer who has the window; every other verdict is a reason.
IN = "in"


@dataclass(frozen=True)
class Window:
    """Equal steps of a customer's history; the fields are keys of the config."""

    steps: int
    months_per_step: int
    end: str


@dataclass(frozen=True)
class Grid:
    """The blocks of months in which windows are looked for; block 0 is the last one.

    Attributes
    ----------
    last : the last month of block 0
    months : months in a block
    blocks : B, the number of blocks: as many as the data cover, or the window's steps where its end
        is fixed
    period : months that a posting covers; a block is a whole number of periods
    coverage : share of a block's periods that need a posting, above 0 to 1; 0 takes every block with a
        total above 0, also one that the customer's history covers in part
    """

    last: int
    months: int
    blocks: int
    period: int = 1
    coverage: float = 0.0


@dataclass(frozen=True)
class Customers:
    """The monthly sums of some customers, as K rows by customer, month and class.

    Attributes
    ----------
    ids : the N customers
    customer, month : of each month with a posting of a customer, by customer and month; customers are indices into `ids`
    rows : how many rows it has, at least one
    spending_class : index into the classes
    amount : money, spending is positive
    """

    ids: Sequence[str]
    customer: Int[Integers, "L"]
    month: Int[Integers, "L"]
    rows: Int[Integers, "L"]
    spending_class: Int[Array, "K"]
    amount: Float[Floats, "K"]

    @property
    def starts(self) -> Int[Integers, "L"]:
        """The first row of each month with a posting."""
        return np.cumsum(self.rows) - self.rows

    def sums(
        self, place: Int[Integers, "L"], places: int, classes: int
    ) -> Float[Floats, "places classes"]:
        """Money by place and class, where each month's money goes to a place; that of a negative place is left out."""
        taken = np.flatnonzero(place >= 0)
        every = len(taken) == len(place)
        rows = slice(None) if every else in_runs(self.starts[taken], self.rows[taken])
        cells = np.repeat(place[taken] * classes, self.rows[taken]) + self.spending_class[rows]
        sums = np.bincount(cells, weights=self.amount[rows], minlength=places * classes)
        # As floats, because bincount of nothing counts in integers.
        return sums.astype(np.float64, copy=False).reshape(places, classes)


@dataclass(frozen=True)
class Windows:
    """K windows.

    Attributes
    ----------
    customer : index of the customer that each one belongs to
    spending : fractions; each step sums to 1
    total : money of each step, after netting and zeroing
    last_month : last month of each window
    below : money of each class of a step that was negative after netting and now counts as 0
    """

    customer: Int[Indices, "K"]
    spending: Float32[Array, "K T C"]
    total: Float[Floats, "K T"]
    last_month: Int[Integers, "K"]
    below: Float[Floats, "_"]


class Steps(NamedTuple):
    """What the blocks of a grid hold for each customer.

    Attributes
    ----------
    place : for each month with a posting, its customer and block as one number, blocks of a customer side by side;
        −1 outside the grid
    spent : whether the total is above 0 when refunds are netted and classes that are still negative count as 0
    posted : whether anything was posted
    whole : whether the customer's history covers the block
    covered : whether enough of the block's periods hold a posting
    """

    place: Int[Integers, "L"]
    spent: Bool[Bools, "N B"]
    posted: Bool[Bools, "N B"]
    whole: Bool[Bools, "N B"]
    covered: Bool[Bools, "N B"]

    @property
    def complete(self) -> Bool[Bools, "N B"]:
        """Whether a block can be a step of a window."""
        return self.whole & self.covered & self.spent


@dataclass(frozen=True)
class Completeness:
    """Each customer's blocks with postings, by what makes them complete or not; each block counts once.

    Attributes
    ----------
    verdict : "in", or the reason why a customer does not have the window
    complete : blocks that are complete
    partial : blocks that the customer's history covers in part, the first or the last
    thin : whole blocks with too few periods that hold a posting
    negative : covered blocks whose total is not above 0
    """

    verdict: list[str]
    complete: Int[Indices, "N"]
    partial: Int[Indices, "N"]
    thin: Int[Indices, "N"]
    negative: Int[Indices, "N"]


def window_grid(
    window: Window, first: int, last: int, posting_months: int, coverage: float, key: str
) -> Grid:
    """The blocks of a window in data from the month `first` to the month `last`.

    Parameters
    ----------
    posting_months : months that one posting covers, up to its own month; yearly data (12) begin
        with the eleventh month before their first posting
    coverage : as a `Grid` has it
    key : the window's name in the config, for the messages

    Raises
    ------
    DataError
        The window is longer than the data, or ends outside them.
    """
    start = first - posting_months + 1
    end = last if window.end == "latest" else month_number(window.end)
    data = f"{month_name(start)} to {month_name(last)}"
    if not start <= end <= last:
        raise DataError(
            f"{key}.end: {window.end!r} was given; expected a month of the data, {data}, or latest"
        )
    asked = window.steps * window.months_per_step
    if asked > end - start + 1:
        until = "" if end == last else f", {end - start + 1} of them up to {window.end}"
        raise DataError(
            f"{key}: {window.steps} steps of {window.months_per_step} months need {asked} months; "
            f"the data have {last - start + 1} ({data}){until}.\n"
            "Ask for fewer steps or a smaller months_per_step"
            + (", or set tensors.recent to null." if key.endswith("recent") else ".")
        )
    whole = (end - start + 1) // window.months_per_step
    blocks = whole if window.end == "latest" else window.steps
    return Grid(end, window.months_per_step, blocks, posting_months, coverage)


def choose(
    customers: Customers, grid: Grid, window: Window, classes: int, among: Bool[Bools, "N"]
) -> tuple[Completeness, Windows]:
    """The verdict on each customer, "in" or the reason why not, and the windows of those who are in.

    Refunds net against their class within a step; a class that is still negative counts as 0; a
    step whose total is then not above 0 is no step with spending (maths §1).

    Parameters
    ----------
    classes : C
    among : the customers that may be in at all
    """
    steps = window.steps
    found = _steps(customers, grid, classes)
    complete = runs(found.complete, steps)
    eligible = complete.any(axis=1)
    # What would make a run of steps if it were enough, from nearly a window to none.
    nearly = [found.whole & found.covered, found.posted & found.whole, found.posted]
    almost = [runs(flags, steps).any(axis=1) for flags in nearly]
    verdicts = np.select(
        [~among, eligible, *almost, found.posted.any(axis=1)],
        ["not in the long window", IN, *_reasons(grid, window)],
        "nothing in the window's months",
    )
    kept = np.flatnonzero(among & eligible)
    # Block 0 is the last one, so the first run found is the latest.
    latest = complete.argmax(axis=1)[kept]
    counted = [
        found.complete,
        found.posted & ~found.whole,
        found.posted & found.whole & ~found.covered,
        found.whole & found.covered & ~found.spent,
    ]
    counts = (flags.sum(axis=1) for flags in counted)
    windows = _windows(customers, found, kept, latest, grid, steps, classes)
    return Completeness([str(verdict) for verdict in verdicts], *counts), windows


def _reasons(grid: Grid, window: Window) -> list[str]:
    """Why a customer does not have the window: a total, gaps within a step, partial steps, too few steps."""
    months = f"{grid.months} month{'s' if grid.months > 1 else ''}"
    span = f"{window.steps} consecutive steps of {months}"
    span += "" if window.end == "latest" else f" up to {window.end}"
    few = f"so fewer than {span}"
    return [
        f"a step's total is not above 0, {few} with spending",
        f"a step has a posting in less than {grid.coverage:.0%} of its time, {few} are complete",
        f"the first or the last step is not a whole one, {few} are complete",
        f"fewer than {span} with spending",
    ]


def slide(
    customers: Customers, grid: Grid, window: Window, classes: int, once: Bool[Bools, "N"]
) -> Windows:
    """Every complete window of each customer, the earliest first.

    Parameters
    ----------
    classes : C
    once : the customers of whom only the latest window is wanted
    """
    found = _steps(customers, grid, classes)
    complete = runs(found.complete, window.steps)
    complete[once] &= np.cumsum(complete[once], axis=1) == 1
    rows, ends = np.nonzero(complete[:, ::-1])
    last = complete.shape[1] - 1 - ends
    return _windows(customers, found, rows, last, grid, window.steps, classes)


def in_runs(first: Int[Integers, "L"], counts: Int[Integers, "L"]) -> Int[Indices, "K"]:
    """The numbers of rows that stand in runs: so many from each first one on, run by run."""
    before = np.cumsum(counts) - counts
    return np.repeat(first - before, counts) + np.arange(int(counts.sum()))


def runs(flags: Bool[Bools, "N B"], steps: int) -> Bool[Bools, "N K"]:
    """Whether `steps` flags in a row are set, from each block on; K = B − steps + 1."""
    places = np.lib.stride_tricks.sliding_window_view(flags, steps, axis=1)
    return np.asarray(places.all(axis=-1))


def _steps(customers: Customers, grid: Grid, classes: int) -> Steps:
    """What the blocks of a grid hold for each of the customers."""
    n, blocks, size = len(customers.ids), grid.blocks, grid.months // grid.period
    # Periods and blocks are counted backwards from the grid's end; what is posted after it is below 0.
    period = (grid.last - customers.month) // grid.period
    block = (grid.last - customers.month) // grid.months
    inside = (block >= 0) & (block < blocks)
    place = np.where(inside, customers.customer * blocks + block, -1)
    posted = np.zeros((n, blocks * size), dtype=bool)
    posted[customers.customer[inside], period[inside]] = True
    by_block = posted.reshape(n, blocks, size)
    newest, oldest = np.full(n, np.iinfo(np.int64).max), np.full(n, -1, dtype=np.int64)
    np.minimum.at(newest, customers.customer, period)
    np.maximum.at(oldest, customers.customer, period)
    first = np.arange(blocks) * size
    whole = (newest[:, None] <= first) & (oldest[:, None] >= first + size - 1)
    return Steps(
        place,
        _spent(customers, place, n * blocks, classes).reshape(n, blocks),
        np.asarray(by_block.any(axis=2)),
        np.asarray(whole | (grid.coverage == 0)),
        # A share such as .1 of 10 periods is 1 of them, whatever .1 × 10 rounds to.
        by_block.sum(axis=2) >= max(1, np.ceil(grid.coverage * size - 1e-9)),
    )


def _spent(
    customers: Customers, place: Int[Integers, "L"], places: int, classes: int
) -> Bool[Bools, " places"]:
    """Whether some class has money above 0 at each place, refunds netted."""
    # What lies outside the grid, at −1, goes to a place of its own.
    money, most = np.zeros((2, places + 1))
    if len(place):
        np.add.at(money, place, np.add.reduceat(customers.amount, customers.starts))
        np.maximum.at(most, place, np.maximum.reduceat(customers.amount, customers.starts))
    # Where there is more money than what is given back, one class has more of it, too. The rest is looked at closely.
    spent = money > CLEARLY * most
    close = np.flatnonzero((most > 0)[:-1] & ~spent[:-1])
    number = np.full(places + 1, -1)
    number[close] = np.arange(len(close))
    spent[close] = (customers.sums(number[place], len(close), classes) > 0).any(axis=1)
    return spent[:-1]


def _windows(
    customers: Customers,
    found: Steps,
    rows: Int[Indices, "K"],
    last: Int[Indices, "K"],
    grid: Grid,
    steps: int,
    classes: int,
) -> Windows:
    """The windows of the customers `rows` that end with the blocks `last`."""
    # Backwards through the blocks is forwards in time.
    places = rows[:, None] * grid.blocks + last[:, None] + np.arange(steps)[::-1]
    # Windows that slide share their steps.
    number = np.full(found.spent.size + 1, -1)
    number[places.ravel()] = np.arange(places.size)
    money = customers.sums(number[found.place], places.size, classes)
    own = number[places.ravel()]
    money = money if (own == np.arange(places.size)).all() else money[own]
    money = money.reshape(len(rows), steps, classes)
    below = money[money < 0]
    np.maximum(money, 0, out=money)
    totals = money.sum(axis=2)
    fractions = np.empty(money.shape, np.float32)
    np.divide(money, totals[:, :, None], out=fractions, casting="same_kind")
    return Windows(rows, fractions, totals, grid.last - last * grid.months, below)
