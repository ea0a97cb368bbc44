"""How far new customers are from those that the network was trained on."""

import numpy as np
import pytest

from spendscape.segments.training_range import fit_range


def test_the_limit_holds_the_share_of_training_customers_that_was_asked() -> None:
    fractions = np.random.default_rng(0).dirichlet(np.full(9, 5.0), 4000)
    inside = fit_range(fractions, 0.99)
    assert (inside.distance(fractions) <= inside.limit).mean() == pytest.approx(0.99, abs=0.001)
    assert inside.distance(np.eye(9)[:1])[0] > inside.limit
    assert inside.distance(fractions.mean(axis=0)[None])[0] == pytest.approx(0, abs=1e-12)


def test_a_class_that_nobody_bought_is_far_and_finite() -> None:
    fractions = np.zeros((100, 3))
    fractions[:, 0] = np.linspace(0.4, 0.6, 100)
    fractions[:, 1] = 1 - fractions[:, 0]
    inside = fit_range(fractions, 1.0)
    distance = inside.distance(np.array([[0.0, 0.0, 1.0]]))
    assert np.isfinite(distance).all() and distance[0] > 10 * inside.limit
