"""Trajectories over a window and beyond it."""

import numpy as np
import pytest
from synthetic import random_weights

from spendscape.network.trajectories import extended, trajectories


def test_blocks_make_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    cell = random_weights(2, 5, 3).cell
    inputs = np.random.default_rng(3).dirichlet(np.ones(5), (40, 4))
    whole = trajectories(cell, inputs)
    monkeypatch.setattr("spendscape.network.trajectories.BLOCK", 7)
    for one, other in zip(whole, trajectories(cell, inputs), strict=True):
        np.testing.assert_array_equal(one, other)


def test_extension_repeats_the_map() -> None:
    cell = random_weights(3, 5, 2).cell
    drive = cell.drive(np.random.default_rng(4).dirichlet(np.ones(5), 9))
    hidden = extended(cell, drive, 30)
    h = c = np.zeros((9, 3))
    for _ in range(30):
        h, c = cell.step(drive, h, c)
    np.testing.assert_allclose(hidden[:, -1], h, atol=1e-6)
