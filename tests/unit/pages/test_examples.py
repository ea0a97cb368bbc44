"""The choice of customers whose cards are made by default."""

import numpy as np
import pytest
from synthetic import World

from spendscape.pages.cards import angular_error
from spendscape.pages.examples import change_of_movers, choose_examples, typical


@pytest.mark.parametrize("count", [0, 1, 3, 7, 40, 500])
def test_examples_differ(count: int) -> None:
    world = World(N=100)
    segments = np.array([" > ".join(row[:2]) for row in world.levels])
    change = np.full(100, np.nan)
    change[[4, 9]] = [0.2, 0.7]
    chosen = choose_examples(
        segments, world.angles, world.predicted, world.outputs, change, world.chart, count
    )
    rows = [row for row, _ in chosen]
    assert len(rows) == len(set(rows)) == min(count, 100)
    if count >= 3:
        names, sizes = np.unique(segments, return_counts=True)
        assert segments[rows[0]] == names[sizes.argmax()]
        assert rows[1] == 9
        worst = angular_error(world.angles, world.predicted, world.chart).argmax()
        assert worst in rows


def test_only_movers_have_a_change() -> None:
    world = World(N=100)
    rows = [world.customers.index(name) for name in world.recent_customers]
    long, recent = world.long_states[:, -1], world.recent_states[:, -1]
    names = [np.array(world.customers), np.array(world.recent_customers)]
    change = change_of_movers(names, [long, recent], world.weights)
    first = [world.weights.outputs(states).argmax(axis=1) for states in (long[rows], recent)]
    moved = first[0] != first[1]
    assert 0 < moved.sum() < len(rows)
    expected = np.full(100, np.nan)
    expected[np.array(rows)[moved]] = np.linalg.norm(long[rows] - recent, axis=1)[moved]
    np.testing.assert_allclose(change, expected)
    assert np.isnan(change_of_movers(names[:1], [long], world.weights)).all()


def test_the_typical_customer_is_in_the_middle_of_its_segment() -> None:
    segments = np.array(["small", "large", "large", "large", "small"])
    directions = np.array([[1.0, 0], [0, 1], [0.6, 0.8], [0.8, 0.6], [np.nan, np.nan]])
    assert typical(segments, directions) == [
        (2, "typical of the segment large"),
        (0, "typical of the segment small"),
    ]
