"""Tangents against finite differences, and what is singular."""

import numpy as np
from differences import differences
from synthetic import random_weights

from spendscape.core.arrays import Floats
from spendscape.dynamics.fixed_points import fixed_points
from spendscape.dynamics.maps import inverses, solve, spectral_radius, tangent


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


def slow_and_quick(random: np.random.Generator, slow: Floats, coupling: float) -> Floats:
    """Jacobians of three units and three memories: the memory's block is given, the others are `coupling` small."""
    matrices = coupling * random.normal(size=(len(slow), 6, 6))
    matrices[:, :3, 3:] += 0.5 * slow
    matrices[:, 3:, 3:] = slow
    return matrices


def test_the_spectral_radius_is_that_of_lapack() -> None:
    """Of slow memories with roots apart, in pairs, nearly or exactly equal, and where nothing is slow."""
    random = np.random.default_rng(8)
    cases = []
    for gap in (0.2, 1e-2, 1e-4, 1e-7, 0.0):
        diagonal = 0.7 + gap * random.normal(size=(300, 3, 1)) * np.eye(3)
        cases.append(slow_and_quick(random, np.eye(3) * diagonal, 0.01))
        cases.append(slow_and_quick(random, diagonal + gap * random.normal(size=(300, 3, 3)), 0.05))
    cases += [random.normal(size=(300, 6, 6)), slow_and_quick(random, cases[0][:, 3:, 3:], 0.5)]
    matrices = np.concatenate([*cases, np.zeros((1, 6, 6)), np.full((1, 6, 6), np.nan)])
    expected = np.abs(np.linalg.eigvals(matrices[:-1])).max(axis=1)
    with np.errstate(all="ignore"):
        found = spectral_radius(matrices, 3)
        alone = spectral_radius(matrices[:, 3:, 3:], 3)[:-1]
    np.testing.assert_allclose(found[:-1], expected, atol=1e-10)
    assert np.isnan(found[-1])
    own = np.abs(np.linalg.eigvals(matrices[:-1, 3:, 3:])).max(axis=1)
    np.testing.assert_allclose(alone, own, atol=1e-10)
