"""The monitor on the files of a small world: no drift, planted drift, and periods that are hard to compare."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from synthetic import HOSTILE, World

from spendscape.config.monitor import Monitor
from spendscape.core.errors import DataError
from spendscape.core.json import to_json
from spendscape.core.parquet import PARQUET, table
from spendscape.core.text import NEEDS_TWO_TRAITS, NEEDS_TWO_UNITS
from spendscape.evaluation.drift import ALARM, NOT_MEASURED
from spendscape.evaluation.drift_data import (
    CHUNK,
    Exchange,
    drift_table,
    last_step_table,
    read_period,
    totals,
    unknown_classes,
)
from spendscape.evaluation.drift_totals import exchanged
from spendscape.network.trajectories import trajectories
from spendscape.pages.report.drift import plain
from spendscape.running.job import namespace
from spendscape.segments.training_range import fit_range

SETTINGS: Any = namespace(Monitor().model_dump() | {"draws": 200})


def finished(folder: Path, **kind: Any) -> tuple[World, dict[str, Any]]:
    """A world as a finished run, and its files as the monitor names them; the new period is the same."""
    world = World(N=200, recent_window=False, **kind)
    world.write(folder)
    (folder / "segments/naming.json").write_text(json.dumps(world.naming))
    inside = fit_range(world.spending.mean(axis=1, dtype=np.float64), 0.99)
    (folder / "explain/range.json").write_text(to_json({"range": vars(inside)}))
    files: dict[str, Any] = {
        "weights": folder / "model/weights.json",
        "naming": folder / "segments/naming.json",
        "range": folder / "explain/range.json",
        "monthly": write_monthly(folder, world.customers, world.classes),
    }
    for prefix in ("trained_", ""):
        files |= {
            f"{prefix}spending": [str(folder / "tensors/spending.parquet")],
            f"{prefix}states": [str(folder / "states/long.parquet")],
            f"{prefix}fixed_points": str(folder / "dynamics/fixed_points.parquet"),
        }
    return world, files


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> tuple[World, dict[str, Any]]:
    return finished(tmp_path_factory.mktemp("finished"))


def write_monthly(folder: Path, customers: list[str], classes: list[str]) -> str:
    rows = [(name, kind, 10.0) for name in customers for kind in classes]
    path = folder / "monthly.parquet"
    columns = dict(zip(("customer_id", "class", "amount"), zip(*rows, strict=True), strict=True))
    pq.write_table(pa.table({name: list(values) for name, values in columns.items()}), path)
    return str(path)


def new_period(world: World, folder: Path, spending: Any, customers: Any = None) -> dict[str, Any]:
    """The files of a new period with other spending, of the world's customers or of others."""
    ids = list(world.customers if customers is None else customers)
    states, _ = trajectories(world.weights.cell, spending)
    columns = {
        "spending": {"customer_id": ids, "spending": spending, "total": world.total[: len(ids)]},
        "states": {"customer_id": ids, "state": states.astype(np.float32)},
        "fixed_points": {"customer_id": ids, "state": world.found.state[: len(ids)]},
    }
    for name, own in columns.items():
        pq.write_table(table(own), folder / f"new_{name}.parquet", **PARQUET)
    paths = {name: str(folder / f"new_{name}.parquet") for name in columns}
    return paths | {name: [paths[name]] for name in ("spending", "states")}


def verdicts(found: pd.DataFrame) -> dict[tuple[str, str], str]:
    return {(row["what"], row["of"]): row["verdict"] for _, row in found.iterrows()}


def by_name(found: pd.DataFrame) -> dict[str, Any]:
    """The last row of each name."""
    return {row["what"]: row for row in found.to_dict("records")}


def test_the_same_period_has_not_drifted_and_nobody_is_named(
    tmp_path: Path, known: tuple[World, dict[str, Any]]
) -> None:
    _, files = known
    found = drift_table(files, SETTINGS, 3, 30, 1)
    assert set(found["verdict"]) <= {"ok", "shown", NOT_MEASURED}
    compared = found[found["what"] != "outside_training_range"]
    zero = compared[compared["threshold"].notna() & compared["value"].notna()]
    assert np.abs(zero["value"]).max() < 1e-9
    # The page has a name in plain English for each, and does not show it as the file has it.
    names = set(found["what"])
    assert len(names) > 20 and not [name for name in names if plain(name) == name.replace("_", " ")]
    text = found.to_csv(index=False)
    assert not [name for name in [*HOSTILE, "c00001"] if name in text]
    pd.testing.assert_frame_equal(found, drift_table(files, SETTINGS, 3, 30, 1))


