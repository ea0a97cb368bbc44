"""Fixed points against long rollouts, and verdicts where there is none."""

import numpy as np
import pytest
from synthetic import random_weights

from spendscape.dynamics.fixed_points import (
    ATTRACTING,
    CERTIFIED,
    UNCONVERGED,
    UNSTABLE,
    FixedPoints,
    fixed_points,
)
from spendscape.network.lstm import Lstm


@pytest.mark.parametrize("units", [1, 2, 3, 8])
def test_fixed_points_are_where_long_rollouts_end(units: int) -> None:
    cell = random_weights(units, 6, 3, seed=units + 10, size=0.7).cell
    drive = cell.drive(np.random.default_rng(7).dirichlet(np.ones(6), 200))
    found = fixed_points(cell, drive)
    h = c = np.zeros((200, units))
    for _ in range(20_000):
        h, c = cell.step(drive, h, c)
    assert (found.verdict == CERTIFIED).all()
    assert found.residual.max() <= 1e-12
    assert (found.spectral_radius < 1).all()
    np.testing.assert_allclose(found.state, h, atol=1e-9)
    np.testing.assert_allclose(found.cell, c, rtol=1e-7, atol=1e-9)


def one_unit(recurrent: float) -> Lstm:
    """h' = tanh(½ c + ½ tanh(recurrent · h)) nearly: output gate open, the others half open."""
    row = np.array([[0.0, 0.0, recurrent, 0.0]])
    return Lstm(np.zeros((2, 4)), row, np.array([0.0, 0.0, 0.0, 30.0]))


def test_a_bistable_unit_has_three_fixed_points_of_which_two_attract() -> None:
    cell = one_unit(6.0)
    drive = cell.drive(np.full((1, 2), 0.5)) + np.array([[0.0, 0.0, 0.05, 0.0]])
    found = fixed_points(cell, drive, starts=40)
    assert found.fixed_points.tolist() == [3]
    assert found.stable.tolist() == [2]
    assert found.verdict.tolist() == [CERTIFIED]


def test_an_unstable_fixed_point_is_called_so() -> None:
    # From exactly the saddle at 0 a rollout never leaves it.
    found = fixed_points(one_unit(6.0), one_unit(6.0).drive(np.full((1, 2), 0.5)))
    assert found.verdict.tolist() == [UNSTABLE]
    assert found.spectral_radius[0] > 1
    assert np.isinf(found.time_constant[0])


def nothing_known(found: FixedPoints, row: int = 0) -> bool:
    """Whether an input without a fixed point carries no number that looks like one."""
    numbers = [value for value in vars(found).values() if value.dtype.kind == "f"]
    return all(np.isnan(value[row]).all() for value in numbers) and bool(found.steps[row] == -1)


@pytest.mark.parametrize("units", [1, 8])
@pytest.mark.parametrize(
    ("kernel", "recurrent", "inputs"),
    [
        (1e200, 1.0, 1.0),
        (1.0, 1e200, 1.0),
        (1e200, 1e200, 1.0),
        (1.0, 1.0, 1e6),
        (1.0, 1.0, -1e300),
        (1e3, 1e3, 1.0),
        (0.0, 0.0, 1.0),
        (np.nan, 1.0, 1.0),
        (1.0, np.nan, 1.0),
        (1.0, 1.0, np.nan),
        (1.0, 1.0, np.inf),
    ],
)
def test_bad_input_gets_a_verdict_that_is_true(
    units: int, kernel: float, recurrent: float, inputs: float
) -> None:
    plain = random_weights(units, 3, 2, seed=3).cell
    with np.errstate(all="ignore"):
        cell = Lstm(plain.kernel * kernel, plain.recurrent * recurrent, plain.bias)
        drive = cell.drive(np.eye(3) * inputs)
    found = fixed_points(cell, drive, rollout_steps=500)
    known = found.verdict != UNCONVERGED
    assert all(nothing_known(found, row) for row in np.flatnonzero(~known).tolist())
    if np.isnan(kernel + recurrent + inputs) or np.isinf(inputs):
        assert not known.any()
    # Whoever steps once from a fixed point stays there.
    with np.errstate(all="ignore"):
        after = cell.step(drive[known], found.state[known], found.cell[known])
    np.testing.assert_allclose(after[0], found.state[known], atol=1e-12)
    np.testing.assert_allclose(after[1], found.cell[known], rtol=1e-12, atol=1e-12)
    if kernel == recurrent == 0:
        assert (found.verdict == CERTIFIED).all()


