"""The split by a hash of the customers' ids."""

import numpy as np
import pytest

from spendscape.traits.split import split

SHARES = {"train": 0.7, "validation": 0.15, "test": 0.15}


def test_a_customer_keeps_its_side_when_others_join() -> None:
    names = [f"customer {k}" for k in range(20_000)]
    sides = split(names, SHARES)
    assert (split(names[::7], SHARES) == sides[::7]).all()
    for side, share in SHARES.items():
        assert np.mean(sides == side) == pytest.approx(share, abs=0.015)
