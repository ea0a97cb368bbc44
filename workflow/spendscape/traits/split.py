"""The split of customers into training, validation and test (maths §3)."""

import hashlib
from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Shaped

from spendscape.core.arrays import Names

SPLITS = ("train", "validation", "test")
# The side of a customer without measured traits, where traits are measured.
UNMEASURED = "unmeasured"


def split(customers: Sequence[str], shares: Mapping[str, float]) -> Shaped[Names, "N"]:
    """Each customer's side: train, validation or test.

    The side is a hash of the customer's id, so it never changes when customers are added.

    Parameters
    ----------
    shares : of the customers on each side, by its name
    """
    hashes = [hashlib.blake2b(name.encode(), digest_size=8).digest() for name in customers]
    places = np.array([int.from_bytes(value, "big") for value in hashes], dtype=np.float64) / 2**64
    edges = np.cumsum([shares[name] for name in SPLITS])[:-1]
    return np.array(SPLITS)[np.searchsorted(edges, places, side="right")]