def test_spending_that_moved_is_an_alarm_of_its_two_classes(
    tmp_path: Path, known: tuple[World, dict[str, Any]]
) -> None:
    world, files = known
    spending = world.spending.copy()
    giving = int(spending.mean(axis=(0, 1)).argmax())
    taking = int(spending.mean(axis=(0, 1)).argmin())
    moved = 0.5 * spending[..., giving]
    spending[..., giving] -= moved
    spending[..., taking] += moved
    found = drift_table(files | new_period(world, tmp_path, spending), SETTINGS, 3, 30, 1)
    rows = found[(found["what"] == "classes_by_customer_change") & (found["verdict"] == ALARM)]
    assert set(rows["of"]) == {world.classes[giving], world.classes[taking]}
    points = 100 * float(moved.mean(dtype=np.float64))
    assert np.allclose(np.abs(rows["value"]), points, atol=1e-3)
    assert ((rows["low"] < rows["value"]) & (rows["value"] < rows["high"])).all()
    money = found[(found["what"] == "classes_by_money_change") & (found["verdict"] == ALARM)]
    assert set(money["of"]) == set(rows["of"])
    # The fixed points were left as they were.
    assert verdicts(found)["mean_fixed_point_moved", ""] == "ok"


def test_other_customers_are_compared_without_what_needs_the_same(
    tmp_path: Path, known: tuple[World, dict[str, Any]]
) -> None:
    world, files = known
    others = sorted(f"d{k:05d}" for k in range(150))
    new = new_period(world, tmp_path, world.spending[:150], others)
    found = drift_table(files | new, SETTINGS, 3, 30, 1, "windows of other lengths")
    judged = verdicts(found)
    # That a window is left out is told, and is no alarm.
    last = found.iloc[-1]
    told = ["recent_window", "recent", NOT_MEASURED, "windows of other lengths"]
    assert last[["what", "window", "verdict", "note"]].tolist() == told
    assert judged["label_flips", ""] == judged["customers_turned", ""] == NOT_MEASURED
    assert judged["classes_by_customer_stability_index", ""] == "ok"
    assert ALARM not in set(found["verdict"])


def test_a_period_of_a_few_customers_is_refused(
    tmp_path: Path, known: tuple[World, dict[str, Any]]
) -> None:
    world, files = known
    new = new_period(world, tmp_path, world.spending[:29], world.customers[:29])
    with pytest.raises(DataError, match=r"29 customers.*minimum_customers"):
        drift_table(files | new, SETTINGS, 3, 30, 1)


def test_classes_that_are_unknown_new_or_gone_are_counted(
    tmp_path: Path, known: tuple[World, dict[str, Any]]
) -> None:
    world, files = known
    spending = world.spending.copy()
    spending[..., 1] += spending[..., 0]
    spending[..., 0] = 0
    new = new_period(world, tmp_path, spending)
    monthly = write_monthly(tmp_path, world.customers, [*world.classes, "drones"])
    names, money, users, whole = unknown_classes(monthly, world.classes)
    assert (names, money.tolist(), users.tolist()) == (["drones"], [2000.0], [200])
    assert whole == 2000.0 * (world.C + 1)
    found = by_name(drift_table(files | new | {"monthly": monthly}, SETTINGS, 3, 30, 1))
    assert np.isclose(found["unknown_classes"]["value"], 1 / (world.C + 1))
    assert "drones" in found["unknown_classes"]["note"]
    assert world.classes[0] in found["vanished_classes"]["note"]
    assert found["vanished_classes"]["verdict"] == ALARM
    back = {f"trained_{name}": new[name] for name in ("spending", "states", "fixed_points")}
    found = by_name(drift_table(files | back, SETTINGS, 3, 30, 1))
    assert world.classes[0] in found["new_classes"]["note"]


def test_one_unit_and_one_trait_are_monitored_without_angles(tmp_path: Path) -> None:
    _, files = finished(tmp_path, M=1, P=1)
    found = by_name(drift_table(files, SETTINGS, 3, 30, 1))
    assert found["mean_direction_turned"]["note"] == NEEDS_TWO_UNITS
    assert found["customers_turned"]["note"] == NEEDS_TWO_UNITS
    assert found["labels"]["note"] == found["label_flips"]["note"] == NEEDS_TWO_TRAITS
    assert ALARM not in {row["verdict"] for row in found.values()}


