"""The choice of customers whose cards are made by default."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pytest
from synthetic import World

from spendscape.core.errors import DataError
from spendscape.core.geometry import degrees_between
from spendscape.pages.examples import (
    change_of_movers,
    choose,
    choose_examples,
    in_segment,
    read_levels,
    typical,
)


@pytest.mark.parametrize("count", [0, 1, 3, 7, 40, 500])
def test_examples_differ(count: int) -> None:
    world = World(N=100)
    segments = np.array([" > ".join(row[:2]) for row in world.levels])
    change = np.full(100, np.nan)
    change[[4, 9]] = [0.2, 0.7]
    ordered = np.sort(world.outputs, axis=1)
    margin = ordered[:, -1] - ordered[:, -2]
    chosen = choose_examples(segments, world.directions, world.predicted, margin, change, count)
    rows = [row for row, _ in chosen]
    assert len(rows) == len(set(rows)) == min(count, 100)
    if count >= 3:
        names, sizes = np.unique(segments, return_counts=True)
        assert segments[rows[0]] == names[sizes.argmax()]
        assert rows[1] == 9
        worst = degrees_between(world.directions, world.predicted).argmax()
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


def test_customers_and_segments_that_the_config_names_are_chosen(tmp_path: Path) -> None:
    world = World(N=100)
    folder = world.write(tmp_path)
    segments, levels = read_levels(str(folder / "segments/segments.parquet"))
    np.testing.assert_array_equal(levels, world.levels)

    def chosen(customers: list[str], segment: str | None) -> list[int]:
        wanted = SimpleNamespace(customers=customers, segment=segment, examples=4)
        verdicts = str(folder / "tensors/customers.parquet")
        ids = pa.chunked_array([world.customers])
        parts = (segments, levels, world.directions, world.predicted, np.full(100, np.nan))
        return [row for row, _ in choose(wanted, ids, verdicts, *parts)]

    asked = [world.customers[k] for k in (31, 4)]
    assert chosen(asked, None) == [31, 4]
    begins = " > ".join(world.levels[17, :2])
    found = chosen([], begins)
    assert 0 < len(found) <= 4
    assert {" > ".join(world.levels[row, :2]) for row in found} == {begins}
    assert len(chosen([], None)) == 4
    with pytest.raises(DataError, match="nearest are 'c00012'"):
        chosen(["c00012x"], None)
    with pytest.raises(DataError, match="because of fewer than 6 steps"):
        chosen(["left-out"], None)


@pytest.mark.parametrize("segment", ["openess", "a > b > c > d", ">", "openness > openness"])
def test_a_segment_that_nobody_has_is_named(segment: str) -> None:
    levels = np.array([["openness", "extraversion"], ["extraversion", "openness"]])
    with pytest.raises(DataError, match=r"cards\.segment"):
        in_segment(levels, segment)
    assert in_segment(levels, "openness").tolist() == [0]
    assert in_segment(levels, "extraversion>openness").tolist() == [1]
    assert in_segment(levels, None).tolist() == [0, 1]
