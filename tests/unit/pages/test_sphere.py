"""The sphere of directions on paper: equal areas, exact borders."""

import numpy as np
import pytest
from synthetic import random_weights

from spendscape.explanation.cells import solid_angles
from spendscape.pages.figures import sphere


def directions(count: int = 4000, units: int = 3) -> np.ndarray:
    points = np.random.default_rng(5).normal(size=(count, units))
    return np.asarray(points / np.linalg.norm(points, axis=1, keepdims=True))


def test_the_map_and_its_inverse() -> None:
    points = directions()
    places = sphere.hammer(points)
    assert (np.square(places / [sphere.ACROSS, sphere.UP]).sum(axis=1) <= 1).all()
    np.testing.assert_allclose(sphere.from_hammer(places), points, atol=1e-9)
    assert np.isnan(sphere.from_hammer(np.array([[2.8, 1.4]]))).all()
    np.testing.assert_allclose(sphere.hammer(np.array([[1.0, 0, 0]])), [[0, 0]])


@pytest.mark.parametrize("parent", [(), (2,), (2, 0)])
def test_areas_on_paper_are_solid_angles(parent: tuple[int, ...]) -> None:
    weights = random_weights(3, 4, 5, seed=3).output
    x, y = np.meshgrid(*(np.linspace(-side, side, 500) for side in (sphere.ACROSS, sphere.UP)))
    points = sphere.from_hammer(np.stack([x, y], axis=-1))
    cell = sphere.cell_of(points, weights, parent)[np.isfinite(points[..., 0])]
    orders = [(*parent, trait) for trait in range(5) if trait not in parent]
    share = [np.mean(cell == order[-1]) for order in orders]
    np.testing.assert_allclose(share, solid_angles(weights, orders), atol=0.002)


@pytest.mark.parametrize("parent", [(), (2,), (2, 0)])
def test_each_border_parts_two_children_of_the_parent(parent: tuple[int, ...]) -> None:
    weights = random_weights(3, 4, 5, seed=3).output
    arcs = sphere.borders(weights, parent)
    assert arcs
    seen = set()
    for arc in arcs:
        values = np.sort(arc @ weights, axis=1)[:, ::-1]
        # The children's traits are equal there, and come right after the parent's.
        np.testing.assert_allclose(values[:, len(parent)], values[:, len(parent) + 1], atol=1e-12)
        across = np.random.default_rng(1).normal(size=(200, 3)) * 1e-3
        near = sphere.cell_of(arc[len(arc) // 2] + across, weights, parent)
        seen |= set(near[near >= 0].tolist())
    every = sphere.cell_of(directions(), weights, parent)
    assert seen == set(every[every >= 0].tolist())


def test_a_line_is_interrupted_where_it_goes_round_the_back() -> None:
    turn = np.linspace(0, 2 * np.pi, 400)
    arc = np.stack([np.cos(turn), np.sin(turn), 0.2 * np.ones(400)], axis=1)
    line = sphere.on_paper(arc / np.linalg.norm(arc, axis=1, keepdims=True))
    assert np.isnan(line).any(axis=1).sum() == 1
    steps = np.linalg.norm(np.diff(line, axis=0), axis=1)
    assert np.nanmax(steps) < 0.2


@pytest.mark.parametrize("units", [2, 3, 6])
def test_the_frame_is_orthonormal_and_begins_with_the_mean(units: int) -> None:
    points = directions(300, units) + np.arange(units)
    frame = sphere.frame(points / np.linalg.norm(points, axis=1, keepdims=True))
    np.testing.assert_allclose(frame @ frame.T, np.eye(min(3, units)), atol=1e-9)
    assert frame[0] @ points.mean(axis=0) > 0


def test_directions_that_are_all_alike_have_a_frame() -> None:
    frame = sphere.frame(np.tile([0.0, 0.6, 0.8], (5, 1)))
    np.testing.assert_allclose(frame @ frame.T, np.eye(3), atol=1e-9)
