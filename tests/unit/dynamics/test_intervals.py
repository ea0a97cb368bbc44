"""Balls against 50-digit arithmetic."""

from collections.abc import Callable
from decimal import Decimal, localcontext
from fractions import Fraction

import numpy as np
import pytest
from exact import exact_exp, exact_sigmoid, exact_tanh
from hypothesis import given, settings
from hypothesis import strategies as st

from spendscape.dynamics import intervals
from spendscape.dynamics.intervals import Ball

numbers = st.floats(-1e6, 1e6)
radii = st.floats(0, 10)


def holds(ball: Ball, value: Fraction | Decimal) -> bool:
    return abs(Fraction(value) - Fraction(float(ball.mid))) <= Fraction(float(ball.rad))


@settings(max_examples=300, deadline=None)
@given(numbers, numbers, radii, radii, st.floats(-1, 1), st.floats(-1, 1))
def test_sums_and_products_hold_every_value(
    a: float, b: float, r: float, s: float, x: float, y: float
) -> None:
    first, second = Ball(np.array(a), np.array(r)), Ball(np.array(b), np.array(s))
    one = Fraction(a) + Fraction(x) * Fraction(r)
    other = Fraction(b) + Fraction(y) * Fraction(s)
    assert holds(first + second, one + other)
    assert holds(first - second, one - other)
    assert holds(first * second, one * other)


FUNCTIONS = [
    (intervals.exp, exact_exp),
    (intervals.sigmoid, exact_sigmoid),
    (intervals.tanh, exact_tanh),
    (
        lambda x: intervals.sigmoid_slope(x, intervals.sigmoid(x)),
        lambda x: exact_sigmoid(x) * exact_sigmoid(-x),
    ),
    (
        lambda x: intervals.tanh_slope(x, intervals.tanh(x)),
        lambda x: 4 / (Decimal(x).exp() + Decimal(-x).exp()) ** 2,
    ),
]


@pytest.mark.parametrize(("function", "exact"), FUNCTIONS)
@pytest.mark.filterwarnings("ignore:overflow")
def test_functions_hold_every_value(
    function: Callable[[Ball], Ball], exact: Callable[[Decimal], Decimal]
) -> None:
    random = np.random.default_rng(1)
    sizes = [random.normal(0, size, 100) for size in (1e-9, 1e-2, 1, 20, 300)]
    points = np.clip(np.concatenate([[0.0, -0.0, 700, -700, -745], *sizes]), -745, 700)
    with localcontext(prec=50):
        for radius in (0.0, 1e-14, 1e-3, 0.5, 1.0):
            found = function(Ball(points, np.full(len(points), radius)))
            for k, x in enumerate(points):
                inside = [Decimal(x) + Decimal(radius) * share for share in (-1, 0, 1)]
                assert all(holds(Ball(found.mid[k], found.rad[k]), exact(v)) for v in inside)
        # Not merely true, but of use: the radius is rounding, not slack.
        narrow = function(Ball(points, np.zeros(len(points))))
        size = np.maximum(1, np.abs(points)) * np.maximum(1, np.abs(narrow.mid))
        assert (narrow.rad <= 1e-14 * size).all()


def test_the_library_is_as_exact_as_is_assumed() -> None:
    """numpy.exp within 2⁻⁵⁰ of e^x, in every part of its range."""
    points = np.random.default_rng(2).uniform(-700, 700, 2000)
    with localcontext(prec=50):
        errors = [
            abs(Decimal(float(value)) / Decimal(float(x)).exp() - 1)
            for x, value in zip(points, np.exp(points), strict=True)
        ]
    assert max(errors) < Decimal(intervals.LIBRARY)


def test_matrix_products_hold_the_exact_one() -> None:
    random = np.random.default_rng(3)
    left, right = random.normal(size=(4, 5)), random.normal(size=(5, 3))
    found = intervals.product(Ball(left, np.full(left.shape, 1e-9)), right)
    for i, j in np.ndindex(4, 3):
        value = sum(
            (Fraction(left[i, k]) + Fraction(1e-9) * (-1) ** k) * Fraction(right[k, j])
            for k in range(5)
        )
        assert holds(Ball(found.mid[i, j], found.rad[i, j]), value)


def test_a_product_with_what_may_be_anything_is_not_damped() -> None:
    """Plain floats say 0 for a saturated unit; a proof must not."""
    zero, unbounded = intervals.exact(np.zeros(1)), intervals.exact(np.full(1, np.inf))
    with np.errstate(invalid="ignore"):
        found = intervals.damped(zero, unbounded)
    assert np.isnan(found.mid).all()


def test_joined_balls_keep_their_radii() -> None:
    one, other = Ball(np.zeros((2, 1)), np.ones((2, 1))), Ball(np.ones((2, 3)), np.zeros((2, 3)))
    found = intervals.join([one, other], 1)
    assert found.shape == (2, 4) and found.rad.tolist() == [[1, 0, 0, 0]] * 2
