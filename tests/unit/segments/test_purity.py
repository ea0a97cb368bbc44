"""Purity on planted orders: high where a space shows them, chance where it does not."""

import numpy as np
import pytest

from spendscape.core.arrays import Bools, Floats, Names
from spendscape.segments.names import order
from spendscape.segments.purity import COLUMNS, parents, principal_components, purity

TRAITS = ["a", "b", "c"]
Planted = tuple[Floats, Names, Bools, Bools]


@pytest.fixture
def planted() -> Planted:
    random = np.random.default_rng(1)
    values = random.normal(size=(1500, 3))
    sides = random.random(1500)
    return values, order(values, TRAITS), sides < 0.7, sides > 0.8


def test_purity_is_high_where_the_order_shows_and_chance_where_it_does_not(
    planted: Planted,
) -> None:
    values, levels, train, test = planted
    noise = np.random.default_rng(2).normal(size=(1500, 2))
    done: list[int] = []
    table = purity(
        {"seen": values, "noise": noise},
        levels, train, test, 2, 15, 20, 50, 1, progress=done.append,
    )  # fmt: skip
    assert done == [1, 2] and list(table.columns) == COLUMNS
    means = table[table["parent"] == "(mean)"].set_index(["level", "space", "metric"])["value"]
    assert means[1, "seen", "balanced_accuracy"] > 0.9
    assert means[1, "noise", "balanced_accuracy"] == pytest.approx(1 / 3, abs=0.08)
    assert means[2, "noise", "balanced_accuracy"] == pytest.approx(1 / 2, abs=0.08)
    assert means[1, "noise", "silhouette"] < 0.02
    inside = table[table["parent"] != "(mean)"]
    assert set(inside[inside["level"] == 2]["parent"]) == set(TRAITS)
    assert (table["low"] <= table["value"]).all()
    assert (table["value"] <= table["high"]).all()


def test_directions_keep_their_scale_and_other_spaces_do_not(planted: Planted) -> None:
    values, levels, train, test = planted
    # The second axis says everything, and is a thousand times smaller than the first, which is noise.
    noise = np.random.default_rng(3).normal(size=1500)
    small = np.column_stack([1000 * noise, values[:, 0] - values[:, 1]])
    spaces = {"directions": small, "code": small}
    table = purity(spaces, levels, train, test, 1, 15, 20, 10, 1, as_they_are=["directions"])
    means = table[table["parent"] == "(mean)"].set_index(["space", "metric"])["value"]
    assert means["code", "balanced_accuracy"] > 0.5
    assert means["directions", "balanced_accuracy"] == pytest.approx(1 / 3, abs=0.08)


def test_small_parents_are_left_out(planted: Planted) -> None:
    values, levels, train, test = planted
    table = purity({"seen": values}, levels, train, test, 2, 15, 10**6, 10, 1)
    assert table.empty


def test_children_are_known_on_both_sides_of_the_split() -> None:
    levels = np.array([list("abc"), list("bac"), list("cab")] * 4)
    train = np.arange(12) < 6
    # No test customer has c first.
    test = ~train & (levels[:, 0] != "c")
    (top,) = parents(levels, 1, train, test, 1)
    assert top.name == "(all)" and set(levels[top.members, 0]) == {"a", "b"}
    # Below a there is b only, so there is nothing to tell apart.
    assert list(parents(levels, 2, train, test, 1)) == []


def test_principal_components_are_those_of_scikit_learn(planted: Planted) -> None:
    from sklearn.decomposition import PCA

    values, _, train, _ = planted
    ours = principal_components(values, train, 2)
    theirs = PCA(2).fit(values[train]).transform(values)
    np.testing.assert_allclose(np.abs(ours), np.abs(theirs), atol=1e-9)


def test_of_a_large_parent_a_sample_votes_in_the_proportions_of_its_children(
    planted: Planted, monkeypatch: pytest.MonkeyPatch
) -> None:
    values, levels, train, test = planted
    whole = purity({"seen": values}, levels, train, test, 1, 15, 20, 50, 1)
    monkeypatch.setattr("spendscape.segments.purity.VOTED_ON", 150)
    monkeypatch.setattr("spendscape.segments.purity.VOTERS", 400)
    some = purity({"seen": values}, levels, train, test, 1, 15, 20, 50, 1)
    assert some["customers"].tolist() == whole["customers"].tolist()
    width = (some["high"] - some["low"]) / (whole["high"] - whole["low"])
    assert (abs(some["value"] - whole["value"]) < 0.06).all() and width.mean() > 1
