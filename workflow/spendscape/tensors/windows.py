"""Windows of equal steps, and each customer's spending fractions in them (maths §1, windows and composition).

Months are cut into blocks of equal length, counted backwards from one month that is the same for all
customers: the window's `end`, or the last month of the data. A window of T steps is a run of T
consecutive blocks in each of which the customer spent money. With `latest`, each customer's window
is the last such run; with a fixed end, it is the run that ends there.

Months are numbers here (`spendscape.core.months`).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Float32, Int

from spendscape.core.arrays import Array, Bools, Floats, Indices, Integers
from spendscape.core.errors import DataError
from spendscape.core.months import month_name, month_number

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
    """

    last: int
    months: int
    blocks: int


@dataclass(frozen=True)
class Customers:
    """The monthly sums of some customers, as K rows in the order of the file.

    Attributes
    ----------
    ids : the N customers
    customer : index into `ids`
    month : month of the row
    spending_class : index into the classes
    amount : money, spending is positive
    """

    ids: Sequence[str]
    customer: Int[Integers, "K"]
    month: Int[Integers, "K"]
    spending_class: Int[Integers, "K"]
    amount: Float[Floats, "K"]


@dataclass(frozen=True)
class Windows:
    """K windows.

    Attributes
    ----------
    customer : index of the customer that each one belongs to
    spending : fractions; each step sums to 1
    total : money of each step, after netting and zeroing
    last_month : last month of each window
    below : money of the classes that were negative after netting and now count as 0; 0 elsewhere
    """

    customer: Int[Indices, "K"]
    spending: Float32[Array, "K T C"]
    total: Float[Floats, "K T"]
    last_month: Int[Integers, "K"]
    below: Float[Floats, "K T C"]


def window_grid(window: Window, first: int, last: int, posting_months: int, key: str) -> Grid:
    """The blocks of a window in data from the month `first` to the month `last`.

    Parameters
    ----------
    posting_months : months that one posting covers, up to its own month; yearly data (12) begin
        with the eleventh month before their first posting
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
    return Grid(end, window.months_per_step, blocks)


def choose(
    customers: Customers, grid: Grid, window: Window, classes: int, among: Bool[Bools, "N"]
) -> tuple[list[str], Windows]:
    """The verdict on each customer, "in" or the reason why not, and the windows of those who are in.

    Refunds net against their class within a step; a class that is still negative counts as 0; a
    step whose total is then not above 0 is no step with spending (maths §1).

    Parameters
    ----------
    classes : C
    among : the customers that may be in at all
    """
    steps = window.steps
    net, total, posted = _nets(customers, grid, classes)
    complete = runs(total > 0, steps)
    eligible = complete.any(axis=1)
    span = f"{steps} consecutive steps of {grid.months} month{'s' if grid.months > 1 else ''}"
    if window.end != "latest":
        span = f"{span} up to {window.end}"
    verdicts = np.select(
        [~among, eligible, runs(posted, steps).any(axis=1), posted.any(axis=1)],
        [
            "not in the long window",
            IN,
            f"a step's total is not above 0, so fewer than {span} with spending",
            f"fewer than {span} with spending",
        ],
        "nothing in the window's months",
    )
    kept = np.flatnonzero(among & eligible)
    # Block 0 is the last one, so the first run found is the latest.
    latest = complete.argmax(axis=1)[kept]
    return [str(verdict) for verdict in verdicts], _windows(net, total, kept, latest, grid, steps)


def slide(
    customers: Customers, grid: Grid, window: Window, classes: int, once: Bool[Bools, "N"]
) -> Windows:
    """Every complete window of each customer, the earliest first.

    Parameters
    ----------
    classes : C
    once : the customers of whom only the latest window is wanted
    """
    net, total, _ = _nets(customers, grid, classes)
    complete = runs(total > 0, window.steps)
    complete[once] &= np.cumsum(complete[once], axis=1) == 1
    rows, ends = np.nonzero(complete[:, ::-1])
    return _windows(net, total, rows, complete.shape[1] - 1 - ends, grid, window.steps)


def runs(flags: Bool[Bools, "N B"], steps: int) -> Bool[Bools, "N K"]:
    """Whether `steps` flags in a row are set, from each block on; K = B − steps + 1."""
    places = np.lib.stride_tricks.sliding_window_view(flags, steps, axis=1)
    return np.asarray(places.all(axis=-1))


def _nets(
    customers: Customers, grid: Grid, classes: int
) -> tuple[Float[Floats, "N B C"], Float[Floats, "N B"], Bool[Bools, "N B"]]:
    """Money by block and class, its total without negative classes, and whether anything was posted."""
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


def _windows(
    net: Float[Floats, "N B C"],
    total: Float[Floats, "N B"],
    rows: Int[Indices, "K"],
    last: Int[Indices, "K"],
    grid: Grid,
    steps: int,
) -> Windows:
    """The windows of the customers `rows` that end with the blocks `last`."""
    # Backwards through the blocks is forwards in time.
    blocks = last[:, None] + np.arange(steps)[::-1]
    money = net[rows[:, None], blocks]
    totals = total[rows[:, None], blocks]
    fractions = np.maximum(money, 0) / totals[:, :, None]
    return Windows(
        rows,
        fractions.astype(np.float32),
        totals,
        grid.last - last * grid.months,
        np.minimum(money, 0),
    )
