"""Jacobians against finite differences, fixed points against long rollouts, attractors against plants."""

import numpy as np
import pytest
from synthetic import random_weights

from spendscape.dynamics import fixed_points as dynamics
from spendscape.network.lstm import Lstm, Weights, step


def differences(function, point, small=1e-6):
    """∂function/∂point by central differences, [N, outputs, inputs]."""
    columns = []
    for k in range(point.shape[1]):
        shift = np.zeros_like(point)
        shift[:, k] = small
        columns.append((function(point + shift) - function(point - shift)) / (2 * small))
    return np.stack(columns, axis=2)


@pytest.fixture(params=[1, 3, 5])
def case(request):
    units = request.param
    weights = random_weights(units, 6, 3, seed=units)
    random = np.random.default_rng(5)
    inputs = random.dirichlet(np.ones(6), 20)
    return weights, inputs, random.uniform(-0.9, 0.9, (20, units)), random.normal(size=(20, units))


def test_jacobian_of_the_map(case):
    weights, inputs, hidden, cell = case
    drive, units = weights.drive(inputs), weights.units

    def whole(point):
        return np.concatenate(step(weights, drive, point[:, :units], point[:, units:]), axis=1)

    expected = differences(whole, np.concatenate([hidden, cell], axis=1))
    np.testing.assert_allclose(dynamics.jacobian(weights, drive, hidden, cell), expected, atol=1e-8)


def test_jacobians_of_the_reduced_map(case):
    weights, inputs, hidden, _ = case
    drive = weights.drive(inputs)
    expected = differences(lambda h: dynamics.reduced_map(weights, drive, h)[0], hidden)
    np.testing.assert_allclose(
        dynamics.reduced_jacobian(weights, drive, hidden), expected, atol=1e-7
    )
    expected = differences(
        lambda u: dynamics.reduced_map(weights, weights.drive(u), hidden)[0], inputs
    )
    np.testing.assert_allclose(dynamics.input_jacobian(weights, drive, hidden), expected, atol=1e-7)


def test_tangent_follows_the_fixed_point():
    weights = random_weights(3, 6, 3, size=0.4)
    inputs = np.random.default_rng(6).dirichlet(np.ones(6), 5)
    here = dynamics.fixed_points(weights, weights.drive(inputs))
    expected = differences(
        lambda u: dynamics.fixed_points(weights, weights.drive(u)).state, inputs, small=1e-5
    )
    tangent = dynamics.tangent(weights, weights.drive(inputs), here.state)
    np.testing.assert_allclose(tangent, expected, atol=1e-7)


@pytest.mark.parametrize("units", [1, 2, 3, 8])
def test_fixed_points_are_where_long_rollouts_end(units):
    weights = random_weights(units, 6, 3, seed=units + 10, size=0.7)
    drive = weights.drive(np.random.default_rng(7).dirichlet(np.ones(6), 200))
    found = dynamics.fixed_points(weights, drive)
    h = c = np.zeros((200, units))
    for _ in range(20_000):
        h, c = step(weights, drive, h, c)
    assert (found.verdict == dynamics.CERTIFIED).all()
    assert found.residual.max() <= 1e-12
    assert (found.spectral_radius < 1).all()
    np.testing.assert_allclose(found.state, h, atol=1e-9)
    np.testing.assert_allclose(found.cell, c, rtol=1e-7, atol=1e-9)


def one_unit(recurrent: float) -> Weights:
    """h' = tanh(½ c + ½ tanh(recurrent · h)) nearly: output gate open, the others half open."""
    bias = np.array([0.0, 0.0, 0.0, 30.0])
    row = np.array([[0.0, 0.0, recurrent, 0.0]])
    return Weights(
        np.zeros((2, 4)), row, bias, np.ones((1, 2)), np.zeros(2), ["a", "b"], ["x", "y"]
    )


def test_a_bistable_unit_has_three_fixed_points_of_which_two_attract():
    weights = one_unit(6.0)
    drive = weights.drive(np.full((1, 2), 0.5)) + np.array([[0.0, 0.0, 0.05, 0.0]])
    found = dynamics.fixed_points(weights, drive, starts=40)
    assert found.fixed_points.tolist() == [3]
    assert found.stable.tolist() == [2]
    assert found.verdict.tolist() == [dynamics.CERTIFIED]


def test_an_unstable_fixed_point_is_called_so():
    # From exactly the saddle at 0 a rollout never leaves it.
    found = dynamics.fixed_points(one_unit(6.0), one_unit(6.0).drive(np.full((1, 2), 0.5)))
    assert found.verdict.tolist() == [dynamics.UNSTABLE]
    assert found.spectral_radius[0] > 1
    assert np.isinf(found.time_constant[0])


