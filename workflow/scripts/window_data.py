"""A window's spending, states and angles side by side."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

from spendscape.segments import order
from spendscape.states import Weights
from spendscape.tables import tensor_values


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
        return self.spending.mean(axis=1, dtype=np.float64)


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
