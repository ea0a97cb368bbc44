"""Spending, traits and split of the same customers side by side."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow.parquet as pq
from jaxtyping import Bool, Float, Shaped

from spendscape.core.arrays import Array, Bools, Floats, Names
from spendscape.core.parquet import names_of, step_means, tensor_values
from spendscape.network.training import Examples


@dataclass(frozen=True)
class TrainingData:
    """N customers; their spending is read from the file when it is asked for.

    Attributes
    ----------
    path : of tensors/spending.parquet
    values : the traits; NaN where they were not measured
    split : the side of each customer: train, validation, test
    traits, classes : P and C names
    """

    path: str
    values: Float[Array, "N P"]
    split: Shaped[Names, " N"]
    traits: list[str]
    classes: list[str]

    @cached_property
    def customers(self) -> list[str]:
        """The customers' ids."""
        return list(pq.read_table(self.path, columns=["customer_id"])["customer_id"].to_pylist())

    @cached_property
    def spending(self) -> Float[Array, "N T C"]:
        """Fractions of all customers."""
        return self._rows(np.ones(len(self.split), dtype=bool))

    @cached_property
    def mean_fractions(self) -> Float[Floats, "N C"]:
        """The mean over the steps."""
        return step_means(self.path)

    def of(self, side: str) -> Examples:
        """Spending and traits of one side of the split."""
        rows = self.split == side
        return Examples(self._rows(rows), self.values[rows])

    def _rows(self, chosen: Bool[Bools, " N"]) -> Float[Array, "K T C"]:
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
    """The customers of tensors/spending.parquet and tensors/traits.parquet, which are the same ones."""
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