def test_one_bad_input_does_not_touch_the_others() -> None:
    cell = random_weights(3, 4, 2, size=0.5).cell
    drive = cell.drive(np.eye(4))
    alone = fixed_points(cell, drive)
    drive[1] = np.nan
    found = fixed_points(cell, drive)
    assert nothing_known(found, 1) and found.verdict[1] == UNCONVERGED
    np.testing.assert_array_equal(found.state[[0, 2, 3]], alone.state[[0, 2, 3]])


def test_an_oscillating_network_is_not_taken_for_a_resting_one() -> None:
    # The unit answers its own state with the opposite sign, stronger than it forgets.
    cell = Lstm(
        np.zeros((1, 4)), np.array([[0.0, 0.0, -9.0, 0.0]]), np.array([3.0, -9.0, 0.3, 9.0])
    )
    found = fixed_points(cell, cell.bias[None])
    assert found.verdict.tolist() == [UNCONVERGED]
    assert nothing_known(found)
    # The saddle that it circles is found from other starts, and does not attract.
    assert found.fixed_points[0] > 0 and found.stable[0] == 0


def test_an_integrator_that_never_fills_is_not_taken_for_a_resting_one() -> None:
    # Forget gate 1 to the last bit: h stands at σ(a_o) at once, c grows by one half for ever.
    cell = Lstm(np.zeros((1, 4)), np.zeros((1, 4)), np.array([0.0, 50.0, 9.0, 1.0]))
    found = fixed_points(cell, cell.bias[None])
    assert found.verdict.tolist() == [UNCONVERGED] and nothing_known(found)


def narrows(entering: float) -> Lstm:
    """A unit whose way from the zero state leads past h ≈ .14, where two fixed points meet."""
    recurrent, bias = np.array([[8.0, 0, 0, 0]]), np.array([entering, 0, 1.0, 30.0])
    return Lstm(np.zeros((1, 4)), recurrent, bias)


def meeting() -> float:
    """The bias at which they meet, by halving: with less they stop the unit, with more they are gone."""
    h = np.linspace(0.1, 0.2, 20_001)[:, None]
    low, high = -3.5, -3.3
    for _ in range(45):
        middle = (low + high) / 2
        drive = np.tile(narrows(middle).bias, (len(h), 1))
        gap = (narrows(middle).reduced_map(drive, h)[0] - h).min()
        low, high = (low, middle) if gap > 0 else (middle, high)
    return high


@pytest.mark.parametrize("beyond", [1e-3, 1e-5, 1e-7, 1e-9])
def test_a_ghost_is_passed_however_slow(beyond: float) -> None:
    """At 1e-9 a plain rollout needs 300,000 steps to come through."""
    cell = narrows(meeting() + beyond)
    found = fixed_points(cell, cell.bias[None])
    assert found.verdict.tolist() == [CERTIFIED]
    assert found.state[0, 0] == pytest.approx(0.9034, abs=1e-4)


@pytest.mark.parametrize("before", [1e-3, 1e-5, 1e-6, 1e-7])
def test_a_slow_fixed_point_is_not_leapt_over(before: float) -> None:
    """The saddle is as near as 3e-4, behind it the way to h = .9 is free."""
    cell = narrows(meeting() - before)
    found = fixed_points(cell, cell.bias[None], starts=60)
    assert found.state[0, 0] == pytest.approx(0.139, abs=0.01)
    assert found.verdict[0] in ATTRACTING
    assert found.stable.tolist() == [2] and found.fixed_points.tolist() == [3]
