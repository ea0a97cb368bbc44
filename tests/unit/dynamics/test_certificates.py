"""Balls against 50-digit arithmetic, and certificates against cases in which a proof would be wrong."""

from decimal import Decimal, localcontext
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from synthetic import random_weights

from spendscape.dynamics import fixed_points as dynamics
from spendscape.dynamics import intervals as balls
from spendscape.dynamics.certificates import certify
from spendscape.dynamics.intervals import Ball
from spendscape.network.lstm import Lstm

numbers = st.floats(-1e6, 1e6)
radii = st.floats(0, 10)


def holds(ball: Ball, value: Fraction | Decimal) -> bool:
    return abs(Fraction(value) - Fraction(float(ball.mid))) <= Fraction(float(ball.rad))


@settings(max_examples=300, deadline=None)
@given(numbers, numbers, radii, radii, st.floats(-1, 1), st.floats(-1, 1))
def test_sums_and_products_hold_every_value(a, b, r, s, x, y):
    first, second = Ball(np.array(a), np.array(r)), Ball(np.array(b), np.array(s))
    one = Fraction(a) + Fraction(x) * Fraction(r)
    other = Fraction(b) + Fraction(y) * Fraction(s)
    assert holds(first + second, one + other)
    assert holds(first - second, one - other)
    assert holds(first * second, one * other)


def exact_exp(x: float) -> Decimal:
    return Decimal(x).exp()


def exact_sigmoid(x: float) -> Decimal:
    return 1 / (1 + Decimal(-x).exp())


def exact_tanh(x: float) -> Decimal:
    return 1 - 2 / (1 + (2 * Decimal(x)).exp())


FUNCTIONS = [
    (balls.exp, exact_exp),
    (balls.sigmoid, exact_sigmoid),
    (balls.tanh, exact_tanh),
    (balls.sigmoid_slope, lambda x: exact_sigmoid(x) * exact_sigmoid(-x)),
    (balls.tanh_slope, lambda x: 4 / (Decimal(x).exp() + Decimal(-x).exp()) ** 2),
]


@pytest.mark.parametrize(("function", "exact"), FUNCTIONS)
@pytest.mark.filterwarnings("ignore:overflow")
def test_functions_hold_every_value(function, exact):
    random = np.random.default_rng(1)
    sizes = [random.normal(0, size, 150) for size in (1e-9, 1e-2, 1, 20, 300)]
    points = np.clip(np.concatenate([[0.0, -0.0, 700, -700, -745], *sizes]), -745, 700)
    with localcontext(prec=50):
        for radius in (0.0, 1e-14, 1e-3):
            found = function(Ball(points, np.full(len(points), radius)))
            for k, x in enumerate(points):
                inside = x + radius * np.array([-0.999, 0, 0.999])
                assert all(holds(Ball(found.mid[k], found.rad[k]), exact(v)) for v in inside)
        # Not merely true, but of use: the radius is rounding, not slack.
        narrow = function(Ball(points, np.zeros(len(points))))
        size = np.maximum(1, np.abs(points)) * np.maximum(1, np.abs(narrow.mid))
        assert (narrow.rad <= 1e-14 * size).all()


def test_the_library_is_as_exact_as_is_assumed():
    """numpy.exp within 2⁻⁵⁰ of e^x, in every part of its range."""
    points = np.random.default_rng(2).uniform(-700, 700, 2000)
    with localcontext(prec=50):
        errors = [
            abs(Decimal(float(value)) / Decimal(float(x)).exp() - 1)
            for x, value in zip(points, np.exp(points), strict=True)
        ]
    assert max(errors) < Decimal(balls.LIBRARY)


def test_matrix_products_hold_the_exact_one():
    random = np.random.default_rng(3)
    left, right = random.normal(size=(4, 5)), random.normal(size=(5, 3))
    found = balls.product(Ball(left, np.full(left.shape, 1e-9)), right)
    for i, j in np.ndindex(4, 3):
        value = sum(
            (Fraction(left[i, k]) + Fraction(1e-9) * (-1) ** k) * Fraction(right[k, j])
            for k in range(5)
        )
        assert holds(Ball(found.mid[i, j], found.rad[i, j]), value)


def bistable(push: float) -> Lstm:
    """One unit with two attracting fixed points and a saddle between them near h = 0."""
    return Lstm(np.zeros((1, 4)), np.array([[0.0, 0.0, 6.0, 0.0]]), np.array([0, 0, push, 30.0]))


def all_of_one_unit(weights: Lstm) -> np.ndarray:
    """Every fixed point of a network of one unit, by the signs of G(h) − h on a fine grid."""
    h = np.linspace(-0.999, 0.999, 20_001)[:, None]
    gap = dynamics.reduced_map(weights, np.tile(weights.bias, (len(h), 1)), h)[0][:, 0] - h[:, 0]
    start = h[np.flatnonzero(np.sign(gap[1:]) != np.sign(gap[:-1]))]
    return dynamics.newton(weights, np.tile(weights.bias, (len(start), 1)), start)[0]


