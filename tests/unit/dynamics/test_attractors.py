"""Attractors against planted ones, and what is said of traits with few customers or none."""

import numpy as np
import pytest

from spendscape.core.arrays import Floats
from spendscape.core.statistics import bootstrap
from spendscape.dynamics.attractors import (
    Attractor,
    Criteria,
    Ends,
    attractor,
    attractors,
    basins,
    fit_curve,
    label_agreement,
    slow_manifold,
)
from spendscape.dynamics.fixed_points import (
    CERTIFIED,
    UNCONVERGED,
    UNSTABLE,
    VERIFIED,
    fixed_points,
)
from spendscape.dynamics.newton import newton
from spendscape.network.lstm import Lstm

HOW = Criteria(0.1, 0.9, 5, 8, 4, 2000, 0.95, bootstrap=50, seed=1)


def kind_of(points: Floats) -> Attractor:
    return attractor(points, 1.0, HOW)


def test_attractors_are_named_by_criterion() -> None:
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


def test_the_polynomial_is_the_one_that_least_squares_gives() -> None:
    random = np.random.default_rng(12)
    t = random.uniform(-1, 1, 500)
    points = np.stack([2 * t, 0.3 + 0.5 * t**2, -t], axis=1) + 0.02 * random.normal(size=(500, 3))
    found, around = fit_curve(points, 200, seed=1)
    low, high = bootstrap(lambda rows: points[rows].mean(axis=0), 500, 200, 1)
    np.testing.assert_allclose(around, [low, high], rtol=1e-9)
    along = (points - found.centre) @ found.axis
    expected = np.polynomial.polynomial.polyfit(along, points, 2)
    np.testing.assert_allclose(found.coefficients, expected, atol=1e-9)
    # The interval is of the size that theory gives: σ / √n around the constant.
    width = (found.coefficients_high - found.coefficients_low)[0, 1]
    assert 0.5 < width / (2 * 1.96 * 1.5 * 0.02 / np.sqrt(500)) < 2


@pytest.mark.parametrize("points", [np.zeros((2, 3)), np.array([[0.0, 1.0], [1.0, 0.0]])])
def test_two_customers_still_have_a_polynomial(points: Floats) -> None:
    found, _ = fit_curve(points, 20, seed=1)
    assert np.isfinite(found.coefficients).all() and found.r2 == pytest.approx(1)


def one_unit(recurrent: float) -> Lstm:
    """h' = tanh(½ c + ½ tanh(recurrent · h)) nearly: output gate open, the others half open."""
    row = np.array([[0.0, 0.0, recurrent, 0.0]])
    return Lstm(np.zeros((2, 4)), row, np.array([0.0, 0.0, 0.0, 30.0]))


def test_basins() -> None:
    """Of a symmetric unit with two attractors each has half of the starts; one alone has all."""
    cell = one_unit(6.0)
    drive = np.tile(cell.bias, (200, 1))
    point = newton(cell, drive[:1], np.array([[0.9]]))[0][0, 0]
    share = basins(cell, drive, np.full((200, 1), point), 20, 2000, seed=1)
    assert share.mean() == pytest.approx(0.5, abs=0.03)
    calm = one_unit(0.5)
    share = basins(calm, drive, np.zeros((200, 1)), 20, 2000, seed=1)
    assert (share == 1).all()
    assert (basins(cell, drive * np.nan, np.zeros((200, 1)), 2, 50, seed=1) == 0).all()


def test_slow_manifold_is_seen() -> None:
    # Forget gate nearly open and no recurrence: c forgets with e^{-1/τ}, σ(6) = .9975.
    bias = np.array([-6.0, 6.0, 0.1, 0.0])
    cell = Lstm(np.zeros((2, 4)), np.zeros((1, 4)), bias)
    found = slow_manifold(cell, np.full((1, 2), 0.5), ["mean"], slow=0.95)["mean"]
    assert found["slow"]
    assert found["spectral_radius"] == pytest.approx(1 / (1 + np.exp(-6)), abs=1e-9)


def test_label_agreement() -> None:
    shares = label_agreement(
        np.array(["a", "a", "a", "b", "b"]),
        {"true": np.array(["a", "a", "b", "b", ""])},
        ["a", "b", "c"],
        100,
        1,
    )["true"]
    assert shares["a"] is not None and shares["a"]["value"] == pytest.approx(2 / 3)
    assert shares["b"] is not None and shares["b"]["value"] == 1
    assert shares["c"] is None


def ends_of(labels: list[str], verdicts: list[str] | None = None) -> tuple[Lstm, Ends]:
    """Customers of a calm unit, with the labels and verdicts given."""
    cell = Lstm(np.ones((2, 4)) * [[0.5], [-0.5]], np.zeros((1, 4)), np.zeros(4))
    share = np.linspace(0, 1, len(labels))
    fractions = np.column_stack([share, 1 - share])
    found = fixed_points(cell, cell.drive(fractions))
    verdict = found.verdict if verdicts is None else np.array(verdicts)
    return cell, Ends(found.state, np.array(labels), verdict, found.stable, fractions)


def test_each_trait_has_its_own_attractor_and_one_customer_has_none() -> None:
    labels = ["a"] * 20 + ["b"]
    cell, ends = ends_of(labels)
    own = np.array(["a"] * 10 + ["b"] * 11)
    found = attractors(cell, ["a", "b", "c"], ends, {"true": own}, HOW)
    assert found["left_out"] == 0
    many, one, none = (found["traits"][trait] for trait in "abc")
    assert many["customers"] == 20
    assert many["agreement"]["true"]["value"] == 0.5
    assert many["dimension"] == 1
    assert many["basin"]["starts_that_end_here"]["value"] == 1
    assert many["basin"]["customers_with_one_attractor"]["value"] == 1
    assert many["basin"]["customers_tried"] == HOW.basin_customers
    assert one.keys() == none.keys() == {"customers", "agreement"}
    assert (one["customers"], one["agreement"]["true"]["value"]) == (1, 1)
    assert (none["customers"], none["agreement"]["true"]) == (0, None)
    assert list(found["slow_manifold"]) == ["(all)", "a"]


def test_customers_whose_fixed_point_does_not_attract_are_left_out() -> None:
    labels, verdicts = ["a"] * 12, [CERTIFIED] * 5 + [VERIFIED] * 5 + [UNSTABLE, UNCONVERGED]
    cell, ends = ends_of(labels, verdicts)
    ends.state[-1] = np.nan
    # Nothing that is left out may count: the labels of the others agree, and their states are numbers.
    own = np.array(["a"] * 10 + ["b"] * 2)
    found = attractors(cell, ["a"], ends, {"true": own}, HOW)
    assert found["left_out"] == 2
    assert found["traits"]["a"]["customers"] == 10
    assert found["traits"]["a"]["agreement"]["true"]["value"] == 1
    np.testing.assert_allclose(
        found["traits"]["a"]["locations"][0]["position"], ends.state[:10].mean(axis=0)
    )
    mean = cell.drive(ends.fractions[:10].mean(axis=0)[None])
    expected = fixed_points(cell, mean).state[0]
    np.testing.assert_allclose(found["slow_manifold"]["(all)"]["state"], expected)


def test_customers_without_a_trait_of_their_own_do_not_lower_the_agreement() -> None:
    cell, ends = ends_of(["a"] * 12)
    own = np.array(["a"] * 6 + [""] * 6)
    found = attractors(cell, ["a"], ends, {"true": own}, HOW)["traits"]["a"]
    assert (found["customers"], found["agreement"]["true"]["value"]) == (12, 1)
