"""Spending, traits and split side by side, as several scripts read them."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

from spendscape.core.parquet import names_of, tensor_values


@dataclass(frozen=True)
class TrainingData:
    """N customers: traits' values [N, P], split [N], the names; spending is read when it is asked for."""

    path: str
    values: NDArray[Any]
    split: NDArray[Any]
    traits: list[str]
    classes: list[str]

    @cached_property
    def customers(self) -> list[str]:
        """N ids."""
        return list(pq.read_table(self.path, columns=["customer_id"])["customer_id"].to_pylist())

    @cached_property
    def spending(self) -> NDArray[Any]:
        """[N, T, C]."""
        return self._rows(np.ones(len(self.split), dtype=bool))

    @cached_property
    def mean_fractions(self) -> NDArray[np.float64]:
        """[N, C], the mean over the steps."""
        return np.asarray(self.spending.mean(axis=1, dtype=np.float64))

    def of(self, side: str) -> tuple[NDArray[Any], NDArray[Any]]:
        """Spending and traits of one side of the split."""
        rows = self.split == side
        return self._rows(rows), self.values[rows]

    def _rows(self, chosen: NDArray[np.bool_]) -> NDArray[Any]:
        """Spending of some customers, row group by row group, so that it is in memory once."""
        file = pq.ParquetFile(self.path)
        shape = file.schema_arrow.field("spending").type.shape
        made = np.empty((int(chosen.sum()), *shape), dtype=np.float32)
        read = filled = 0
        for group in range(file.num_row_groups):
            part = tensor_values(file.read_row_group(group, columns=["spending"])["spending"])
            own = part[chosen[read : read + len(part)]]
            made[filled : filled + len(own)] = own
            read, filled = read + len(part), filled + len(own)
        return made


def training_data(spending: str, traits: str) -> TrainingData:
    """Spending and traits of the same customers, tensors/spending.parquet and tensors/traits.parquet."""
    targets = pq.read_table(traits)
    if not pq.read_table(spending, columns=["customer_id"])["customer_id"].equals(
        targets["customer_id"]
    ):
        raise ValueError("spending and traits list different customers")
    return TrainingData(
        spending,
        tensor_values(targets["traits"]),
        targets["split"].to_numpy(),
        names_of(targets.schema, "traits"),
        names_of(pq.read_schema(spending), "classes"),
    )
