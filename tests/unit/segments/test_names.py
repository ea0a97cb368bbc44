"""Segments, purity and stability on planted cases."""

import numpy as np
import pytest

from spendscape.segments import names as segments

TRAITS = ["a", "b", "c"]


def test_order_and_names():
    levels = segments.order(np.array([[0.1, 0.9, 0.5], [0.3, 0.3, 0.2]]), TRAITS)
    assert levels.tolist() == [["b", "c", "a"], ["a", "b", "c"]]
    assert segments.segment_names(levels, 2) == ["b > c", "a > b"]
    assert segments.segment_names(levels, 9) == ["b > c > a", "a > b > c"]


def test_agreement_counts_prefixes():
    first = np.array([["a", "b", "c"], ["a", "b", "c"]])
    second = np.array([["a", "b", "c"], ["b", "a", "c"]])
    rows = segments.agreement(first, second, 3, 20, 1)
    assert [row["value"] for row in rows] == [0.5, 0.5, 0.5]


@pytest.fixture
def planted():
    random = np.random.default_rng(1)
    values = random.normal(size=(1500, 3))
    sides = random.random(1500)
    return values, segments.order(values, TRAITS), sides < 0.7, sides > 0.8


def test_purity_is_high_where_the_order_shows_and_chance_where_it_does_not(planted):
    values, levels, train, test = planted
    noise = np.random.default_rng(2).normal(size=(1500, 2))
    table = segments.purity({"seen": values, "noise": noise}, levels, train, test, 2, 15, 20, 50, 1)
    means = table[table["parent"] == "(mean)"].set_index(["level", "space", "metric"])["value"]
    assert means[1, "seen", "balanced_accuracy"] > 0.9
    assert means[1, "noise", "balanced_accuracy"] == pytest.approx(1 / 3, abs=0.08)
    assert means[2, "noise", "balanced_accuracy"] == pytest.approx(1 / 2, abs=0.08)
    assert means[1, "noise", "silhouette"] < 0.02
    inside = table[table["parent"] != "(mean)"]
    assert set(inside[inside["level"] == 2]["parent"]) == set(TRAITS)
    assert (table["low"] <= table["value"]).all()
    assert (table["value"] <= table["high"]).all()


def test_small_parents_are_left_out(planted):
    values, levels, train, test = planted
    table = segments.purity({"seen": values}, levels, train, test, 2, 15, 10**6, 10, 1)
    assert table.empty


def test_votes_recover_orders_from_coordinates(planted):
    values, levels, train, test = planted
    voted = segments.vote_orders(values[train], levels[train], values[test], 2, 15)
    assert (voted[:, 0] == levels[test, 0]).mean() > 0.9
    assert (voted == levels[test, :2]).all(axis=1).mean() > 0.8


def test_year_to_year():
    raw = np.array([["a", "b", "a"], ["b", "b", "b"]])
    steady = np.array([["a", "a", "a"], ["b", "b", "b"]])
    rows = segments.year_to_year(raw, steady, np.array(["a", "b"]), 20, 1)
    found = {(r["labels"], r["comparison"], r["step"]): r["value"] for r in rows}
    assert found["raw", "previous_step", None] == 0.5
    assert found["states", "previous_step", None] == 1
    assert found["raw", "whole_window", 2] == 0.5


def test_principal_components_are_those_of_scikit_learn(planted):
    from sklearn.decomposition import PCA

    values, _, train, _ = planted
    ours = segments.principal_components(values, train, 2)
    theirs = PCA(2).fit(values[train]).transform(values)
    np.testing.assert_allclose(np.abs(ours), np.abs(theirs), atol=1e-9)
