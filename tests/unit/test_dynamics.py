"""Jacobians against finite differences, fixed points against long rollouts, attractors against plants."""

import numpy as np
import pytest
from test_states import random_weights

from spendscape import dynamics
from spendscape.states import Weights, step


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
    assert (found.verdict == dynamics.VERIFIED).all()
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
    assert found.verdict.tolist() == [dynamics.VERIFIED]


def test_an_unstable_fixed_point_is_called_so():
    # From exactly the saddle at 0 a rollout never leaves it.
    found = dynamics.fixed_points(one_unit(6.0), one_unit(6.0).drive(np.full((1, 2), 0.5)))
    assert found.verdict.tolist() == [dynamics.UNSTABLE]
    assert found.spectral_radius[0] > 1
    assert np.isinf(found.time_constant[0])


@pytest.mark.parametrize("broken", [np.nan, 1e200])
def test_broken_weights_get_a_verdict_and_no_endless_loop(broken):
    weights = random_weights(2, 3, 2)
    weights.recurrent[0, 0] = broken
    with np.errstate(all="ignore"):
        found = dynamics.fixed_points(weights, weights.drive(np.eye(3)), rollout_steps=50)
    assert len(found.verdict) == 3
    assert set(found.verdict) <= {dynamics.UNCONVERGED, dynamics.VERIFIED, dynamics.UNSTABLE}
    if np.isnan(broken):
        assert set(found.verdict) == {dynamics.UNCONVERGED}


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
