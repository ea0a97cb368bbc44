"""Spending, traits and split side by side, as several scripts read them."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

from spendscape.tables import names_of, tensor_values


@dataclass(frozen=True)
class TrainingData:
    """N customers: spending [N, T, C], traits' values [N, P], split [N], and the names."""

    customers: list[str]
    spending: NDArray[Any]
    values: NDArray[Any]
    split: NDArray[Any]
    traits: list[str]
    classes: list[str]

    @property
    def mean_fractions(self) -> NDArray[np.float64]:
        """[N, C], the mean over the steps."""
        return self.spending.mean(axis=1, dtype=np.float64)

    def of(self, side: str) -> tuple[NDArray[Any], NDArray[Any]]:
        """Spending and traits of one side of the split."""
        rows = self.split == side
        return self.spending[rows], self.values[rows]


def training_data(spending: str, traits: str) -> TrainingData:
    """Read tensors/spending.parquet and tensors/traits.parquet, which list the same customers."""
    inputs, targets = pq.read_table(spending), pq.read_table(traits)
    if inputs["customer_id"] != targets["customer_id"]:
        raise ValueError("spending and traits list different customers")
    return TrainingData(
        inputs["customer_id"].to_pylist(),
        tensor_values(inputs["spending"]),
        tensor_values(targets["traits"]),
        targets["split"].to_numpy(),
        names_of(targets.schema, "traits"),
        names_of(inputs.schema, "classes"),
    )
