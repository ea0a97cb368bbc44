"""The table of the segments, against pandas over a made-up population."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from spendscape.segments.naming import published_orders
from spendscape.segments.profiles import (
    LISTED,
    Members,
    exemplars,
    segment_table,
    spending_of,
)

TRAITS, CLASSES = ["calm", "bold", "open"], [f"class {k}" for k in range(20)]


@pytest.fixture(scope="module")
def world() -> dict[str, Any]:
    """400 customers whose second class is larger for the calm; three orders are rare."""
    random = np.random.default_rng(4)
    outputs = random.normal([0.5, 0.2, 0], size=(400, 3))
    ranks = np.argsort(-outputs, axis=1)
    levels = np.array(TRAITS)[ranks]
    money = random.gamma(1, 10, size=(400, 3, 20))
    money[:, :, 1] *= np.where(levels[:, 0] == "calm", 6, 1)[:, None]
    total = money.sum(axis=2)
    recent = levels.copy()
    recent[::4] = ""
    recent[1::4] = levels[1::4][:, ::-1]
    members = Members(
        levels,
        np.where(random.uniform(size=400)[:, None] < 0.2, levels[:, ::-1], levels),
        recent,
        random.uniform(size=400) < 0.3,
        random.exponential(size=400),
        outputs / np.linalg.norm(outputs, axis=1, keepdims=True),
        np.where(np.arange(400)[:, None] % 9, outputs, np.nan),
    )
    named = published_orders(levels, 20)
    fractions = (money / total[:, :, None]).astype(np.float32)
    parts = [(fractions[:150], total[:150]), (fractions[150:], total[150:])]
    spending = spending_of(parts, members.finest()[1], 6)
    cells = pd.DataFrame({"order": named, "solid_angle": np.linspace(0.1, 0.9, len(named))})
    attractors = {
        "traits": {
            name: {"locations": [{"position": np.eye(3)[k].tolist()}]} if k else {"customers": 0}
            for k, name in enumerate(TRAITS)
        }
    }
    table, profiles = segment_table(members, spending, named, cells, attractors, CLASSES, "£")
    return {
        "members": members, "named": named, "table": table, "profiles": profiles, "cells": cells,
        "money": money.sum(axis=1) / 1.5, "fractions": fractions.mean(axis=1, dtype=float),
    }  # fmt: skip


def inside(world: dict[str, Any], name: str) -> Any:
    """Who is in a segment, by text."""
    whole = pd.Series([" > ".join(row) for row in world["members"].levels])
    return (whole + " > ").str.startswith("" if name == "(all)" else f"{name} > ").to_numpy()


def test_every_named_segment_but_those_of_the_last_level_is_a_row(world: dict[str, Any]) -> None:
    table = world["table"]
    assert sorted(table["segment"]) == sorted(n for n in world["named"] if n.count(">") < 2)
    for row in table.to_dict("records"):
        who, members = inside(world, row["segment"]), world["members"]
        assert row["customers"] == who.sum() >= 20
        assert row["share"] == pytest.approx(who.mean())
        assert row["parent_share"] == pytest.approx(who.sum() / inside(world, row["parent"]).sum())
        assert row["neutral"] == pytest.approx(members.neutral[who].mean())
        assert row["margin"] == pytest.approx(np.median(members.margin[who]))
        level = row["level"]
        was = np.array([" > ".join(n[:level]) == row["segment"] for n in members.before])
        assert row["stayed"] == pytest.approx(who[was].mean())
        assert row["stayed_low"] < row["stayed"] < row["stayed_high"]
        now = np.array([" > ".join(n[:level]) == row["segment"] for n in members.recent])
        known = who & (members.recent[:, 0] != "")
        assert row["recent"] == pytest.approx(now[known].mean())


def test_customers_of_smaller_segments_count_in_the_parent(world: dict[str, Any]) -> None:
    table = world["table"]
    for row in table.to_dict("records"):
        children = table.loc[table["parent"] == row["segment"], "customers"].sum()
        assert row["unnamed"] == (row["customers"] - children if row["level"] == 1 else 0)


def test_profiles_are_means_over_the_customers_of_the_segment_and_the_parent(
    world: dict[str, Any],
) -> None:
    profiles, table = world["profiles"], world["table"].set_index("segment")
    assert profiles.groupby("segment").size().eq(min(LISTED, 20)).all()
    for row in profiles.to_dict("records"):
        k, who = CLASSES.index(row["class"]), inside(world, row["segment"])
        parent = inside(world, table.loc[row["segment"], "parent"])
        share, money = world["fractions"][:, k], world["money"][:, k]
        assert row["share"] == pytest.approx(share[who].mean())
        assert row["money"] == pytest.approx(money[who].mean(), rel=1e-6)
        assert row["parent_money"] == pytest.approx(money[parent].mean(), rel=1e-6)
        effect = (share[who].mean() - share[parent].mean()) / share[parent].std()
        assert row["effect"] == pytest.approx(effect, rel=1e-6)
    assert table.loc["calm", "more"].startswith("class 1 ")
    assert "class 1 " not in table.loc["calm", "less"]
    assert all("class 1 " in table.loc[name, "less"] for name in ("bold", "open"))


def test_what_sets_a_segment_apart_is_large_sure_and_shows_in_the_money() -> None:
    """Of 400 customers those in the first half, in pairs of classes: more of both, of the share alone, of nothing."""
    random = np.random.default_rng(1)
    first = np.arange(400) < 200
    shares = np.full((400, 8), 1.0) + random.normal(scale=0.05, size=(400, 8))
    shares[:, 0] += 0.3 * first
    # A difference of .05 deviations is sure with more customers, and nothing that anyone would see.
    shares[:, 1] += 0.0025 * first
    shares /= shares.sum(axis=1, keepdims=True)
    # Who spends half as much spends less money on the class that takes a larger share.
    for total, wanted in ((np.full(400, 1000.0), "class 0"), (np.where(first, 500.0, 1000.0), "")):
        names = np.where(first, "calm", "bold")[:, None]
        levels = np.concatenate([names, np.where(first, "bold", "calm")[:, None]], axis=1)
        nothing = np.full((400, 1), np.nan)
        members = Members(levels, None, None, first, nothing[:, 0], nothing, nothing)
        parts = [(shares[:, None].astype(np.float32), total[:, None])]
        spending = spending_of(parts, members.finest()[1], 12)
        cells = pd.DataFrame({"order": ["calm"], "solid_angle": [1.0]})
        classes = [f"class {k}" for k in range(8)]
        table, _ = segment_table(members, spending, ["calm"], cells, {"traits": {}}, classes, "£")
        more = table.iloc[0]["more"]
        assert more.split(" 1")[0] == wanted and more.count(";") == 0
        assert ("points, +£16 a year)" in more) == bool(wanted)


def test_the_nearest_attractor_is_that_of_the_mean_fixed_point(world: dict[str, Any]) -> None:
    points = world["members"].fixed_point
    for row in world["table"].to_dict("records"):
        own = points[inside(world, row["segment"])]
        away = np.linalg.norm(np.nanmean(own, axis=0) - np.eye(3)[1:], axis=1)
        assert row["attractor"] == TRAITS[1 + away.argmin()]
        assert row["attractor_distance"] == pytest.approx(away.min())


def test_exemplars_are_nearest_to_the_middle(world: dict[str, Any]) -> None:
    ids = np.array([f"c{k}" for k in range(400)])
    found = exemplars(world["members"], world["named"], ids)
    directions = world["members"].directions
    for name, rows in found.groupby("segment"):
        who = np.flatnonzero(inside(world, str(name)))
        middle = directions[who].sum(axis=0)
        nearest = who[np.argsort(-(directions[who] @ middle))[:3]]
        assert rows["customer_id"].tolist() == ids[nearest].tolist()
        assert rows["degrees"].is_monotonic_increasing


def test_one_trait_one_step_and_no_recent_window() -> None:
    levels = np.full((6, 1), "calm")
    members = Members(
        levels, None, None, np.zeros(6, dtype=bool), np.full(6, np.nan),
        np.full((6, 1), np.nan), np.full((6, 1), np.nan),
    )  # fmt: skip
    spending = spending_of([(np.full((6, 1, 2), 0.5), np.ones((6, 1)))], np.zeros(6, int), 12)
    cells = pd.DataFrame({"order": ["calm"], "solid_angle": [1.0]})
    table, profiles = segment_table(
        members, spending, ["calm"], cells, {"traits": {}}, ["a", "b"], ""
    )
    row = table.iloc[0]
    assert row["customers"] == 6 and np.isnan(row["stayed"]) and np.isnan(row["recent"])
    assert row["attractor"] == "" and row["more"] == row["less"] == "" and row["unnamed"] == 0
    assert profiles["effect"].eq(0).all()
    assert not len(exemplars(members, ["calm"], np.array(list("abcdef"))))
