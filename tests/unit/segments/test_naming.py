"""From which margin on a label holds, and which segments may be named, against loops and known cases."""

from collections import Counter
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spendscape.core.arrays import Floats
from spendscape.segments.names import order
from spendscape.segments.naming import (
    is_neutral,
    margin_bins,
    margin_of,
    named_segments,
    naming,
    published_orders,
    smallest_margin,
)

TRAITS = ["calm", "bold", "open"]
SETTINGS: Any = SimpleNamespace(minimum_customers=5, keep_next_step=0.95, keep_recent_window=0.9)


def test_the_margin_is_the_largest_less_the_second() -> None:
    outputs = np.array([[0.1, 0.5, 0.2], [0.3, 0.3, -1.0]], dtype=np.float32)
    np.testing.assert_allclose(margin_of(outputs), [0.3, 0], atol=1e-7)
    assert np.isnan(margin_of(outputs[:, :1])).all()


def test_the_smallest_margin_is_the_one_that_a_loop_finds() -> None:
    random = np.random.default_rng(1)
    margin = random.exponential(size=400)
    same = random.uniform(size=400) < 1 - 0.5 * np.exp(-3 * margin)
    found = smallest_margin(margin, same, 0.9)
    shares = {m: same[margin >= m].mean() for m in margin}
    assert found == min(m for m, share in shares.items() if share >= 0.9) > 0
    assert smallest_margin(margin, np.ones(400, dtype=bool), 0.9) == 0
    assert smallest_margin(margin, np.zeros(400, dtype=bool), 0.9) == np.inf
    assert smallest_margin(np.full(4, np.nan), np.ones(4, dtype=bool), 0.9) == 0


def test_nobody_is_neutral_with_one_trait_and_everybody_where_no_margin_is_enough() -> None:
    margin = np.array([0.1, 0.3])
    assert is_neutral(margin, 0.2).tolist() == [True, False]
    assert is_neutral(margin, None).all()
    assert not is_neutral(np.full(2, np.nan), None).any()


def test_bins_hold_everyone_once_and_name_their_ends() -> None:
    margin = np.append(np.random.default_rng(2).uniform(size=230), np.nan)
    rows = margin_bins(margin, np.append(margin[:-1] > 0.5, False), 30)
    assert [row["customers"] for row in rows] == [58, 58, 57, 57]
    assert rows[0]["kept"] == 0 and rows[-1]["kept"] == 1
    assert all(row["kept_low"] <= row["kept"] <= row["kept_high"] for row in rows)
    assert rows[0]["low"] == np.nanmin(margin) and rows[-1]["high"] == np.nanmax(margin)
    assert margin_bins(np.full(3, np.nan), np.ones(3, dtype=bool), 1) == []
    for fewest, bins in ((115, 2), (230, 1), (231, 0)):
        assert len(margin_bins(margin, np.zeros(231, dtype=bool), fewest)) == bins


def test_no_share_is_of_fewer_customers_than_a_segment_needs_for_a_name() -> None:
    long, recent = outputs(40, 0.2)
    side = np.array(["test"] * 4 + ["train"] * 36)
    found, margins = naming(long, recent, side, TRAITS, SETTINGS)
    nothing = {"value": None, "low": None, "high": None}
    assert found["neutral"] is None and not len(margins)
    assert [entry | nothing for entry in found["kept"].values()] == list(found["kept"].values())


@given(st.lists(st.permutations(TRAITS), min_size=1, max_size=60), st.integers(1, 9))
def test_nobody_can_subtract_a_small_group_out_of_the_named_segments(
    orders: list[list[str]], minimum: int
) -> None:
    levels = np.array(orders)
    named = published_orders(levels, minimum)
    sizes = Counter(
        " > ".join(row[:level]) for row in orders for level in range(1, len(TRAITS) + 1)
    )
    sizes[""] = len(orders)
    for parent in ["", *named]:
        children = [name for name in named if name.rpartition(" > ")[0] == parent]
        assert all(sizes[name] >= minimum for name in children)
        assert all(name.rpartition(" > ")[0] in ("", *named) for name in named)
        left = sizes[parent] - sum(sizes[name] for name in children)
        assert not children or left == 0 or left >= minimum
    own = named_segments(levels, 2, named)
    for row, name in zip(orders, own, strict=True):
        deepest = [p for p in (row[0], f"{row[0]} > {row[1]}") if p in named]
        assert name == (deepest or ["(all)"])[-1]


def test_a_single_small_child_takes_the_smallest_named_one_with_it() -> None:
    levels = np.array([["calm", "bold"]] * 9 + [["bold", "calm"]] * 6 + [["open", "calm"]] * 2)
    assert published_orders(levels, 5) == ["calm", "calm > bold"]


def outputs(count: int, noise: float) -> tuple[Floats, Floats]:
    """Outputs at three steps and in a recent window: a person's traits and the noise of a step."""
    random = np.random.default_rng(3)
    person = random.normal(size=(count, 1, 3))
    long = person + noise * random.normal(size=(count, 3, 3))
    return long, person[:, 0] + 2 * noise * random.normal(size=(count, 3))


def test_customers_who_are_not_neutral_keep_their_label_as_often_as_asked() -> None:
    long, recent = outputs(4000, 0.2)
    recent[::10] = np.nan
    side = np.where(np.arange(4000) % 3, "train", "test")
    found, margins = naming(long, recent, side, TRAITS, SETTINGS)
    both = found["by_comparison"]
    assert found["neutral_margin"] == max(both.values()) > min(both.values()) > 0
    test = side == "test"
    clear = test & (margin_of(long[:, -1]) >= found["neutral_margin"])
    assert found["neutral"] == pytest.approx(1 - clear[test].mean())
    known = clear & np.isfinite(recent[:, 0])
    same = long[known, -1].argmax(axis=1) == recent[known].argmax(axis=1)
    assert found["kept"]["recent_window"]["value"] == pytest.approx(same.mean())
    assert found["kept"]["recent_window"]["customers"] == known.sum()
    assert (
        found["kept"]["next_step"]["high"] > 0.95 and found["kept"]["recent_window"]["high"] > 0.9
    )
    assert found["published"] == published_orders(order(long[:, -1], TRAITS), 5)
    assert margins.groupby("comparison")["customers"].sum().to_dict() == {
        "next_step": test.sum(),
        "recent_window": (test & np.isfinite(recent[:, 0])).sum(),
    }


def test_one_step_and_no_recent_window_leave_nothing_to_compare() -> None:
    long, _ = outputs(100, 0.2)
    found, margins = naming(long[:, :1], None, np.full(100, "train"), TRAITS, SETTINGS)
    assert found["neutral_margin"] == 0 and found["kept"] == {} and not len(margins)
    assert found["neutral"] is None


def test_labels_that_never_hold_make_everyone_neutral() -> None:
    long, _ = outputs(300, 0.0)
    long[:, -2] = -long[:, -1]
    found, _ = naming(long, None, np.full(300, "train"), TRAITS, SETTINGS)
    assert found["neutral_margin"] is None and found["by_comparison"] == {"next_step": None}
