"""Micro-segments: a customer's order of traits from the largest to the smallest, and its prefixes (maths §7)."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, Int, Shaped

from spendscape.core.arrays import Array, Integers, Names

# What stands for a segment where no level has enough customers to be named, and for the parent of the first level.
EVERYBODY = "(all)"


def order(values: Float[Array, "... P"], traits: Sequence[str]) -> Shaped[Names, "... P"]:
    """The traits' names from the largest value to the smallest; ties keep the order of `traits`."""
    ranks = np.argsort(-values, axis=-1, kind="stable")
    return np.asarray(np.array(traits)[ranks])


def segment_names(levels: Shaped[Names, "N P"], depth: int) -> list[str]:
    """`openness > extraversion > …`: the first `depth` levels of each customer in one text."""
    return [" > ".join(row) for row in levels[:, : min(depth, levels.shape[1])].tolist()]


def prefix_codes(levels: Shaped[Names, "N P"], depth: int) -> Int[Integers, "N"]:
    """A number for each distinct prefix of `depth` levels; with depth 0 all customers have the same."""
    codes = np.zeros(len(levels), dtype=np.int64)
    # Comparing with each name is quick, and sorting texts is not.
    names = np.sort(np.unique(levels[:, :depth], sorted=False))
    for level in levels[:, :depth].T:
        for place, name in enumerate(names):
            codes[level == name] += place
        # Small numbers again, in the same order.
        codes = np.unique(codes, return_inverse=True)[1] * len(names)
    return codes // max(1, len(names))
