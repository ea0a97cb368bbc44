"""The field on a plane: where it vanishes, which way it points, and that it is drawn."""

from pathlib import Path

import numpy as np
import pytest
from synthetic import random_weights

from spendscape.dynamics.fixed_points import fixed_points
from spendscape.dynamics.rollout import rollout
from spendscape.pages.figures import flow


@pytest.mark.parametrize("units", [2, 3, 5])
def test_the_field_vanishes_at_the_fixed_point_and_points_to_it(units: int) -> None:
    cell = random_weights(units, 6, 3, seed=2, size=0.4).cell
    inputs = np.random.default_rng(1).dirichlet(np.ones(6), 40)
    states = fixed_points(cell, cell.drive(inputs)).state
    plane = flow.leading_plane(states)
    np.testing.assert_allclose(plane.axes @ plane.axes.T, np.eye(2), atol=1e-12)
    x = np.linspace(-0.3, 0.3, 13)
    found = flow.field(cell, cell.drive(inputs[0]), states[0], plane.axes, x, x)
    assert found.shape == (13, 13, 2)
    speed = np.linalg.norm(found, axis=-1)
    assert speed[6, 6] < 1e-12 and np.unravel_index(speed.argmin(), speed.shape) == (6, 6)
    # The reduced map of these weights contracts, so that arrows point inwards.
    outwards = np.stack(np.meshgrid(x, x), axis=-1)
    inner = (found * outwards).sum(axis=-1)
    assert (inner[speed > 1e-9] < 0).all()


def test_the_plane_is_that_of_the_two_leading_components() -> None:
    random = np.random.default_rng(3)
    states = random.normal(size=(500, 4)) * [0.1, 2.0, 0.05, 1.0] + [1, 2, 3, 4]
    plane = flow.leading_plane(states)
    assert np.abs(plane.axes[0, 1]) > 0.99 and np.abs(plane.axes[1, 3]) > 0.99
    np.testing.assert_allclose(plane.places(plane.centre + 2 * plane.axes[1]), [0, 2], atol=1e-9)


def test_groups_are_all_customers_and_those_of_the_most_frequent_label() -> None:
    inputs = np.arange(12.0).reshape(6, 2)
    labels = np.array(["", "a", "b", "b", "b", "a"])
    attractors = {"a": {"customers": 2}, "b": {"customers": 3}}
    everybody, most = flow.groups(inputs, labels != "", labels, attractors, most=2)
    assert everybody.drawn.tolist() == [1, 5] and most.drawn.tolist() == [2, 4]
    np.testing.assert_allclose(everybody.mean, inputs[1:].mean(axis=0))
    np.testing.assert_allclose(most.mean, inputs[3])
    assert most.title == "mean input, b" and most.colour != everybody.colour


@pytest.mark.parametrize(("units", "known"), [(2, True), (3, True), (4, False)])
def test_it_is_drawn(units: int, known: bool, tmp_path: Path) -> None:
    cell = random_weights(units, 6, 3, seed=2, size=0.4).cell
    inputs = np.random.default_rng(1).dirichlet(np.ones(6), 30)
    drive = cell.drive(inputs)
    states = fixed_points(cell, drive).state
    paths = np.stack([rollout(cell, drive, t).hidden for t in range(1, 9)], axis=1)
    # Without an input that can be followed the fixed point is unknown.
    mean = inputs[0] if known else np.full(6, np.nan)
    shown = [flow.Group(name, "#123456", mean, np.arange(30)) for name in ("all", "<b>")]
    figure = flow.draw(cell, shown, [paths, paths], flow.leading_plane(states))
    assert len(figure.axes) == 2
    figure.savefig(tmp_path / "flow.svg")
    assert "&lt;b&gt;" in (tmp_path / "flow.svg").read_text()
