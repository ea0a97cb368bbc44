"""The inverse map against least squares on the grid, and the trap of the printed formula."""

import numpy as np
import pytest

from spendscape.core.arrays import Floats
from spendscape.explanation.inverse_map import grid, invert, literal, regression

Layer = tuple[Floats, Floats]
CASES = [(3, 5), (2, 4), (3, 3), (4, 2), (1, 2)]


@pytest.fixture(params=CASES)
def layer(request: pytest.FixtureRequest) -> Layer:
    units, traits = request.param
    random = np.random.default_rng(units * 10 + traits)
    return random.normal(size=(units, traits)), random.normal(size=traits)


def test_inverse_is_the_regression_on_the_grid(layer: Layer) -> None:
    weights, bias = layer
    states = grid(len(weights), 21 if len(weights) < 4 else 7)
    outputs = states @ weights + bias
    found = invert(weights, bias)
    slope, intercept = regression(states, outputs)
    np.testing.assert_allclose(found.inverse, slope, atol=1e-10)
    if weights.shape[1] >= weights.shape[0]:
        np.testing.assert_allclose(found.origin, intercept, atol=1e-10)
        np.testing.assert_allclose(found.states(outputs), states, atol=1e-10)
        closed = weights.T @ np.linalg.inv(weights @ weights.T)
        np.testing.assert_allclose(found.inverse, closed, atol=1e-10)
    np.testing.assert_allclose(found.extent, outputs.max(axis=0), atol=1e-12)
    assert found.rank == min(weights.shape)


def test_origin_is_where_all_traits_vanish(layer: Layer) -> None:
    weights, bias = layer
    if weights.shape[0] >= weights.shape[1]:
        np.testing.assert_allclose(invert(weights, bias).origin @ weights + bias, 0, atol=1e-10)


def test_axes_differ_from_steepest_ascent_and_have_its_length(layer: Layer) -> None:
    found = invert(*layer)
    lengths = np.linalg.norm(found.axes, axis=1), np.linalg.norm(found.steepest, axis=1)
    np.testing.assert_allclose(*lengths)
    if min(found.weights.shape) > 1:
        assert np.abs(found.axes - found.steepest).max() > 1e-3


def test_a_trait_that_stays_below_zero_has_no_axis() -> None:
    found = invert(np.array([[0.1, 1.0], [0.2, -1.0]]), np.array([-5.0, 0.0]))
    assert found.extent[0] < 0
    np.testing.assert_array_equal(found.axes[0], 0)


def test_the_printed_formula_is_a_trap() -> None:
    """(O′ᵀO′)⁻¹ does not exist for P > M: NumPy answers all the same, and is wrong by far."""
    random = np.random.default_rng(3)
    weights, bias = random.normal(size=(3, 5)), random.normal(size=5)
    states = grid(3, 21)
    outputs = states @ weights + bias
    assert np.linalg.matrix_rank(np.column_stack([outputs, np.ones(len(outputs))])) == 4
    assert literal(states, outputs)[1] > 1e-3
    assert np.abs(invert(weights, bias).states(outputs) - states).max() < 1e-12
