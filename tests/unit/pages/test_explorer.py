"""The explorer's page: its data, hostile ids, other shapes, and that it asks nobody for anything."""

import base64
import hashlib
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from explorer_world import payload, unpacked
from synthetic import HOSTILE, World

import spendscape.pages
from spendscape.pages import explorer
from spendscape.pages.card_names import file_name
from spendscape.pages.explorer_templates import TEMPLATES

SHAPES: list[dict[str, Any]] = [
    {"P": 4, "C": 7, "recent_window": False}, {"M": 1}, {"M": 2, "P": 2}, {"M": 4}, {"P": 1},
]  # fmt: skip


@pytest.fixture(scope="module")
def world() -> World:
    return World(N=60)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the files of the world stay."""
    return tmp_path_factory.mktemp("world")


def inside(page: str, name: str) -> str:
    found = re.search(rf'<script type="[a-z/]+" id="{name}">(.*?)</script>', page, re.DOTALL)
    assert found is not None
    return found[1]


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_data_come_back_from_the_page(shape: dict[str, Any], tmp_path: Path) -> None:
    world = World(N=60, **shape)
    page = explorer.page(payload(world, tmp_path))
    data = json.loads(inside(page, "data"))
    shown = unpacked(data["columns"], inside(page, "packed"))
    assert shown["id"] == world.customers and set(HOSTILE) < set(shown["id"])
    assert len(data["attractors"]) == len(data["axes"]) == world.P
    units = explorer.widest(world.long_states[:, -1])
    assert data["seen"] == units.tolist()
    for (start, end), axis in zip(data["axes"], world.inverse.axes, strict=True):
        np.testing.assert_allclose(np.subtract(end, start)[: len(units)], axis[units], atol=2e-4)
    assert {world.customers[int(k)]: name for k, name in data["files"].items()} == {
        name: file_name(name) for name in world.customers if file_name(name) != name
    }
    degrees = pq.read_table(tmp_path / "segments/segments.parquet")["border_degrees"].to_numpy()
    np.testing.assert_allclose(shown["border_degrees"], degrees, rtol=1e-6)
    # What the page computes of the states, as its script does.
    last = shown["state_long"].reshape(world.T, world.M, 60)[-1].T
    made = last @ np.array(data["output"]) + np.array(data["bias"])
    np.testing.assert_allclose(made, world.outputs, atol=1e-3)
    if world.M < 3:
        assert data["globe"] is None
    else:
        away = (last - data["origin"]) @ np.array(data["globe"]["frame"]).T
        first = np.argmax(away @ np.array(data["globe"]["weights"]), axis=1)
        assert np.mean(first == shown["level"][:60]) >= (0.95 if world.M == 3 else 0.5)
        assert len(data["globe"]["borders"]) == min(3, world.P - 1)


def test_borders_of_a_level_part_its_cells(world: World, folder: Path) -> None:
    globe = payload(world, folder)["globe"]
    weights = np.array(globe["weights"])
    for level, arcs in enumerate(globe["borders"]):
        for arc in arcs:
            ordered = np.sort(np.array(arc) @ weights, axis=1)[:, ::-1]
            np.testing.assert_allclose(ordered[:, level], ordered[:, level + 1], atol=2e-3)


def test_rays_of_two_units_are_all_places_where_the_order_changes() -> None:
    output = np.random.default_rng(5).normal(size=(2, 4))
    around = np.linspace(0, 2 * np.pi, 20001)
    orders = np.argsort(-np.c_[np.cos(around), np.sin(around)] @ output, axis=1, kind="stable")
    for level, found in enumerate(explorer.rays(output)):
        before = orders[:, : level + 1]
        changes = np.flatnonzero((before[1:] != before[:-1]).any(axis=1))
        drawn = [ray for rays in explorer.rays(output)[: level + 1] for ray in rays]
        seen = np.sort(np.mod([np.arctan2(y, x) for x, y in drawn], 2 * np.pi))
        assert found
        np.testing.assert_allclose(np.sort(around[changes]), seen, atol=1e-3)
    assert explorer.rays(output[:, :1]) == []


def test_of_many_units_those_in_which_states_differ_most_are_drawn() -> None:
    states = np.random.default_rng(1).normal(size=(50, 5)) * [3, 1, 5, 0.1, 4]
    states[0] = np.nan
    assert explorer.widest(states).tolist() == [0, 2, 4]
    assert explorer.widest(states[:, :2]).tolist() == [0, 1]


def test_no_text_leaves_its_script_element(world: World, folder: Path) -> None:
    evil = "</script><script>alert(2)</script>\u2028\u2029&amp;"
    page = explorer.page(payload(world, folder, results=evil))
    assert page.count("</script>") == 3
    assert "alert(1)" not in page and "alert(2)</" not in page
    text = explorer.embedded(evil)
    assert not set("<>&\u2028\u2029") & set(text)
    assert json.loads(text) == evil


def test_the_policy_names_the_one_script_by_its_digest(world: World, folder: Path) -> None:
    page = explorer.page(payload(world, folder))
    script = page.rpartition("<script>")[2].partition("</script>")[0]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"default-src 'none'; script-src 'sha256-{digest}'" in page
    assert "unsafe-eval" not in page and "innerHTML" not in page
    addresses = re.findall(r"(?:https?:)?//[a-z.]+/[^\s\"']*|@import|<link", page)
    assert set(addresses) <= {"http://www.w3.org/2000/svg"}


def test_a_customer_without_a_known_fixed_point_has_none(tmp_path: Path) -> None:
    values = payload(World(N=40, unknown=3), tmp_path)
    shown = unpacked(values["columns"], values["packed"])
    assert values["verdicts"][int(shown["verdict"][0])] == "none was found"
    assert (shown["label"][:3] == -1).all()
    ends = shown["end"].reshape(3, 40).T
    assert np.isnan(ends[:3]).all() and np.isfinite(ends[3:]).all()
    assert "NaN" not in explorer.embedded(values) and "Infinity" not in explorer.embedded(values)


def test_customers_without_measured_traits_have_none_on_the_page(tmp_path: Path) -> None:
    world = World(N=60, measured=0.8)
    values = payload(world, tmp_path)
    shown = unpacked(values["columns"], values["packed"])["value"].reshape(world.P, 60).T
    unknown = np.isnan(world.values).any(axis=1)
    assert unknown.any() and values["source"] == "as measured"
    np.testing.assert_array_equal(np.isnan(shown).any(axis=1), unknown)
    assert "The traits were measured" in values["meaning"]


def test_every_file_of_the_page_is_listed() -> None:
    folder = Path(spendscape.pages.__file__).parent / "templates"
    found = {f"explorer/{path.name}" for path in (folder / "explorer").iterdir()}
    assert found == set(TEMPLATES) and len(TEMPLATES) == len(found)