def nothing_known(found, row=0):
    """Whether an input without a fixed point carries no number that looks like one."""
    numbers = [value for value in vars(found).values() if value.dtype.kind == "f"]
    return all(np.isnan(value[row]).all() for value in numbers) and found.steps[row] == -1


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
def test_bad_input_gets_a_verdict_that_is_true(units, kernel, recurrent, inputs):
    plain = random_weights(units, 3, 2, seed=3)
    with np.errstate(all="ignore"):
        weights = Lstm(plain.kernel * kernel, plain.recurrent * recurrent, plain.bias)
        drive = weights.drive(np.eye(3) * inputs)
    found = dynamics.fixed_points(weights, drive, rollout_steps=500)
    known = found.verdict != dynamics.UNCONVERGED
    assert all(nothing_known(found, row) for row in np.flatnonzero(~known))
    if np.isnan(kernel + recurrent + inputs) or np.isinf(inputs):
        assert not known.any()
    # Whoever steps once from a fixed point stays there.
    with np.errstate(all="ignore"):
        after = step(weights, drive[known], found.state[known], found.cell[known])
    np.testing.assert_allclose(after[0], found.state[known], atol=1e-12)
    np.testing.assert_allclose(after[1], found.cell[known], rtol=1e-12, atol=1e-12)
    if kernel == recurrent == 0:
        assert (found.verdict == dynamics.CERTIFIED).all()


def test_one_bad_input_does_not_touch_the_others():
    weights = random_weights(3, 4, 2, size=0.5)
    drive = weights.drive(np.eye(4))
    alone = dynamics.fixed_points(weights, drive)
    drive[1] = np.nan
    found = dynamics.fixed_points(weights, drive)
    assert nothing_known(found, 1) and found.verdict[1] == dynamics.UNCONVERGED
    np.testing.assert_array_equal(found.state[[0, 2, 3]], alone.state[[0, 2, 3]])


def test_an_oscillating_network_is_not_taken_for_a_resting_one():
    # The unit answers its own state with the opposite sign, stronger than it forgets.
    weights = Lstm(
        np.zeros((1, 4)), np.array([[0.0, 0.0, -9.0, 0.0]]), np.array([3.0, -9.0, 0.3, 9.0])
    )
    found = dynamics.fixed_points(weights, weights.bias[None])
    assert found.verdict.tolist() == [dynamics.UNCONVERGED]
    assert nothing_known(found)
    # The saddle that it circles is found from other starts, and does not attract.
    assert found.fixed_points[0] > 0 and found.stable[0] == 0


def test_an_integrator_that_never_fills_is_not_taken_for_a_resting_one():
    # Forget gate 1 to the last bit: h stands at σ(a_o) at once, c grows by one half for ever.
    weights = Lstm(np.zeros((1, 4)), np.zeros((1, 4)), np.array([0.0, 50.0, 9.0, 1.0]))
    found = dynamics.fixed_points(weights, weights.bias[None])
    assert found.verdict.tolist() == [dynamics.UNCONVERGED] and nothing_known(found)


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
        gap = (dynamics.reduced_map(narrows(middle), drive, h)[0] - h).min()
        low, high = (low, middle) if gap > 0 else (middle, high)
    return high


@pytest.mark.parametrize("beyond", [1e-3, 1e-5, 1e-7, 1e-9])
def test_a_ghost_is_passed_however_slow(beyond):
    """At 1e-9 a plain rollout needs 300,000 steps to come through."""
    weights = narrows(meeting() + beyond)
    found = dynamics.fixed_points(weights, weights.bias[None])
    assert found.verdict.tolist() == [dynamics.CERTIFIED]
    assert found.state[0, 0] == pytest.approx(0.9034, abs=1e-4)


@pytest.mark.parametrize("before", [1e-3, 1e-5, 1e-6, 1e-7])
def test_a_slow_fixed_point_is_not_leapt_over(before):
    """The saddle is as near as 3e-4, behind it the way to h = .9 is free."""
    weights = narrows(meeting() - before)
    found = dynamics.fixed_points(weights, weights.bias[None], starts=60)
    assert found.state[0, 0] == pytest.approx(0.139, abs=0.01)
    assert found.verdict[0] in dynamics.ATTRACTING
    assert found.stable.tolist() == [2] and found.fixed_points.tolist() == [3]


