"""Windows: they are read whole, matched by customer, and their change is counted from the steps before."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pyarrow.parquet as pq
import pytest
from synthetic import World

from spendscape.segments.names import order
from spendscape.segments.window_data import (
    WindowData,
    angles,
    change_since,
    read_windows,
    same_customers,
    steps_before,
)


def test_windows_are_read_with_the_surrogates_angles(tmp_path: Path) -> None:
    world = World(recent_window=False)
    folder = world.write(tmp_path)
    paths = ("tensors/spending", "states/long", "surrogate/directions_long")
    spending, states, directions = ([str(folder / f"{name}.parquet")] for name in paths)
    long, recent = read_windows(spending, states, directions, world.weights)
    assert recent is None and long.customers.tolist() == world.customers
    np.testing.assert_array_equal(long.spending, world.spending)
    np.testing.assert_array_equal(long.angles, world.predicted)
    last = world.long_states[:, -1].astype(np.float32)
    assert (long.orders == order(world.weights.outputs(last), world.traits)).all()


def test_own_and_predicted_angles_are_told_apart(tmp_path: Path) -> None:
    world = World(M=4)
    table = pq.read_table(world.write(tmp_path) / "surrogate/directions_long.parquet")
    np.testing.assert_array_equal(angles(table, predicted=False), world.angles)
    np.testing.assert_array_equal(angles(table, predicted=True), world.predicted)


def window(names: str, steps: int = 2) -> WindowData:
    """Two classes; the place of a customer's name in the alphabet is in all that it has."""
    place = np.array([ord(name) for name in names], dtype=np.float64)
    spending = np.stack([place, 1000 - place], axis=1)[:, None].repeat(steps, axis=1)
    levels = np.array([[name, "-"] for name in names])
    return WindowData(np.array(list(names)), spending, spending, spending[:, 0], levels)


def test_windows_are_matched_by_customer() -> None:
    long, recent = same_customers(window("abde"), window("bcde"))
    assert long.customers.tolist() == recent.customers.tolist() == ["b", "d", "e"]
    assert long.orders[:, 0].tolist() == ["b", "d", "e"]
    np.testing.assert_array_equal(recent.fractions, long.fractions)
    long, _ = same_customers(window("abde"), window("bcde"), np.array(["e", "a", "b"]))
    assert long.customers.tolist() == ["b", "e"]


@pytest.mark.parametrize(
    ("long", "recent", "before"),
    [((6, 12), (12, 1), 5), ((6, 12), (13, 1), 4), ((4, 3), (6, 3), 0), ((8, 3), (4, 3), 4)],
)
def test_steps_that_overlap_the_recent_window_are_not_before_it(
    long: tuple[int, int], recent: tuple[int, int], before: int
) -> None:
    first, second = (SimpleNamespace(steps=n, months_per_step=m) for n, m in (long, recent))
    assert steps_before(first, second) == before
    assert steps_before(first, None) == long[0]


def test_the_change_is_from_the_mean_of_the_steps_before() -> None:
    world = World()
    rows = slice(None, None, 2)
    names = np.array(world.recent_customers)
    parts = world.predicted[rows], world.levels[rows]
    long = WindowData(names, world.spending[rows], world.long_states[rows], *parts)
    recent = WindowData(names, world.recent, world.recent_states, *parts)
    earlier, change = change_since(world.formula, long, recent, 4)
    np.testing.assert_array_equal(
        earlier, world.formula(world.spending[rows, :4].astype(np.float64))
    )
    now = world.formula(world.recent.mean(axis=1, dtype=np.float64))
    np.testing.assert_allclose(change, now - earlier.mean(axis=1))
    earlier, change = change_since(world.formula, long, recent, 0)
    assert earlier.shape[1] == 0 and np.isnan(change).all()
