"""What the pipeline finds of what the simulator planted (docs/simulator.md).

Traits, dominant traits, segments and labels are scored on test customers who stay; movers on all
customers who have both windows, because they are few.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from spendscape.core.arrays import Bools, Floats, Indices, Names
from spendscape.core.parquet import names_of, tensor_values
from spendscape.core.pseudonyms import pseudonyms
from spendscape.core.statistics import bootstrap
from spendscape.segments import movers
from spendscape.segments.names import order
from spendscape.traits.targets import dominant

COLUMNS = ["quantity", "value", "low", "high", "target"]
# What a run of the default size and noise is to reach; nothing where no figure is promised.
TARGETS = {"trait": 0.95} | dict.fromkeys(
    ["movers_likely_precision", "movers_likely_recall", "movers_top"], 0.8
)


@dataclass(frozen=True)
class Planted:
    """What the simulator planted in N customers, in the order of their ids.

    Attributes
    ----------
    customers : [N]
    before, after : [N, P] traits, the same where nobody moved
    new : [N] dominant trait after a move
    mover, left : [N] bool
    moved : [N] months of the moves, NaT
    """

    customers: NDArray[Any]
    before: Floats
    after: Floats
    new: Names
    mover: Bools
    left: Bools
    moved: NDArray[Any]

    def of(self, customers: NDArray[Any]) -> "Planted":
        """What was planted in some of them."""
        rows = np.searchsorted(self.customers, customers)
        return Planted(*(getattr(self, field.name)[rows] for field in fields(Planted)))


def planted_in(truth: pa.Table, key: bytes | None) -> tuple[Planted, list[str]]:
    """The table of what was planted, and the names of its traits.

    Parameters
    ----------
    key : of the pseudonyms that stand in the results; None: the ids do
    """
    if key is not None:
        names = pa.array(pseudonyms(truth["customer_id"].to_pylist(), key))
        place = truth.column_names.index("customer_id")
        truth = truth.set_column(place, "customer_id", names).sort_by("customer_id")
    column = {name: truth[name].to_numpy() for name in ("customer_id", "dominant_after", "mover")}
    planted = Planted(
        column["customer_id"],
        tensor_values(truth["traits_before"]),
        tensor_values(truth["traits_after"]),
        column["dominant_after"],
        column["mover"],
        truth["left"].is_valid().to_numpy(),
        truth["moved"].to_numpy().astype("datetime64[M]"),
    )
    return planted, names_of(truth.schema, "traits")


def stayer_recovery(
    planted: Planted,
    traits: Sequence[str],
    outputs: Floats,
    orders: Names,
    labels: Names,
    levels: int,
    draws: int,
    seed: int,
) -> list[pd.DataFrame]:
    """Traits, segments and labels of N customers who did not move.

    Parameters
    ----------
    outputs : [N, P] the network's last, in the order of `traits`
    orders : [N, P] traits by size as found
    labels : [N] of the attractors
    """
    known = order(planted.before, traits)
    return [
        trait_recovery(planted.before, outputs, traits, draws, seed),
        order_recovery(known, orders, levels, draws, seed),
        label_recovery(known[:, 0], labels, draws, seed),
    ]


class Timing(NamedTuple):
    """The months of the windows.

    Attributes
    ----------
    last : the month after the last one
    long, recent : months of the windows
    step : months of a step of the recent window
    """

    last: np.datetime64
    long: int
    recent: int
    step: int


def move_recovery(
    planted: Planted,
    lists: Mapping[str, Bools],
    traits: Sequence[str] | None,
    long: Floats,
    recent: Floats,
    earlier: Floats,
    change: Floats,
    timing: Timing,
    draws: int,
    seed: int,
) -> list[pd.DataFrame]:
    """How well movers are found among N customers who have both windows.

    Parameters
    ----------
    lists : as of `mover_recovery`
    traits : of the outputs; None: they are others than the planted ones
    long, recent : [N, T, P] the network's outputs
    earlier, change : [N, K, P] and [N, P], as of `movers.sizes`
    """
    everybody = np.ones(len(planted.mover), dtype=bool)
    sizes = {"movers_top_network": movers.mahalanobis(recent[:, -1] - long[:, -1], everybody)}
    if earlier.shape[1] >= movers.FEWEST_STEPS:
        sizes["movers_top"] = movers.sizes(change, earlier)
        sizes["movers_top_observer"] = movers.sizes(change, earlier, ~planted.mover)
    frames = [mover_recovery(planted.mover, lists, sizes, draws, seed)]
    if not planted.mover.any():
        return frames
    who = planted.of(planted.customers[planted.mover])
    months = (timing.last - who.moved).astype(int)
    limit = averaging_limit(who.before, who.after, months, timing.recent, timing.long)
    frames.append(pd.DataFrame({"quantity": ["movers_recall_without_noise"], "value": limit}))
    if traits is not None:
        ends = timing.last - timing.step * np.arange(recent.shape[1])[::-1]
        shown = dominant(recent[planted.mover], traits)
        frames.append(delay_recovery(delays(shown, who.new, who.moved, ends), draws, seed))
    return frames


def trait_recovery(
    planted: Floats, found: Floats, traits: Sequence[str], draws: int, seed: int
) -> pd.DataFrame:
    """The squared correlation of each planted trait with the network's last output.

    Not R²: the two are standardised differently, the planted one without the noise of counts.

    Parameters
    ----------
    planted, found : [N, P]
    """

    def squared(rows: Indices) -> Floats:
        a, b = (values[rows] - values[rows].mean(axis=0) for values in (planted, found))
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray((a * b).sum(axis=0) ** 2 / ((a * a).sum(axis=0) * (b * b).sum(axis=0)))  # fmt: skip

    names = [f"trait_{name}" for name in traits]
    return _scored(squared, names, len(planted), draws, seed, TARGETS["trait"])


def order_recovery(
    planted: Names, found: Names, levels: int, draws: int, seed: int
) -> pd.DataFrame:
    """The share of customers whose first k traits by size are the planted ones, k = 1 … `levels`.

    Parameters
    ----------
    planted, found : [N, P] traits by size
    """
    same = np.cumprod(planted[:, :levels] == found[:, :levels], axis=1).astype(np.float64)
    names = ["dominant_trait", *(f"segment_level_{k}" for k in range(2, levels + 1))]
    return _scored(lambda rows: same[rows].mean(axis=0), names, len(same), draws, seed)


def label_recovery(planted: Names, labels: Names, draws: int, seed: int) -> pd.DataFrame:
    """The share of customers [N] whose attractor bears the label of their planted dominant trait."""
    same = (planted == labels).astype(np.float64)[:, None]
    return _scored(
        lambda rows: same[rows].mean(axis=0), ["attractor_label"], len(same), draws, seed
    )


def mover_recovery(
    mover: Bools, lists: Mapping[str, Bools], sizes: Mapping[str, Floats], draws: int, seed: int
) -> pd.DataFrame:
    """How well movers are found: precision and recall of lists, and of the largest changes.

    Of a measure of change NAME the row NAME is precision and recall at once: the share of
    movers among as many customers as there are movers, those with the largest change.

    Parameters
    ----------
    mover : [N], who is planted
    lists : NAME to who is listed [N], for the rows NAME_precision and NAME_recall
    sizes : NAME to the size of each customer's change [N]
    """

    def scores(rows: Indices) -> Floats:
        values: list[float] = []
        for listed in lists.values():
            hits = (mover[rows] & listed[rows]).sum()
            with np.errstate(divide="ignore", invalid="ignore"):
                values += [hits / listed[rows].sum(), hits / mover[rows].sum()]
        return np.array([*values, *(_top(mover[rows], size[rows]) for size in sizes.values())])

    names = [f"{name}_{what}" for name in lists for what in ("precision", "recall")]
    frame = _scored(scores, [*names, *sizes], len(mover), draws, seed)
    return frame.assign(target=frame["quantity"].map(TARGETS))


def averaging_limit(
    before: Floats, after: Floats, months_after: NDArray[np.int64], recent: int, long: int
) -> float:
    """The share of movers whose dominant trait differs between the windows without any noise.

    The windows' traits are means over their months; the recent window also holds months before the
    move, the long one months after it. So no noise-free pipeline lists more of them.

    Parameters
    ----------
    before, after : [K, P] planted traits of the K movers
    months_after : [K], months of the last year from the move on
    recent, long : months of the windows, both end with the last year
    """

    def mean(months: int) -> Floats:
        share = np.minimum(months_after, months)[:, None] / months
        return np.asarray(before + share * (after - before))

    moved = mean(recent).argmax(axis=1) != mean(long).argmax(axis=1)
    return float(moved.mean()) if len(moved) else float("nan")


def delays(labels: Names, new: Names, moved: NDArray[Any], ends: NDArray[Any]) -> Floats:
    """Months from a move until the network shows the new dominant trait and keeps it, [K]; else NaN.

    Parameters
    ----------
    labels : [K, T] dominant trait at each step of the recent window
    new : [K] the planted dominant trait after the move
    moved : [K] months of the moves
    ends : [T] the month after each step
    """
    # From which step on all are the new trait.
    settled = np.cumprod((labels == new[:, None])[:, ::-1], axis=1)[:, ::-1].astype(bool)
    first = settled.argmax(axis=1)
    passed = (ends[first].astype("datetime64[M]") - moved.astype("datetime64[M]")).astype(float)
    return np.asarray(np.where(settled[:, -1], passed, np.nan))


def delay_recovery(months: Floats, draws: int, seed: int) -> pd.DataFrame:
    """The median of `delays` [K], and the share of movers whose new trait the network shows at all."""

    def both(rows: Indices) -> Floats:
        known = months[rows][~np.isnan(months[rows])]
        median = np.median(known) if len(known) else np.nan
        return np.array([median, len(known) / len(rows)])

    names = ["movers_delay_months", "movers_new_trait_shown"]
    return _scored(both, names, len(months), draws, seed)


def coefficient_recovery(scores: pd.DataFrame) -> pd.DataFrame:
    """The rows of surrogate/scores.csv that hold the surrogate's coefficients against the formula's.

    They are the multiple correlation after the gauge is fixed (`surrogate.multiple_correlation`).
    """
    rows = scores[scores["metric"] == "correlation_with_coefficients"]
    return rows.assign(quantity="coefficients_" + rows["target"], target=np.nan)[COLUMNS]


def _scored(
    statistic: Callable[[Indices], Floats],
    names: Sequence[str],
    size: int,
    draws: int,
    seed: int,
    target: float | None = None,
) -> pd.DataFrame:
    """A statistic with its bootstrap interval, a row a name; empty without customers."""
    if not size:
        return pd.DataFrame({name: [] for name in COLUMNS}).astype({"quantity": str})
    low, high = bootstrap(statistic, size, draws, seed)
    value = statistic(np.arange(size))
    columns: Mapping[str, Any] = {"quantity": list(names), "value": value, "low": low, "high": high}
    return pd.DataFrame(columns).assign(target=np.nan if target is None else target)


def _top(mover: Bools, size: Floats) -> float:
    """The share of movers among as many customers, those of the largest size."""
    count = int(mover.sum())
    if not count:
        return float("nan")
    return float(mover[np.argsort(-size, kind="stable")[:count]].mean())