def test_following_by_leaps_ends_where_plain_steps_end():
    weights = random_weights(3, 6, 3, seed=4, size=1.5)
    drive = weights.drive(np.random.default_rng(9).dirichlet(np.ones(6), 300))
    plain = dynamics.rollout(weights, drive, 100_000, small=1e-14)
    early = dynamics.rollout(weights, drive, 30)
    leapt = dynamics.follow(weights, drive, early, 20_000)
    np.testing.assert_allclose(leapt.hidden, plain.hidden, atol=1e-9)


def kind_of(points, overall=1.0):
    return dynamics.attractor(points, overall, 0.1, 0.9, 5, 50, seed=1)


def test_attractors_are_named_by_criterion():
    random = np.random.default_rng(8)
    tight = 0.01 * random.normal(size=(600, 3))
    t = random.uniform(-1, 1, 600)
    line = np.stack([t, 0.5 * t**2, 0.2 * t], axis=1) + 0.1 * tight
    sheet = np.stack([t, random.uniform(-1, 1, 600), 0 * t], axis=1) + tight
    assert kind_of(tight).kind == "point"
    centres = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0]])[random.integers(0, 3, 600)]
    found = kind_of(centres + tight)
    assert found.kind == "points"
    assert len(found.positions) == 3
    assert (found.low <= found.positions).all()
    assert (found.positions <= found.high).all()
    assert kind_of(sheet).kind == "sheet"
    assert kind_of(random.uniform(-1, 1, (600, 3))).kind == "volume"
    curve = kind_of(line)
    assert curve.kind == "curve"
    assert curve.curve.r2 > 0.999
    assert curve.curve.r2_low <= curve.curve.r2 <= curve.curve.r2_high
    assert (curve.curve.coefficients_low <= curve.curve.coefficients).all()
    assert (curve.curve.coefficients <= curve.curve.coefficients_high).all()


def test_the_polynomial_is_the_one_that_least_squares_gives():
    random = np.random.default_rng(12)
    t = random.uniform(-1, 1, 500)
    points = np.stack([2 * t, 0.3 + 0.5 * t**2, -t], axis=1) + 0.02 * random.normal(size=(500, 3))
    found = dynamics.fit_curve(points, 200, seed=1)
    along = (points - found.centre) @ found.axis
    expected = np.polynomial.polynomial.polyfit(along, points, 2)
    np.testing.assert_allclose(found.coefficients, expected, atol=1e-9)
    # The interval is of the size that theory gives: σ / √n around the constant.
    width = (found.coefficients_high - found.coefficients_low)[0, 1]
    assert 0.5 < width / (2 * 1.96 * 1.5 * 0.02 / np.sqrt(500)) < 2


@pytest.mark.parametrize("points", [np.zeros((2, 3)), np.array([[0.0, 1.0], [1.0, 0.0]])])
def test_two_customers_still_have_a_polynomial(points):
    found = dynamics.fit_curve(points, 20, seed=1)
    assert np.isfinite(found.coefficients).all() and found.r2 == pytest.approx(1)


def test_basins():
    """Of a symmetric unit with two attractors each has half of the starts; one alone has all."""
    weights = one_unit(6.0)
    drive = np.tile(weights.bias, (200, 1))
    point = dynamics.newton(weights, drive[:1], np.array([[0.9]]))[0][0, 0]
    share = dynamics.basins(weights, drive, np.full((200, 1), point), 20, 2000, seed=1)
    assert share.mean() == pytest.approx(0.5, abs=0.03)
    calm = one_unit(0.5)
    share = dynamics.basins(calm, drive, np.zeros((200, 1)), 20, 2000, seed=1)
    assert (share == 1).all()
    assert (dynamics.basins(weights, drive * np.nan, np.zeros((200, 1)), 2, 50, seed=1) == 0).all()


def test_slow_manifold_is_seen():
    # Forget gate nearly open and no recurrence: c forgets with e^{-1/τ}, σ(6) = .9975.
    bias = np.array([-6.0, 6.0, 0.1, 0.0])
    weights = Weights(
        np.zeros((2, 4)),
        np.zeros((1, 4)),
        bias,
        np.ones((1, 2)),
        np.zeros(2),
        ["a", "b"],
        ["x", "y"],
    )
    found = dynamics.slow_manifold(weights, np.full((1, 2), 0.5), ["mean"], slow=0.95)["mean"]
    assert found["slow"]
    assert found["spectral_radius"] == pytest.approx(1 / (1 + np.exp(-6)), abs=1e-9)


def test_label_agreement():
    shares = dynamics.label_agreement(
        np.array(["a", "a", "a", "b"]), np.array(["a", "a", "b", "b"]), ["a", "b", "c"], 100, 1
    )
    assert shares["a"]["value"] == pytest.approx(2 / 3)
    assert shares["b"]["value"] == 1
    assert shares["c"] is None
