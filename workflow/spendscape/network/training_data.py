"""Spending, traits and split of the same customers side by side."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from jaxtyping import Bool, Float, Shaped

from spendscape.core.arrays import Array, Bools, Floats, Names
from spendscape.core.parquet import names_of, row_groups, step_means, tensor_values
from spendscape.network.training import Examples

# The sides of the split; customers of another one have no part in training and scores.
SIDES = ("train", "validation", "test")
# The side of customers that a sample leaves out.
LEFT_OUT = "left out"


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
        return self._rows([np.ones(len(self.split), dtype=bool)])[0]

    @cached_property
    def mean_fractions(self) -> Float[Floats, "N C"]:
        """The mean over the steps."""
        return step_means(self.path)

    def of(self, side: str) -> Examples:
        """Spending and traits of one side of the split."""
        rows = self.split == side
        return Examples(self._rows([rows])[0], self.values[rows])

    def both(self, one: str, other: str) -> tuple[Examples, Examples]:
        """The same of two sides, for which the file is read once."""
        rows = self.split == one, self.split == other
        first, second = self._rows(rows)
        return Examples(first, self.values[rows[0]]), Examples(second, self.values[rows[1]])

    @cached_property
    def learned(self) -> list[str]:
        """The ids of the customers on the three sides, each once."""
        own = np.isin(self.split, SIDES)
        return list(dict.fromkeys(np.array(self.customers, dtype=object)[own].tolist()))

    def sampled(self, most: int) -> "TrainingData":
        """The same with at most so many customers on the three sides.

        Hashes of the ids choose them, so that a customer who is added takes the place of at most one.
        """
        if len(self.learned) <= most:
            return self
        chosen = set(sorted(self.learned, key=_hash)[:most])
        inside = np.array([name in chosen for name in self.customers])
        return replace(self, split=np.where(inside, self.split, LEFT_OUT))

    def blocks(self) -> Iterator[Float[Array, "_ T C"]]:
        """Fractions of all customers, a row group in memory at a time."""
        for group in row_groups(self.path, ["spending"]):
            yield tensor_values(group["spending"])

    def _rows(self, chosen: Sequence[Bool[Bools, " N"]]) -> list[Float[Array, "_ T C"]]:
        """Spending of some customers and of others, row group by row group, so that it is in memory once."""
        shape = pq.read_schema(self.path).field("spending").type.shape
        made = [np.empty((int(own.sum()), *shape), dtype=np.float32) for own in chosen]
        read, filled = 0, [0] * len(made)
        for part in self.blocks():
            for k, (rows, numbers) in enumerate(zip(chosen, made, strict=True)):
                some = rows[read : read + len(part)]
                own = part if some.all() else part[some]
                numbers[filled[k] : filled[k] + len(own)] = own
                filled[k] += len(own)
            read += len(part)
        # What decoding took stays with Arrow otherwise: more than the fractions themselves.
        pa.default_memory_pool().release_unused()
        return made


def _hash(customer: str) -> bytes:
    # Not the hash that chooses the side: the sample would have one side only.
    return hashlib.blake2b(customer.encode(), digest_size=8, person=b"sample").digest()


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
