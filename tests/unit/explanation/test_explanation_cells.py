"""Cells of directions: counts against Cover's formula, areas that fill the sphere, borders that are borders."""

import numpy as np
import pytest

from spendscape.explanation.cells import (
    cell_table,
    cells,
    cover_count,
    nearest_border,
    residual_bias,
    solid_angles,
)


def weights(units: int, traits: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(units, traits))


def test_cover_counts_what_the_study_and_small_cases_need() -> None:
    assert [cover_count(5, units) for units in (1, 2, 3, 4, 5)] == [2, 20, 72, 120, 120]
    assert [cover_count(traits, 2) for traits in (1, 2, 3, 4)] == [1, 2, 6, 12]


@pytest.mark.parametrize(
    ("units", "traits"), [(1, 4), (2, 2), (2, 5), (3, 4), (3, 5), (4, 5), (5, 4)]
)
def test_enumeration_and_formula_agree_and_directions_find_no_other(
    units: int, traits: int
) -> None:
    w = weights(units, traits)
    found = [order for order in cells(w) if len(order) == traits]
    assert len(found) == cover_count(traits, units)
    u = np.random.default_rng(1).normal(size=(50_000, units))
    assert {tuple(row) for row in np.argsort(-(u @ w), axis=1).tolist()} <= set(found)


def test_a_trait_that_is_a_copy_or_a_mean_of_others_adds_no_cell_of_its_own() -> None:
    w = weights(3, 3)
    mean = np.column_stack([w, w.mean(axis=1)])
    assert (3,) not in cells(mean, depth=1) and len(cells(mean, depth=1)) == 3
    copied = np.column_stack([w, w[:, 0]])
    assert not [order for order in cells(copied) if len(order) == 4]


@pytest.mark.parametrize(
    ("units", "traits"), [(1, 3), (2, 2), (2, 5), (3, 1), (3, 2), (3, 3), (3, 5), (4, 4)]
)
def test_solid_angles_fill_the_sphere_at_every_level(units: int, traits: int) -> None:
    w = weights(units, traits, 3)
    found = cells(w)
    share = dict(zip(found, solid_angles(w, found), strict=True))
    for level in range(1, traits + 1):
        total = sum(part for order, part in share.items() if len(order) == level)
        assert total == pytest.approx(1, abs=1e-3 if units > 3 else 1e-9)


def test_solid_angles_are_the_frequencies_of_random_directions() -> None:
    w = weights(3, 5, 4)
    found = [order for order in cells(w) if len(order) == 2]
    u = np.random.default_rng(5).normal(size=(400_000, 3))
    first = np.argsort(-(u @ w), axis=1)[:, :2]
    counted = [(first == np.array(order)).all(axis=1).mean() for order in found]
    assert np.abs(solid_angles(w, found) - counted).max() < 4 * np.sqrt(0.25 / len(u))


def test_turning_by_the_distance_reaches_the_border_and_no_more() -> None:
    w = weights(3, 5, 6)
    u = np.random.default_rng(7).normal(size=(500, 3))
    u /= np.linalg.norm(u, axis=1, keepdims=True)
    border = nearest_border(w, u)
    assert (border.degrees > 0).all()
    first = np.argmax(u @ w, axis=1)
    normal = w.T[first] - w.T[border.behind]
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    away = normal - (normal * u).sum(axis=1, keepdims=True) * u
    away /= np.linalg.norm(away, axis=1, keepdims=True)
    for share, same in ((0.99, True), (1.01, False)):
        turn = np.radians(share * border.degrees)[:, None]
        moved = np.argmax((np.cos(turn) * u - np.sin(turn) * away) @ w, axis=1)
        assert (moved == (first if same else border.behind)).all()
    # No direction of another trait is nearer.
    random = np.random.default_rng(8).normal(size=(500, 200, 3)) * 0.05 + u[:, None]
    random /= np.linalg.norm(random, axis=2, keepdims=True)
    other = np.argmax(random @ w, axis=2) != first[:, None]
    apart = np.degrees(np.arccos(np.clip((random * u[:, None]).sum(axis=2), -1, 1)))
    assert (
        apart[other] >= np.broadcast_to(border.degrees[:, None], apart.shape)[other] - 1e-9
    ).all()


