"""Scores of what was found against what was planted, each with its bootstrap interval."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float, Int, Shaped

from spendscape.core.arrays import Array, Bools, Floats, Indices, Integers, Names
from spendscape.core.statistics import (
    Sums,
    bootstrap,
    bootstrap_sums,
    correlation,
    intervals,
    mean,
    ratio,
)

COLUMNS = ["quantity", "value", "low", "high", "target"]
# What a run of the default size and noise is to reach; nothing where no figure is promised.
TARGETS = {"trait": 0.95} | dict.fromkeys(
    ["movers_likely_precision", "movers_likely_recall", "movers_top"], 0.8
)


def trait_recovery(
    planted: Float[Floats, "N P"],
    found: Float[Floats, "N P"],
    traits: Sequence[str],
    draws: int,
    seed: int,
) -> pd.DataFrame:
    """The squared correlation of each planted trait with the network's last output.

    It is not R², because the two are standardised differently: the planted trait has no noise of counts.
    """

    own = [correlation(planted[:, k], found[:, k]) for k in range(len(traits))]
    names = [f"trait_{name}" for name in traits]
    squares = [Sums(one.columns, lambda sums, of=one.of: of(sums) ** 2) for one in own]  # type: ignore[misc]
    return _intervals(squares, names, draws, seed, TARGETS["trait"])


def order_recovery(
    planted: Shaped[Names, "N P"], found: Shaped[Names, "N P"], levels: int, draws: int, seed: int
) -> pd.DataFrame:
    """The share of customers whose first k traits by size are the planted ones, k = 1 … `levels`, or all P."""
    same = np.cumprod(planted[:, :levels] == found[:, :levels], axis=1).astype(np.float64)
    names = ["dominant_trait", *(f"segment_level_{k}" for k in range(2, same.shape[1] + 1))]
    return _intervals([mean(column) for column in same.T], names, draws, seed)


def label_recovery(
    planted: Shaped[Names, "N"], labels: Shaped[Names, "N"], draws: int, seed: int
) -> pd.DataFrame:
    """The share of customers whose attractor has the label of their planted dominant trait."""
    same = (planted == labels).astype(np.float64)
    return _intervals([mean(same)], ["attractor_label"], draws, seed)


def mover_recovery(
    mover: Bool[Bools, "N"],
    lists: Mapping[str, Bools],
    sizes: Mapping[str, Floats],
    draws: int,
    seed: int,
) -> pd.DataFrame:
    """How well movers are found: precision and recall of lists, and of the largest changes.

    For a measure of change NAME as many customers are listed as there are movers, those with the
    largest changes. So the row NAME is precision and recall at once: the share of movers among them.

    Parameters
    ----------
    mover : who is planted as a mover
    lists : NAME to who is listed, for the rows NAME_precision and NAME_recall
    sizes : NAME to the size of each customer's change
    """

    lists_of = {
        f"{name}_{what}": ratio(mover & listed, whole)
        for name, listed in lists.items()
        for what, whole in (("precision", listed), ("recall", mover))
    }
    numbers = [intervals(list(lists_of.values()), draws, seed)]
    for size in sizes.values():
        top = _top(mover, size)
        value = top(np.ones((1, len(mover))))[0]
        numbers.append(np.stack([value, *bootstrap_sums(top, len(mover), draws, seed)], axis=1))
    frame = pd.DataFrame(np.vstack(numbers), columns=["value", "low", "high"])
    frame.insert(0, "quantity", [*lists_of, *sizes])
    return frame.assign(target=frame["quantity"].map(TARGETS))


def averaging_limit(
    before: Float[Floats, "K P"],
    after: Float[Floats, "K P"],
    months_after: Int[Integers, "K"],
    recent: int,
    long: int,
) -> float:
    """The share of movers whose dominant trait differs between the windows where there is no noise.

    The windows' traits are means over their months. The recent window also holds months before the
    move, and the long one months after it. So even without noise no pipeline lists more of the movers.

    Parameters
    ----------
    before, after : planted traits of the movers
    months_after : how many months of the last year are after the move
    recent, long : how many months the windows have; both end with the last year
    """

    def over(months: int) -> Floats:
        share = np.minimum(months_after, months)[:, None] / months
        return np.asarray(before + share * (after - before))

    moved = over(recent).argmax(axis=1) != over(long).argmax(axis=1)
    return float(moved.mean()) if len(moved) else float("nan")


def delays(
    labels: Shaped[Names, "K T"],
    new: Shaped[Names, "K"],
    moved: Shaped[Array, "K"],
    ends: Shaped[Array, "T"],
) -> Float[Floats, "K"]:
    """Months from each move until the network shows the new dominant trait and keeps it; else NaN.

    Parameters
    ----------
    labels : the dominant trait at each step of the recent window
    new : the planted dominant trait after the move
    moved : the months of the moves
    ends : the month after each step
    """
    # From which step on all are the new trait.
    settled = np.cumprod((labels == new[:, None])[:, ::-1], axis=1)[:, ::-1].astype(bool)
    first = settled.argmax(axis=1)
    passed = (ends[first].astype("datetime64[M]") - moved.astype("datetime64[M]")).astype(float)
    return np.asarray(np.where(settled[:, -1], passed, np.nan))


def delay_recovery(months: Float[Floats, "K"], draws: int, seed: int) -> pd.DataFrame:
    """The median of `delays`, and the share of movers whose new trait the network shows at all."""

    def both(rows: Indices) -> Floats:
        known = months[rows][~np.isnan(months[rows])]
        median = np.median(known) if len(known) else np.nan
        return np.array([median, len(known) / len(rows)])

    names = ["movers_delay_months", "movers_new_trait_shown"]
    value, (low, high) = both(np.arange(len(months))), bootstrap(both, len(months), draws, seed)
    columns = {"quantity": names, "value": value, "low": low, "high": high, "target": np.nan}
    return pd.DataFrame(columns)


def coefficient_recovery(scores: pd.DataFrame) -> pd.DataFrame:
    """The rows of surrogate/scores.csv that compare the surrogate's coefficients with the formula's.

    They are Pearson's correlations over classes, one for each trait (`state_surrogate.correlations`).
    """
    rows = scores[scores["metric"] == "correlation_with_coefficients"]
    return rows.assign(quantity="coefficients_" + rows["target"], target=np.nan)[COLUMNS]


def _intervals(
    statistics: Sequence[Sums],
    names: Sequence[str],
    draws: int,
    seed: int,
    target: float = np.nan,
) -> pd.DataFrame:
    """Statistics with their bootstrap intervals, a row for each name; empty without customers."""
    known = len(statistics[0].columns) > 0
    numbers = intervals(statistics, draws, seed) if known else np.empty((0, 3))
    columns = pd.DataFrame(numbers, columns=["value", "low", "high"])
    columns.insert(0, "quantity", list(names) if known else np.empty(0, dtype=str))
    return columns.assign(target=target)


def _top(mover: Bools, size: Floats) -> Callable[[Floats], Floats]:
    """In resamples, the share of movers among as many customers as there are movers, those with the largest sizes."""
    ranked = mover[np.argsort(-size, kind="stable")]

    # The rows of a resample are drawn by their rank, so that nothing has to be sorted again.
    def share(counts: Float[Floats, "D N"]) -> Float[Floats, "D 1"]:
        hits, listed = np.cumsum(counts * ranked, axis=1), np.cumsum(counts, axis=1)
        wanted = hits[:, -1]
        # The customer with whom the list is full, and how many copies of it are above the number wanted.
        last = np.array(
            [np.searchsorted(row, most) for row, most in zip(listed, wanted, strict=True)]
        )
        rows = np.arange(len(counts))
        above = (listed[rows, last] - wanted) * ranked[last]
        with np.errstate(invalid="ignore"):
            return np.asarray(((hits[rows, last] - above) / wanted)[:, None])

    return share
