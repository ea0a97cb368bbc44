"""Figure 2: the parents whose children it colours, and the directions that it shows."""

import numpy as np
import pytest
from drawn_texts import texts
from synthetic import World

from spendscape.pages.figures import figure_2, sphere
from spendscape.segments.naming import published_orders


def test_parents_are_nested_and_largest() -> None:
    levels = np.array([["a", "b", "c"]] * 3 + [["a", "c", "b"]] * 2 + [["b", "a", "c"]] * 4)
    found = figure_2.largest_parents(levels, published_orders(levels, 2))
    assert [(names, len(rows)) for names, rows in found] == [([], 9), (["a"], 5)]


def test_a_segment_that_is_too_small_for_a_name_has_no_panel() -> None:
    world = World(N=120, M=1)
    states = world.long_states[:, -1].astype(float)
    first = np.argmax(world.outputs, axis=1)
    seen = sphere.directions_from(states, world.inverse.origin, world.weights.output, first)
    names, counts = np.unique(world.levels[:, 0], return_counts=True)
    for named in ([str(names[counts.argmax()])], []):
        naming = {"published": named, "minimum_customers": 30}
        figure = figure_2.draw(seen, world.levels, world.traits, naming)
        assert len(figure.axes) == len(named) + 1
        said = " ".join(texts(figure).split())
        wanted = f"Level {len(named) + 2} is not drawn: it needs a segment with 30 customers"
        assert wanted in said


@pytest.mark.parametrize("units", [2, 3, 5])
def test_directions_are_seen_whole_up_to_three_units(units: int) -> None:
    world = World(N=120, M=units)
    states = world.long_states[:, -1].astype(float)
    first = np.argmax(world.outputs, axis=1)
    found = sphere.directions_from(states, world.inverse.origin, world.weights.output, first)
    assert found.seen.shape == (120, min(3, units))
    np.testing.assert_allclose(np.linalg.norm(found.seen, axis=1), 1)
    assert found.kept == pytest.approx(1) if units < 4 else 0.5 < found.kept < 1
    if units < 4:
        away = states - world.inverse.origin
        expected = np.argmax(away @ world.weights.output, axis=1)
        np.testing.assert_array_equal(np.argmax(found.seen @ found.weights, axis=1), expected)
        assert found.right == np.mean(expected == first)