def test_beside_great_circles_the_first_trait_is_never_behind_its_own_border() -> None:
    w, random = weights(3, 5, 6), np.random.default_rng(7)
    u = random.normal(size=(2000, 3))
    u /= np.linalg.norm(u, axis=1, keepdims=True)
    shift = np.broadcast_to(0.2 * random.normal(size=5), (2000, 5))
    border, first = nearest_border(w, u, shift), np.argmax(u @ w + shift, axis=1)
    assert (border.degrees >= 0).all() and (border.behind != first).all()
    assert (first != np.argmax(u @ w, axis=1)).any()
    normal = w.T[first] - w.T[border.behind]
    away = normal - (normal * u).sum(axis=1, keepdims=True) * u
    away /= np.linalg.norm(away, axis=1, keepdims=True)
    for share, same in ((0.99, True), (1.01, False)):
        turn = np.radians(share * border.degrees)[:, None]
        moved = np.argmax((np.cos(turn) * u - np.sin(turn) * away) @ w + shift, axis=1)
        assert (moved == (first if same else border.behind)).all()


def test_an_unknown_direction_and_a_single_trait_have_no_border() -> None:
    border = nearest_border(weights(3, 4), np.full((2, 3), np.nan))
    assert np.isnan(border.degrees).all() and (border.behind == -1).all()
    assert nearest_border(weights(3, 1), np.eye(3)).behind.tolist() == [-1, -1, -1]


def test_one_unit_has_no_degrees_and_what_the_other_direction_gives_is_behind() -> None:
    w = np.array([[0.2, 0.5, -0.4]])
    border = nearest_border(w, np.array([[1.0], [-1.0]]))
    assert np.isnan(border.degrees).all() and border.behind.tolist() == [2, 1]
    # So near the neutral state, the part of the bias that no state reaches decides on both sides.
    held = nearest_border(w, np.array([[1.0]]), np.array([[9.0, 0.0, 0.0]]))
    assert held.behind.tolist() == [-1]


def test_a_bias_off_the_weights_makes_more_orders_within_the_cube() -> None:
    w = weights(2, 4, 9)
    reached = np.array([0.2, -0.1]) @ w
    assert np.abs(residual_bias(w, reached)).max() < 1e-12
    off = residual_bias(w, np.random.default_rng(10).normal(size=4))
    assert np.abs(off @ np.linalg.pinv(w)).max() < 1e-12 < np.abs(off).max()
    assert len([c for c in cells(w, 0.1 * off) if len(c) == 4]) > cover_count(4, 2)


def test_the_table_lists_every_order_and_counts_every_customer_at_every_level() -> None:
    w, traits = weights(3, 5, 11), list("abcde")
    outputs = np.random.default_rng(12).normal(size=(400, 3)) @ w
    table = cell_table(w, np.zeros(5), traits, outputs, 0.01)
    whole = table[table["level"] == 5]
    assert len(whole) == 120 and whole["exists"].sum() == cover_count(5, 3) == 72
    assert table["order"].is_unique
    for _, level in table.groupby("level"):
        assert level["customers"].sum() == 400
        assert level["solid_angle"].sum() == pytest.approx(1)
    occupied = table["customers"] > 0
    assert table.loc[occupied, "exists"].all()
    assert (table.loc[~table["exists"], "solid_angle"] == 0).all()
    inner = table[table["level"] > 1].groupby("parent")["customers"].sum()
    outer = table.set_index("order")["customers"]
    assert (inner == outer[inner.index]).all()


def test_where_the_bias_is_large_no_solid_angle_stands_for_a_cell() -> None:
    w = weights(2, 4, 13)
    bias = residual_bias(w, np.array([1.0, -1.0, 0.5, 0.0]))
    outputs = np.random.default_rng(14).uniform(-1, 1, (300, 2)) @ w + bias
    table = cell_table(w, bias, list("abcd"), outputs, 0.01)
    assert table["solid_angle"].isna().all()
    assert table.loc[table["customers"] > 0, "exists"].all()