def test_sums_of_row_groups_are_the_sums_of_all(
    tmp_path: Path, known: tuple[World, dict[str, Any]]
) -> None:
    world, files = known
    period = read_period(
        files["spending"][0], files["states"][0], files["fixed_points"], world.weights
    )
    codes = np.arange(world.N, dtype=np.int64) % 3
    others = np.array(sorted(f"d{k:05d}" for k in range(100)), dtype=object)
    exchange = Exchange([period.customers, others], 20, 1)
    found = totals(period, codes, 3, exchange, 0)
    whole = np.ones((world.N, 1), dtype=bool)
    kept = np.concatenate([whole, exchange.kept(0, slice(None))], axis=1).astype(float)
    mean = world.spending.mean(axis=1, dtype=np.float64)
    money = (world.spending.astype(np.float64) * world.total[:, :, None]).sum(axis=1)
    assert np.allclose(found.shares, kept.T @ mean, rtol=1e-5)
    assert np.allclose(found.money, kept.T @ money, rtol=1e-5)
    assert np.allclose(found.money[0], money.sum(axis=0), rtol=1e-12)
    assert np.allclose(found.direction, kept.T @ period.direction, atol=1e-3)
    first = np.bincount(world.outputs.argmax(axis=1), minlength=world.P)
    assert np.allclose(found.labels[0], first)
    assert np.allclose(found.segments[:, 1], kept[codes == 1].sum(axis=0))
    assert np.allclose(found.customers, kept.sum(axis=0))
    # Nobody is lost by the exchange.
    one, two = exchanged(found, found)
    assert np.allclose(one.shares[1:] + two.shares[1:], 2 * found.shares[0])
    assert (one.shares[0] == found.shares[0]).all() and (one.users == found.users).all()


def test_who_is_in_both_periods_changes_places_with_itself() -> None:
    names = np.array([f"c{k:06d}" for k in range(2 * CHUNK)], dtype=object)
    periods = [names[: CHUNK + 5], names[CHUNK - 5 :]]
    exchange = Exchange(periods, 400, 1)
    before, now = (exchange.kept(k, slice(None)) for k in range(2))
    assert (before[-10:] ^ now[:10]).all()
    share = len(periods[0]) / (len(periods[0]) + len(periods[1]))
    assert abs(before[:-10].mean() - share) < 0.002 and abs(now[10:].mean() - share) < 0.002
    # In parts and again it is the same.
    again = Exchange(periods, 400, 1)
    assert (again.kept(1, slice(CHUNK - 3, CHUNK + 3)) == now[CHUNK - 3 : CHUNK + 3]).all()
    assert (again.kept(0, slice(0, 7)) == before[:7]).all()


def test_the_last_step_is_compared_as_two_periods_of_that_step_are(
    tmp_path: Path, known: tuple[World, dict[str, Any]]
) -> None:
    world, files = known
    spending, total = world.spending.copy(), world.total
    giving = int(spending.mean(axis=(0, 1)).argmax())
    spending[:, -1, giving] *= 0.5
    spending[:, -1] /= spending[:, -1].sum(axis=1, keepdims=True)
    states, _ = trajectories(world.weights.cell, spending)
    own: dict[str, Any] = {}
    for name, steps in (("whole", slice(None)), ("trained_", slice(-2, -1)), ("", slice(-1, None))):
        part = {"customer_id": list(world.customers)}
        tensors = part | {"spending": spending[:, steps], "total": total[:, steps]}
        pq.write_table(table(tensors), tmp_path / f"{name}s.parquet", **PARQUET)
        ends = part | {"state": states[:, steps].astype(np.float32)}
        pq.write_table(table(ends), tmp_path / f"{name}x.parquet", **PARQUET)
        own[f"{name}spending"] = [str(tmp_path / f"{name}s.parquet")]
        own[f"{name}states"] = [str(tmp_path / f"{name}x.parquet")]
    two = drift_table(files | own, SETTINGS, 3, 30, 1)
    one = {name: str(files[name]) for name in ("weights", "naming")}
    one |= {name: own[f"whole{name}"][0] for name in ("spending", "states")}
    found = last_step_table(one, SETTINGS, 3, 30, 1)
    assert set(found["window"]) == {"last step"} and len(found) > 20
    alarms = found[(found["what"] == "classes_by_customer_change") & (found["verdict"] == ALARM)]
    assert world.classes[giving] in set(alarms["of"])
    shared = ["what", "of", "value", "low", "high", "verdict"]
    expected = two[two["what"].isin(set(found["what"]))]
    pd.testing.assert_frame_equal(
        found[shared].reset_index(drop=True), expected[shared].reset_index(drop=True)
    )
    missing = {"finished_run", "new_period", "unknown_classes", "outside_training_range"}
    fixed_points = {"customers_moved", "mean_fixed_point_moved"}
    assert set(two["what"]) - set(found["what"]) == missing | fixed_points


def test_the_last_step_of_a_few_customers_is_not_measured(
    known: tuple[World, dict[str, Any]],
) -> None:
    _, files = known
    one = {name: str(files[name]) for name in ("weights", "naming")}
    one |= {name: files[name][0] for name in ("spending", "states")}
    found = last_step_table(one, SETTINGS, 3, 201, 1)
    assert found["verdict"].tolist() == [NOT_MEASURED]
    assert "fewer than 201 customers" in found["note"].iloc[0]
