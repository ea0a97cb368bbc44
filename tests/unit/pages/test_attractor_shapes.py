"""What attractors are drawn as."""

from typing import Any

import numpy as np
import pytest

from spendscape.pages.attractor_shapes import curve, hull, outline, shape, shown


def test_hull_and_outline() -> None:
    corners = np.array([[0, 0], [2, 0], [2, 1], [0, 1.0]])
    inside = np.random.default_rng(0).uniform([0.1, 0.1], [1.9, 0.9], (50, 2))
    assert {tuple(row) for row in hull(np.vstack([inside, corners]))} == {
        tuple(row) for row in corners
    }
    assert len(hull(np.array([[0.0, 0], [1, 1], [2, 2]]))) == 2
    flat = np.column_stack([inside, np.zeros(50)])
    np.testing.assert_allclose(outline(flat)[:, 2], 0, atol=1e-12)
    assert np.isfinite(outline(np.ones((1, 3)))).all()


def test_a_curve_goes_from_end_to_end_of_its_range() -> None:
    polynomial = {"range": [-1, 2], "coefficients": [[1.0, 0, 0], [0, 1, 0], [0, 0, 3]]}
    line = curve(polynomial, points=4)
    np.testing.assert_allclose(line[0], [1, -1, 3])
    np.testing.assert_allclose(line[-1], [1, 2, 12])
    assert line.shape == (4, 3)


def test_the_first_three_units_are_shown() -> None:
    states = np.arange(10.0).reshape(2, 5)
    np.testing.assert_array_equal(shown(states), states[:, :3])
    np.testing.assert_array_equal(shown(states[0, :2]), states[0, :2])


def test_outline_of_many_states_takes_little_memory() -> None:
    states = np.random.default_rng(2).normal(size=(60_000, 3)) * [3, 2, 0.01]
    # With a square matrix of as many rows it would be 26 GB.
    corners = outline(states)
    assert np.abs(corners[:, 2]).max() < 0.1 < 4 < np.abs(corners[:, 0]).max()


@pytest.mark.parametrize("kind", ["point", "points", "curve", "sheet", "volume", None])
@pytest.mark.parametrize("units", [1, 2, 3, 5])
def test_shapes_of_attractors(kind: str | None, units: int) -> None:
    locus = np.random.default_rng(0).normal(size=(50, units))
    coefficients = np.zeros((3, units))
    coefficients[1, 0] = 1
    polynomial = {"range": [-1, 1], "coefficients": coefficients.tolist()}
    places = [{"position": [0.0] * units}, {"position": [1.0] * units}]
    entry: dict[str, Any] = {"locations": places, "polynomial": polynomial, "kind": kind}
    made = shape(entry if kind else {"customers": 0}, locus)
    count = {"point": 2, "points": 2, "curve": 60, "volume": 50, None: 0}
    assert len(made["points"]) == count.get(kind, len(made["points"]))
    corners = made["faces"]
    assert corners.shape[1:] == (3,) and corners.max(initial=0) < max(1, len(made["points"]))
    assert bool(len(corners)) == (kind in ("sheet", "volume") and len(made["points"]) > 2)
    if kind == "volume" and units > 2:
        # Euler's formula of a body of triangles.
        assert len(corners) == 2 * len(np.unique(corners)) - 4