def certificates_at(weights, state, reached=None, **options):
    drive = np.tile(weights.bias, (len(state), 1))
    cell = dynamics.reduced_map(weights, drive, state)[1]
    if reached is not None:
        reached = (reached, dynamics.reduced_map(weights, drive, reached)[1])
    return certify(weights, drive, state, cell, reached, **options)


def test_saddles_are_proved_to_exist_but_never_to_attract():
    weights = bistable(0.05)
    state = all_of_one_unit(weights)
    assert len(state) == 3
    found = certificates_at(weights, state)
    distances = np.abs(state - state.T) + np.eye(3) * 9
    assert (found.radius < distances.min(axis=1)).all()
    assert np.isfinite(found.contraction).tolist() == [True, False, True]


@pytest.mark.parametrize("push", [0.05, 0.3, -0.2])
def test_no_box_holds_two_fixed_points_or_none(push):
    """From centres all over the cube and radii up to the cube's own: whatever is proved is true."""
    weights = bistable(push)
    points, centres, proved = all_of_one_unit(weights), np.linspace(-1, 1, 4001)[:, None], 0
    for radius in (1.0, 0.5, 0.2, 0.1, 0.03):
        found = certificates_at(weights, centres, radii=(radius,))
        held = np.isfinite(found.radius)
        distance = np.abs(points.T - centres[held])
        assert ((distance <= radius).sum(axis=1) == 1).all()
        assert (found.error[held] >= distance.min(axis=1, initial=9)).all()
        proved += held.sum()
    assert proved > 20


def test_the_other_basin_is_never_proved_to_end_here():
    weights = bistable(0.05)
    low, saddle, high = all_of_one_unit(weights)[:, :, None]
    assert np.isfinite(certificates_at(weights, high, high - 1e-3).contraction).all()
    for elsewhere in (low, saddle, saddle - 0.01):
        assert np.isnan(certificates_at(weights, high, elsewhere).contraction).all()


@pytest.mark.parametrize("units", [1, 2, 3, 8])
@pytest.mark.parametrize("shift", [0.0, 1e-13, 1e-9, 1e-5])
def test_bounds_hold(units, shift):
    weights = random_weights(units, 6, 3, seed=units + 10, size=0.7)
    drive = weights.drive(np.random.default_rng(7).dirichlet(np.ones(6), 100))
    true = dynamics.fixed_points(weights, drive, certificates=False)
    state = true.state + shift * np.random.default_rng(8).choice([-1, 1], true.state.shape)
    found = certify(weights, drive, state, dynamics.reduced_map(weights, drive, state)[1])
    held = np.isfinite(found.radius)
    assert (found.error[held] >= shift * 0.99).all()
    assert (found.error[held] <= found.radius[held]).all()
    # ρ of the true point, up to the rounding of the eigenvalues that it is computed from.
    attracts = np.isfinite(found.contraction)
    assert (found.contraction >= true.spectral_radius - 1e-9)[attracts].all()
    if shift < 1e-8:
        assert held.all() and attracts.all()


def test_the_error_bound_holds_to_thirty_digits():
    """The fixed point of one unit in 50-digit arithmetic lies within the proved distance."""
    weights = bistable(0.05)
    state = all_of_one_unit(weights)[[0, 2]]
    error = certificates_at(weights, state).error
    with localcontext(prec=50):
        for h, bound in zip(state[:, 0], error, strict=True):
            x = Decimal(float(h))
            for _ in range(400):
                g = exact_tanh(6 * x + Decimal(float(weights.bias[2])))
                cell = exact_sigmoid(0.0) * g * (1 + exact_exp(0.0))
                x = exact_sigmoid(30.0) * exact_tanh(cell)
            assert 0 <= abs(x - Decimal(float(h))) <= Decimal(float(bound))
            assert bound < 1e-12


def test_where_two_fixed_points_meet_nothing_is_proved():
    # G(h) = tanh(g) with g = tanh(h) has slope 1 at h = 0: a triple root.
    weights = Lstm(np.zeros((1, 4)), np.array([[0.0, 0.0, 1.0, 0.0]]), np.array([0, 0, 0, 60.0]))
    found = certificates_at(weights, np.zeros((1, 1)))
    assert np.isnan(found.radius).all() and np.isnan(found.contraction).all()


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e308])
def test_nothing_is_proved_of_what_is_not_finite(value):
    weights = random_weights(2, 3, 2)
    weights.recurrent[0, 0] = value
    zero = np.zeros((3, 2))
    found = certify(weights, weights.drive(np.eye(3)), zero + 0.1, zero)
    assert np.isnan(found.radius).all() and np.isnan(found.contraction).all()
