"""Newton's method from starts near to fixed points, and for inputs that are none."""

import numpy as np
from synthetic import random_weights

from spendscape.dynamics.fixed_points import fixed_points
from spendscape.dynamics.newton import newton


def test_it_leads_to_the_fixed_point_nearby_and_to_its_memory() -> None:
    cell = random_weights(3, 6, 2, seed=1, size=0.7).cell
    random = np.random.default_rng(2)
    drive = cell.drive(random.dirichlet(np.ones(6), 50))
    true = fixed_points(cell, drive)
    for away in (0.0, 1e-8, 1e-2):
        start = true.state + random.uniform(-away, away, true.state.shape)
        state, memory, converged = newton(cell, drive, start)
        assert converged.all()
        np.testing.assert_allclose(state, true.state, atol=1e-13)
        np.testing.assert_allclose(memory, true.cell, atol=1e-12)


def test_whoever_comes_home_is_there_at_once() -> None:
    """Within the radius given the known point itself is the answer."""
    cell = random_weights(2, 6, 2, seed=1, size=0.7).cell
    drive = cell.drive(np.random.default_rng(2).dirichlet(np.ones(6), 20))
    true = fixed_points(cell, drive).state
    home = true, np.full(len(true), 0.1)
    found = newton(cell, drive, true + 0.05, iterations=1, home=home)[0]
    np.testing.assert_array_equal(found, true)


def test_an_input_that_is_not_finite_does_not_converge_nor_touch_the_others() -> None:
    cell = random_weights(3, 6, 2, seed=1, size=0.7).cell
    drive = cell.drive(np.random.default_rng(2).dirichlet(np.ones(6), 4))
    alone = newton(cell, drive, np.zeros((4, 3)))
    drive[1] = np.nan
    with np.errstate(all="ignore"):
        found = newton(cell, drive, np.zeros((4, 3)))
    assert found[2].tolist() == [True, False, True, True]
    for one, other in zip(found[:2], alone[:2], strict=True):
        np.testing.assert_array_equal(one[[0, 2, 3]], other[[0, 2, 3]])
