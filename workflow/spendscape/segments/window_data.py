"""A window's traits, states and directions side by side, and what changed between two windows."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Protocol, runtime_checkable

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
from jaxtyping import Float, Int, Shaped

from spendscape.core.arrays import Array, Floats, Indices, Names
from spendscape.core.parquet import read_tensor, row_groups, tensor_values
from spendscape.core.statistics import mean_of_steps
from spendscape.network.weights import Weights
from spendscape.segments.names import order
from spendscape.traits.formula import TraitFormula


@runtime_checkable
class Length(Protocol):
    """How long a window is, as the config's section `tensors` says it."""

    steps: int
    months_per_step: int


@dataclass(frozen=True)
class WindowData:
    """What the results hold of one window's customers, in the order of their ids.

    Attributes
    ----------
    customers : their ids, ascending
    traits, mean_traits : by the formula, of each step's fractions and of their mean
    states : of the network after each step
    directions : of the trajectories, as the surrogate predicts them: unit vectors
    orders : the traits from the largest of the network's last output to the smallest
    """

    customers: Shaped[Names, "N"]
    traits: Float[Floats, "N T P"]
    mean_traits: Float[Floats, "N P"]
    states: Float[Array, "N T M"]
    directions: Float[Floats, "N M"]
    orders: Shaped[Names, "N P"]

    def take(self, rows: Int[Indices, "K"]) -> "WindowData":
        """The window of some of its customers."""
        return WindowData(*(getattr(self, field.name)[rows] for field in fields(WindowData)))


def read_windows(
    spending: Sequence[str],
    states: Sequence[str],
    directions: Sequence[str],
    weights: Weights,
    formula: TraitFormula,
) -> tuple[WindowData, WindowData | None]:
    """The long window and the recent one, if there is one; their spending is in memory a row group at a time.

    Parameters
    ----------
    spending, states, directions : paths of each window's Parquet files
    weights : of the network that made the states
    formula : of the traits
    """
    found = []
    for spent, state, directed in zip(spending, states, directions, strict=True):
        customers = pq.read_table(spent, columns=["customer_id"])["customer_id"].to_numpy()
        hidden = tensor_values(pq.read_table(state, columns=["state"])["state"])
        found.append(
            WindowData(
                customers,
                *_read_traits(spent, formula),
                hidden,
                read_directions(directed, predicted=True),
                order(weights.outputs(hidden[:, -1]), weights.traits),
            )
        )
    return found[0], found[1] if len(found) > 1 else None


def read_outputs(
    states: Sequence[str], weights: Weights
) -> tuple[Shaped[Names, "N"], Float[Floats, "N T P"], Float[Floats, "N P"] | None]:
    """The long window's customers, the network's outputs at their steps, and the last of the recent window.

    Parameters
    ----------
    states : paths of each window's states; with one, there is no recent window and None stands for it.
        A customer without a recent window has NaN.
    """
    found = [pq.read_table(path, columns=["customer_id", "state"]) for path in states]
    ids = [data["customer_id"].to_numpy() for data in found]
    outputs = weights.outputs(tensor_values(found[0]["state"]))
    if len(found) == 1:
        return ids[0], outputs, None
    recent = np.full((len(ids[0]), outputs.shape[2]), np.nan)
    last = tensor_values(found[1]["state"])[:, -1]
    # The recent window holds customers of the long one, in the order of the ids.
    recent[np.searchsorted(ids[0], ids[1])] = weights.outputs(last)
    return ids[0], outputs, recent


def traits_by_step(
    formula: TraitFormula, spending: Float[Array, "N T C"]
) -> tuple[Float[Floats, "N T P"], Float[Floats, "N P"]]:
    """The traits of each step's fractions, and of their mean."""
    return formula(spending), formula(mean_of_steps(spending))


def _read_traits(path: str, formula: TraitFormula) -> tuple[Floats, Floats]:
    """`traits_by_step` of a file, a row group at a time."""
    parts = [
        traits_by_step(formula, tensor_values(group["spending"]))
        for group in row_groups(path, ["spending"])
    ]
    return np.concatenate([steps for steps, _ in parts]), np.concatenate(
        [mean for _, mean in parts]
    )


def read_directions(path: str, predicted: bool) -> Float[Floats, "N M"]:
    """The trajectories' own directions out of directions_*.parquet, or those that the surrogate predicts.

    A customer at the start has none; zeros stand for it, which are equally far from every direction.
    """
    found = read_tensor(path, "predicted_direction" if predicted else "direction")
    return np.nan_to_num(found.astype(np.float64))


def same_customers(
    long: WindowData, recent: WindowData, among: Shaped[Names, "K"] | None = None
) -> tuple[WindowData, WindowData]:
    """Both windows of the customers who have both; only of those `among` whom they are, if given."""
    if among is None and np.array_equal(long.customers, recent.customers):
        return long, recent
    # By hashes: searching among texts takes ten times as long.
    places = pd.Index(recent.customers).get_indexer(pd.Index(long.customers))
    both = places >= 0
    if among is not None:
        both &= pd.Index(long.customers).isin(among)
    return long.take(np.flatnonzero(both)), recent.take(places[both])


def steps_before(long: Length, recent: Length | None) -> int:
    """How many steps of the long window end before the recent one begins; both end at the same time."""
    if recent is None:
        return long.steps
    overlap = -(-recent.steps * recent.months_per_step // long.months_per_step)
    return max(0, long.steps - overlap)


def change_since(
    long: WindowData, recent: WindowData, steps: int
) -> tuple[Float[Floats, "N K P"], Float[Floats, "N P"]]:
    """The traits of each step before the recent window, and the change since then.

    The change is the recent window's traits less the mean of those steps; without any it is NaN.

    Parameters
    ----------
    long, recent : the windows of the same customers
    steps : how many steps of the long window end before the recent one (`steps_before`)
    """
    earlier = long.traits[:, :steps]
    before = earlier.mean(axis=1) if earlier.shape[1] else np.nan
    return earlier, recent.mean_traits - before
