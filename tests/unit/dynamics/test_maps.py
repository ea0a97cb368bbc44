"""Tangents against finite differences, and what is singular."""

import numpy as np
from differences import differences
from synthetic import random_weights

from spendscape.dynamics.fixed_points import fixed_points
from spendscape.dynamics.maps import inverses, solve, tangent


def test_tangent_follows_the_fixed_point() -> None:
    cell = random_weights(3, 6, 3, size=0.4).cell
    inputs = np.random.default_rng(6).dirichlet(np.ones(6), 5)
    here = fixed_points(cell, cell.drive(inputs))
    expected = differences(lambda u: fixed_points(cell, cell.drive(u)).state, inputs, small=1e-5)
    found = tangent(cell, cell.drive(inputs), here.state)
    np.testing.assert_allclose(found, expected, atol=1e-7)


def test_singular_and_infinite_matrices_do_not_touch_the_others() -> None:
    good, singular = np.array([[2.0, 1.0], [0.0, 4.0]]), np.ones((2, 2))
    matrices = np.array([good, singular, good * np.nan, good])
    right = np.ones((4, 2))
    with np.errstate(all="ignore"):
        solved, inverted = solve(matrices, right), inverses(matrices)
    for k in (0, 3):
        np.testing.assert_allclose(good @ solved[k], right[k])
        np.testing.assert_allclose(good @ inverted[k], np.eye(2), atol=1e-15)
    for k in (1, 2):
        assert np.isnan(solved[k]).all() and np.isnan(inverted[k]).all()
