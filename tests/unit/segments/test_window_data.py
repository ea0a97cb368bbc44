"""Windows: they are read whole, matched by customer, and their change is counted from the steps before."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pyarrow.parquet as pq
import pytest
from synthetic import World

from spendscape.core.parquet import table
from spendscape.segments.names import order
from spendscape.segments.window_data import (
    WindowData,
    change_since,
    read_directions,
    read_windows,
    same_customers,
    steps_before,
    traits_by_step,
)


def test_windows_are_read_with_the_surrogates_directions(tmp_path: Path) -> None:
    world = World(recent_window=False)
    folder = world.write(tmp_path)
    paths = ("tensors/spending", "states/long", "surrogate/directions_long")
    spending, states, directions = ([str(folder / f"{name}.parquet")] for name in paths)
    long, recent = read_windows(spending, states, directions, world.weights, world.formula)
    assert recent is None and long.customers.tolist() == world.customers
    steps, mean = traits_by_step(world.formula, world.spending)
    np.testing.assert_allclose(long.traits, steps, rtol=1e-12)
    np.testing.assert_allclose(long.mean_traits, mean, rtol=1e-12)
    np.testing.assert_array_equal(long.directions, world.predicted)
    last = world.long_states[:, -1].astype(np.float32)
    assert (long.orders == order(world.weights.outputs(last), world.traits)).all()


def test_own_and_predicted_directions_are_told_apart_and_none_is_zeros(tmp_path: Path) -> None:
    own = np.array([[1.0, 0.0], [np.nan, np.nan]])
    path = str(tmp_path / "directions.parquet")
    pq.write_table(table({"direction": own, "predicted_direction": own[::-1].copy()}), path)
    assert read_directions(path, predicted=False).tolist() == [[1, 0], [0, 0]]
    assert read_directions(path, predicted=True).tolist() == [[0, 0], [1, 0]]


def window(names: str, steps: int = 2) -> WindowData:
    """Two classes; the place of a customer's name in the alphabet is in all that it has."""
    place = np.array([ord(name) for name in names], dtype=np.float64)
    mean = np.stack([place, 1000 - place], axis=1)
    traits = mean[:, None].repeat(steps, axis=1)
    levels = np.array([[name, "-"] for name in names])
    return WindowData(np.array(list(names)), traits, mean, traits, mean, levels)


def test_windows_are_matched_by_customer() -> None:
    long, recent = same_customers(window("abde"), window("bcde"))
    assert long.customers.tolist() == recent.customers.tolist() == ["b", "d", "e"]
    assert long.orders[:, 0].tolist() == ["b", "d", "e"]
    np.testing.assert_array_equal(recent.mean_traits, long.mean_traits)
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
    old, new = (traits_by_step(world.formula, x) for x in (world.spending[rows], world.recent))
    long = WindowData(names, *old, world.long_states[rows], *parts)
    recent = WindowData(names, *new, world.recent_states, *parts)
    earlier, change = change_since(long, recent, 4)
    np.testing.assert_array_equal(
        earlier, world.formula(world.spending[rows, :4].astype(np.float64))
    )
    now = world.formula(world.recent.mean(axis=1, dtype=np.float64))
    np.testing.assert_allclose(change, now - earlier.mean(axis=1))
    earlier, change = change_since(long, recent, 0)
    assert earlier.shape[1] == 0 and np.isnan(change).all()
