"""Stability on planted orders and on a small world, with and without a recent window."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from synthetic import World

from spendscape.segments.names import order
from spendscape.segments.stability import agreement, stability, vote_orders, year_to_year
from spendscape.segments.window_data import WindowData, traits_by_step

TRAITS = ["a", "b", "c"]
SETTINGS = SimpleNamespace(
    levels=3, neighbours=15, minimum_customers=5, bootstrap=20, false_discovery_rate=0.2
)


def test_agreement_counts_prefixes() -> None:
    first = np.array([["a", "b", "c"], ["a", "b", "c"]])
    second = np.array([["a", "b", "c"], ["b", "a", "c"]])
    rows = agreement(first, second, 3, 20, 1)
    assert [row["value"] for row in rows] == [0.5, 0.5, 0.5]


def test_votes_recover_orders_from_coordinates() -> None:
    random = np.random.default_rng(1)
    values, sides = random.normal(size=(1500, 3)), random.random(1500)
    levels, train, test = order(values, TRAITS), sides < 0.7, sides > 0.8
    voted = vote_orders(values[train], levels[train], values[test], 2, 15)
    assert (voted[:, 0] == levels[test, 0]).mean() > 0.9
    assert (voted == levels[test, :2]).all(axis=1).mean() > 0.8


def test_more_levels_than_traits_are_all_traits() -> None:
    random = np.random.default_rng(1)
    values = random.normal(size=(90, 2))
    levels = order(values, ["calm", "bold"])
    assert vote_orders(values, levels, values, 3, 1).tolist() == levels.tolist()


def test_year_to_year() -> None:
    raw = np.array([["a", "b", "a"], ["b", "b", "b"]])
    steady = np.array([["a", "a", "a"], ["b", "b", "b"]])
    rows = year_to_year(raw, steady, np.array(["a", "b"]), 20, 1)
    found = {(r["labels"], r["comparison"], r["step"]): r["value"] for r in rows}
    assert found["raw", "previous_step", None] == 0.5
    assert found["states", "previous_step", None] == 1
    assert found["raw", "whole_window", 2] == 0.5


def windows(world: World) -> tuple[WindowData, WindowData | None]:
    """What the results hold of a world."""
    long = WindowData(
        np.array(world.customers),
        *traits_by_step(world.formula, world.spending),
        world.long_states,
        world.predicted,
        world.levels,
    )
    if not world.recent_window:
        return long, None
    # The angles of the long window do for both.
    angles = world.predicted[::2]
    return long, WindowData(
        np.array(world.recent_customers),
        *traits_by_step(world.formula, world.recent),
        world.recent_states,
        angles,
        order(world.weights.outputs(world.recent_states[:, -1]), world.traits),
    )


def measured(world: World, steps_before: int = 5) -> tuple[dict[str, Any], pa.Table]:
    return stability(
        *windows(world), world.split, world.formula, world.weights, steps_before, SETTINGS, 1
    )


@pytest.mark.parametrize("shape", [{}, {"P": 4, "C": 7, "M": 2}])
def test_segments_of_both_windows_are_compared_for_test_customers(shape: dict[str, Any]) -> None:
    world = World(**shape)
    result, movers = measured(world)
    assert result["customers"] == (world.split == "test").sum()
    both = [k for k in range(0, world.N, 2) if world.split[k] == "test"]
    new = windows(world)[1]
    assert new is not None
    across = result["across_windows"]
    places = [k // 2 for k in both]
    same = world.levels[both, 0] == new.orders[places, 0]
    assert across["states"][0]["value"] == pytest.approx(same.mean())
    now = order(new.mean_traits, world.traits)[places, 0]
    raw = order(world.formula(world.spending.mean(axis=1, dtype=float)), world.traits)[both, 0]
    assert across["raw"][0]["value"] == pytest.approx((raw == now).mean())
    # The same angles in both windows: the same votes.
    assert [row["value"] for row in across["surrogate"]] == [1, 1, 1]
    differs = world.levels[::2, 0] != new.orders[:, 0]
    assert result["movers"]["customers"] == differs.sum()
    listed = set(np.array(world.recent_customers)[differs])
    likely = movers.filter(movers["likely"])["customer_id"].to_pylist()
    assert set(movers["customer_id"].to_pylist()) == listed | set(likely)
    assert result["movers"]["likely"] == len(likely)


def test_without_a_recent_window_nobody_moves() -> None:
    result, movers = measured(World(recent_window=False))
    assert result["across_windows"] is None and "movers" not in result
    assert result["within_long"]
    assert len(movers) == 0 and movers.schema == measured(World())[1].schema


def test_no_share_is_of_fewer_test_customers_than_a_segment_needs_for_a_name() -> None:
    world = World(N=120)
    world.split = np.array(["test"] * 4 + ["train"] * (world.N - 4))
    result, _ = measured(world)
    assert result["within_long"] == []
    assert result["across_windows"] == {"raw": [], "states": [], "surrogate": []}


def test_with_too_few_customers_or_steps_no_change_stands_out() -> None:
    for result, movers in (measured(World(N=120)), measured(World(), steps_before=2)):
        assert set(result["movers"]) == {"customers", "share"}
        assert len(movers) == result["movers"]["customers"]
        assert movers["likely"].null_count == movers["change"].null_count == len(movers)
