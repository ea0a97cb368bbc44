"""A window's spending, states and angles side by side."""

from dataclasses import dataclass, fields
from types import SimpleNamespace
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

from spendscape.core.parquet import tensor_values
from spendscape.network.lstm import Weights
from spendscape.segments.names import order
from spendscape.traits.formula import TraitFormula


@dataclass(frozen=True)
class WindowData:
    """One window: spending [N, T, C], states [N, T, M], the surrogate's angles [N, M − 1].

    `orders` [N, P] are the traits by size of the network's last output.
    """

    customers: NDArray[Any]
    spending: NDArray[Any]
    states: NDArray[Any]
    angles: NDArray[Any]
    orders: NDArray[Any]

    @property
    def fractions(self) -> NDArray[np.float64]:
        """[N, C], the mean over the steps."""
        return np.asarray(self.spending.mean(axis=1, dtype=np.float64))


def same_customers(
    long: WindowData, recent: WindowData, among: NDArray[Any] | None = None
) -> tuple[WindowData, WindowData]:
    """Both windows of the customers who have both, and are `among` those if given."""
    both = np.intersect1d(long.customers, recent.customers)
    both = both if among is None else np.intersect1d(both, among)
    return take(long, both), take(recent, both)


def take(window: WindowData, customers: NDArray[Any]) -> WindowData:
    """The window of some of its customers, in their order."""
    rows = np.searchsorted(window.customers, customers)
    return WindowData(*(getattr(window, field.name)[rows] for field in fields(WindowData)))


def window_data(spending: str, states: str, directions: str, weights: Weights) -> WindowData:
    """Read a window's spending, states and directions, which list the same customers."""
    inputs, angles = pq.read_table(spending), pq.read_table(directions)
    hidden = tensor_values(pq.read_table(states, columns=["state"])["state"])
    names = [name for name in angles.column_names if name.startswith("predicted_")]
    return WindowData(
        inputs["customer_id"].to_numpy(),
        tensor_values(inputs["spending"]),
        hidden,
        np.column_stack([angles[name] for name in names]),
        order(weights.outputs(hidden[:, -1]), weights.traits),
    )


def change_since(
    formula: TraitFormula, long: WindowData, recent: WindowData, windows: SimpleNamespace
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The traits of the long window's steps before the recent window, [N, K, P], and the change since
    then, [N, P]: the recent window's traits less their mean. Both windows list the same N customers.

    Parameters
    ----------
    windows : the config's section tensors
    """
    months = windows.recent.steps * windows.recent.months_per_step
    overlap = -(-months // windows.long.months_per_step)
    earlier = formula(long.spending[:, : max(0, windows.long.steps - overlap)].astype(np.float64))
    # Without an earlier step there is no mean to take.
    before = earlier.mean(axis=1) if earlier.shape[1] else np.nan
    return earlier, formula(recent.fractions) - before
