"""What the explorer shows, as it is read from the results files."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from explorer_world import payload, unpacked
from synthetic import World

from spendscape.pages import explorer, explorer_files
from spendscape.pages.packed import STEP


def columns(values: Any) -> Any:
    return unpacked(values["columns"], values["packed"])


@pytest.fixture(scope="module")
def world() -> World:
    return World(N=120)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the files of the world stay."""
    return tmp_path_factory.mktemp("world")


def test_customers_come_with_their_own_rows(world: World, folder: Path) -> None:
    values = payload(world, folder, most=7)
    shown, rows = columns(values), np.linspace(0, 119, 7).astype(int)
    assert shown["id"] == [world.customers[row] for row in rows]
    assert sorted([*shown["id"], *shown["other"]]) == sorted(world.customers)
    assert (values["total"], values["drawn"], values["traits"]) == (120, 7, world.traits)
    close: dict[str, Any] = {"atol": STEP / 2 + 1e-9}
    np.testing.assert_allclose(shown["end"].reshape(-1, 7).T, world.found.state[rows], **close)
    np.testing.assert_allclose(shown["value"].reshape(-1, 7).T, world.values[rows], **close)
    paths = shown["state_long"].reshape(world.T, world.M, 7).transpose(2, 0, 1)
    np.testing.assert_allclose(paths, world.long_states[rows], **close)
    assert [world.traits[int(k)] for k in shown["label"]] == world.labels[rows].tolist()
    places = shown["level"].reshape(-1, 7).T.astype(int)
    np.testing.assert_array_equal(np.array(world.traits)[places], world.levels[rows])
    names = [values["segments"][int(k)] for k in shown["segment"]]
    assert names == [" > ".join(world.levels[row, :3]) for row in rows]
    assert values["windows"]["long"] == [str(year) for year in range(2019, 2025)]
    assert values["windows"]["recent"][-1] == "Nov 2024 to Dec 2024"


def test_the_recent_window_and_movers_are_of_their_customers(world: World, folder: Path) -> None:
    shown, movers = columns(payload(world, folder)), world._movers()
    recent = shown["state_recent"].reshape(world.T, world.M, 120).transpose(2, 0, 1)
    here = np.isin(world.customers, world.recent_customers)
    assert np.isnan(recent[~here]).all()
    np.testing.assert_allclose(recent[here], world.recent_states, atol=STEP)
    code = dict(zip(world.customers, shown["mover"].astype(int), strict=True))
    assert 0 < len(movers) < 120
    for row in movers.to_dict("records"):
        wanted = explorer.LIKELY if row["likely"] else explorer.CHANGED
        assert code.pop(row["customer_id"]) == wanted
    rest = {explorer.UNCHANGED if name in world.recent_customers else explorer.NO_WINDOW for name in code}  # fmt: skip
    assert set(code.values()) == rest


def test_the_largest_classes_of_spending_and_of_the_margin(world: World, folder: Path) -> None:
    shown, mean = columns(payload(world, folder)), world.spending.mean(axis=1, dtype=float)
    places = shown["spent"].reshape(explorer_files.CLASSES, 120).T.astype(int)
    np.testing.assert_array_equal(places[:, 0], mean.argmax(axis=1))
    shares = shown["spent_share"].reshape(-1, 120).T
    np.testing.assert_allclose(shares, np.sort(mean, axis=1)[:, ::-1][:, :4], atol=STEP)
    decided = np.abs(shown["decided_value"].reshape(-1, 120).T)
    assert (np.diff(decided, axis=1) <= STEP).all()


def test_ids_that_can_be_found_are_so_many(
    world: World, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(explorer_files, "LISTED", 5)
    assert len(columns(payload(world, folder, most=10))["other"]) == 5


def test_without_names_there_are_no_ids_classes_or_order_of_theirs(
    world: World, folder: Path
) -> None:
    values = payload(world, folder, most=100, named=False)
    shown = columns(values)
    assert shown["id"] == [str(k + 1) for k in range(100)] and shown["other"] == []
    assert values["files"] == {} and values["shown"] == {"spent": 0, "decided": 0}
    named = columns(payload(world, folder, most=100))
    count = named["state_long"].size // 100
    own, other = (part["state_long"].reshape(count, 100) for part in (named, shown))
    # The same customers, each with its own columns, by their states and not by their ids.
    order = np.lexsort(own[-world.M :])
    assert (order != np.arange(100)).any()
    np.testing.assert_allclose(other, own[:, order], atol=2 * STEP)
    np.testing.assert_allclose(shown["margin"], named["margin"][order])
    np.testing.assert_array_equal(shown["mover"], named["mover"][order])
    text = explorer.page(values)
    data = json.dumps(shown, default=str)
    assert not [name for name in world.customers if name in text or f'"{name}"' in data]
