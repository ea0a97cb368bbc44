"""Recovery of a small world in which what was planted is what the network shows."""

from dataclasses import replace
from datetime import date
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from synthetic import World

from spendscape.core.parquet import table
from spendscape.core.pseudonyms import pseudonyms
from spendscape.evaluation.recovery import Found, Planted, Timing, planted_in, recovery
from spendscape.evaluation.recovery_scores import COLUMNS
from spendscape.segments.names import order
from spendscape.segments.window_data import WindowData, traits_by_step
from spendscape.traits.targets import dominant

LONG = SimpleNamespace(steps=6, months_per_step=12)
RECENT = SimpleNamespace(steps=6, months_per_step=2)
MOVED = np.datetime64("2024-03", "M")


def settings(recent: Any = RECENT) -> SimpleNamespace:
    return SimpleNamespace(
        simulate=SimpleNamespace(first_year=2019, years=6),
        tensors=SimpleNamespace(long=LONG, recent=recent),
        segments=SimpleNamespace(levels=3, bootstrap=20),
        seed=1,
    )


def planted(world: World) -> Planted:
    """The traits that the network shows; movers are those whose dominant trait it shows to change."""
    after = world.outputs.copy()
    after[::2] = world.weights.outputs(world.recent_states[:, -1])
    mover = after.argmax(axis=1) != world.outputs.argmax(axis=1)
    after[~mover] = world.outputs[~mover]
    moved = np.where(mover, MOVED, np.datetime64("NaT"))
    new, left = dominant(after, world.traits), np.zeros(world.N, dtype=bool)
    return Planted(np.array(world.customers), world.outputs, after, new, mover, left, moved)


def listed(world: World) -> pd.DataFrame:
    """segments/movers.parquet, which lacks the first mover; the second one's change stands out."""
    there = planted(world)
    rows = np.flatnonzero(there.mover)[1:]
    columns = {
        "customer_id": there.customers[rows],
        "long": world.levels[rows, 0],
        "recent": there.new[rows],
        "likely": np.arange(len(rows)) == 0,
    }
    return pd.DataFrame(columns)


def found(world: World) -> Found:
    """What a run finds of the world."""
    names, states = np.array(world.customers), world.long_states
    directions = world.chart.directions(states)
    recent = WindowData(
        names[::2],
        *traits_by_step(world.formula, world.recent),
        world.recent_states,
        directions[::2],
        order(world.weights.outputs(world.recent_states[:, -1]), world.traits),
    )
    scores = pd.DataFrame(
        {"target": ["warmth"], "metric": ["correlation_with_coefficients"], "value": [0.9]}
    ).assign(low=0.8, high=1.0)
    return Found(
        world.weights,
        WindowData(
            names, *traits_by_step(world.formula, world.spending), states, directions, world.levels
        ),
        recent,
        world.split,
        dominant(world.outputs, world.traits),
        listed(world),
        scores,
    )


@pytest.fixture(scope="module")
def world() -> World:
    return World()


def values(frame: pd.DataFrame) -> "pd.Series[float]":
    assert list(frame.columns) == COLUMNS and frame["quantity"].is_unique
    return frame.set_index("quantity")["value"]


def test_whatever_was_planted_as_it_was_found_is_recovered(world: World) -> None:
    frame = recovery(planted(world), world.traits, found(world), settings())
    value = values(frame)
    of_traits = value[value.index.str.startswith("trait_")]
    assert len(of_traits) == world.P and (of_traits > 1 - 1e-9).all()
    exact = ["dominant_trait", "segment_level_2", "segment_level_3", "attractor_label"]
    assert (value[exact] == 1).all()
    movers = planted(world).mover.sum()
    assert value["movers_recall"] == pytest.approx(1 - 1 / movers)
    assert value["movers_likely_recall"] == pytest.approx(1 / movers)
    assert value["movers_precision"] == value["movers_likely_precision"] == 1
    assert value["movers_new_trait_shown"] == 1 and value["movers_delay_months"] <= 10
    assert value["coefficients_warmth"] == 0.9
    with_target = frame.set_index("quantity")["target"].dropna()
    assert set(with_target.index) >= {"movers_top", "movers_likely_recall"}


def test_planted_traits_may_stand_in_another_order(world: World) -> None:
    there = planted(world)
    back = world.traits[::-1]
    turned = replace(there, before=there.before[:, ::-1], after=there.after[:, ::-1])
    value = values(recovery(turned, back, found(world), settings()))
    same = values(recovery(there, world.traits, found(world), settings()))
    pd.testing.assert_series_equal(value, same, check_like=True)


def test_with_other_traits_than_the_planted_ones_only_moves_can_be_compared(world: World) -> None:
    others = [f"other {k}" for k in range(world.P)]
    names = set(recovery(planted(world), others, found(world), settings())["quantity"])
    assert "coefficients_warmth" in names and "movers_top" in names
    gone = {"dominant_trait", "attractor_label", "movers_delay_months", "movers_new_trait_shown"}
    assert not gone & names
    assert not any(name.startswith("trait_") for name in names)


def test_without_a_recent_window_there_are_no_moves_to_find(world: World) -> None:
    seen = replace(found(world), recent=None)
    names = recovery(planted(world), world.traits, seen, settings(None))["quantity"]
    assert not names.str.startswith("movers").any() and "dominant_trait" in set(names)


def test_movers_who_left_are_not_looked_for(world: World) -> None:
    there, seen = planted(world), found(world)
    # The only mover who is not on the list.
    left = np.arange(world.N) == np.flatnonzero(there.mover)[0]
    without = values(recovery(replace(there, left=left), world.traits, seen, settings()))
    assert without["movers_recall"] == 1


def test_windows_end_with_the_last_simulated_year() -> None:
    timing = Timing.of(SimpleNamespace(first_year=2019, years=6), LONG, RECENT)
    assert timing == Timing(np.datetime64("2025-01"), long=72, recent=12, step=2, before=5)


@pytest.mark.parametrize("key", [None, b"a key that is no secret"])
def test_the_truth_is_read_by_the_names_in_the_results(key: bytes | None) -> None:
    ids = ["C1", "C2", "C3"]
    columns = {
        "customer_id": pa.array(ids),
        "dominant_after": pa.array(["b", "a", "b"]),
        "mover": np.array([True, False, False]),
        "left": pa.array([None, None, date(2024, 5, 1)]),
        "moved": pa.array([date(2024, 3, 1), None, None]),
        "traits_before": np.array([[0.5, 0.1], [0.5, 0.2], [0.1, 0.3]]),
        "traits_after": np.array([[0.1, 0.6], [0.5, 0.2], [0.1, 0.3]]),
    }
    made, traits = planted_in(table(columns, {"traits": ["a", "b"]}), key)
    assert traits == ["a", "b"] and made.customers.tolist() == sorted(made.customers.tolist())
    known = ids if key is None else pseudonyms(ids, key)
    first = made.of(np.array([known[0]], dtype=object))
    assert first.mover.tolist() == [True] and first.moved.tolist() == [MOVED.item()]
    assert first.after.tolist() == [[0.1, 0.6]] and first.new.tolist() == ["b"]
    assert made.of(np.array([known[2]], dtype=object)).left.tolist() == [True]
