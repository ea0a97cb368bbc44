"""What movers did, on a small world written to files, against loops over its customers."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from synthetic import World

from spendscape.core.arrays import Floats
from spendscape.core.months import month_number
from spendscape.core.parquet import tensor_values
from spendscape.explanation.inverse_map import invert
from spendscape.segments import moves as module
from spendscape.segments.moves import described, moves_table
from spendscape.segments.names import order

LONG: Any = SimpleNamespace(steps=6, months_per_step=12)
RECENT: Any = SimpleNamespace(steps=6, months_per_step=2)


Found = tuple[World, Path, pa.Table, Floats]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Found:
    world = World()
    folder = world.write(tmp_path_factory.mktemp("moves"))
    names = np.array(world.customers)
    now = order(world.weights.outputs(world.recent_states[:, -1]), world.traits)[:, 0]
    own = dict(zip(world.recent_customers, now, strict=True))
    listed = sorted(own)[::2]
    table = pa.table(
        {
            "customer_id": listed,
            "long": [str(world.levels[names == name, 0][0]) for name in listed],
            "recent": [str(own[name]) for name in listed],
            "likely": [k % 2 == 0 for k in range(len(listed))],
        }
    )
    windows = [
        (str(folder / f"states/{window}.parquet"), str(folder / f"tensors/{file}.parquet"))
        for window, file in (("long", "spending"), ("recent", "recent"))
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "BLOCK", 7)
        return world, folder, *described(table, windows, world.weights, LONG, RECENT)


def test_each_mover_is_what_a_loop_over_the_files_finds(
    found: Found,
) -> None:
    world, folder, moved, change = found
    origin = invert(world.weights.output, world.weights.output_bias).origin

    def rows(path: str) -> dict[str, Any]:
        read = pq.read_table(folder / path)
        column = "state" if "state" in read.column_names else "spending"
        values = tensor_values(read[column]).astype(float)
        total = tensor_values(read["total"]) if column == "spending" else values
        return dict(
            zip(read["customer_id"].to_pylist(), zip(values, total, strict=True), strict=True)
        )

    states = [rows("states/long.parquet"), rows("states/recent.parquet")]
    money = [rows("tensors/spending.parquet"), rows("tensors/recent.parquet")]
    last = pq.read_table(folder / "tensors/recent.parquet")["last_month"].to_pylist()[0]
    moved_rows = moved.to_pylist()
    changes = {}
    for row in moved_rows:
        (old, old_total), (new, new_total) = (own[row["customer_id"]] for own in money)
        before = (old * old_total[:, None])[:5].mean(axis=0)
        changes[row["customer_id"]] = (new * new_total[:, None]).sum(axis=0) - before
    np.testing.assert_allclose(change, list(changes.values()), rtol=1e-5, atol=1e-6)
    usual = np.sqrt(np.square(change).mean(axis=0))
    assert len(moved_rows) > 14
    for row in moved_rows:
        ends = [own[row["customer_id"]][0] - origin for own in states]
        one, other = (path[-1] / np.linalg.norm(path[-1]) for path in ends)
        assert row["turn_degrees"] == pytest.approx(np.degrees(np.arccos(one @ other)), abs=1e-4)
        units = [away / np.linalg.norm(away) for away in ends[0]]
        turns = [
            np.degrees(np.arccos(np.clip(units[t] @ units[t + 1], -1, 1))) for t in range(3, 5)
        ]
        assert row["noise_degrees"] == pytest.approx(np.median(turns), abs=1e-4)
        own = changes[row["customer_id"]]
        most, least = (own / usual).argmax(), (own / usual).argmin()
        assert (row["more"], row["less"]) == (world.classes[most], world.classes[least])
        assert row["more_money"] == pytest.approx(own[most], rel=1e-5, abs=1e-6)
        assert row["less_money"] == pytest.approx(own[least], rel=1e-5, abs=1e-6)
        path = ends[1] + origin
        labels = [
            world.traits[k] for k in np.asarray(world.weights.outputs(path[None])[0]).argmax(axis=1)
        ]
        since = next(t for t in range(6) if set(labels[t:]) == {row["recent"]})
        if row["long"] == row["recent"] or since == 0:
            assert row["month"] is None
            continue
        months = month_number(str(last)[:7]) - month_number(str(row["month"])[:7]) + 1
        assert months == 2 * (6 - since)


def test_moves_are_counted_and_small_ones_are_not_named(found: Found) -> None:
    world, _, moved, change = found
    frame = moved.to_pandas()
    frame = frame[frame["long"] != frame["recent"]]
    counts = frame.groupby(["long", "recent"]).size()
    for minimum in (1, 2, 3):
        table = moves_table(moved, change, world.classes, minimum, "")
        left = len(frame) - table["customers"].sum()
        assert left == 0 or left >= minimum
        assert set(table["customers"]) <= set(counts[counts >= minimum])
        assert table["customers"].is_monotonic_decreasing
    first = moves_table(moved, change, world.classes, 1, "EUR").iloc[0]
    own = frame[(frame["long"] == first["from"]) & (frame["recent"] == first["to"])]
    assert first["turn_degrees"] == pytest.approx(own["turn_degrees"].median())
    assert first["likely"] == own["likely"].sum()
    mean = change[own.index].mean(axis=0)
    most = (mean / np.sqrt(np.square(change).mean(axis=0))).argmax()
    assert first["more"].split("; ")[0] == f"{world.classes[most]} {mean[most]:+,.0f} EUR a year"


def test_of_a_few_likely_movers_there_is_neither_number_nor_month(found: Found) -> None:
    world, _, moved, change = found
    many, wide = pa.concat_tables([moved] * 20), np.tile(change, (20, 1))
    table = moves_table(many, wide, world.classes, 30, "")
    counts = many.to_pandas().query("long != recent").groupby(["long", "recent"])["likely"].sum()
    for row in table.to_dict("records"):
        count = counts[row["from"], row["to"]]
        assert np.isnan(row["likely"]) if 0 < count < 30 else row["likely"] == count
        assert row["month"] == "" or count >= 30
    # What one hidden number is, the others would tell.
    assert 1 < table["likely"].isna().sum() < len(table)


def test_nobody_has_moved_without_a_recent_window() -> None:
    nobody = pa.table({name: pa.array([], pa.string()) for name in ("customer_id", "long", "recent")} | {"likely": pa.array([], pa.bool_())})  # fmt: skip
    world = World(N=30)
    moved, change = described(nobody, [], world.weights, LONG, None)
    assert moved.column_names[4:] == module.SCHEMA.names and not len(moved)
    assert not len(moves_table(moved, change, world.classes, 1, "EUR"))
