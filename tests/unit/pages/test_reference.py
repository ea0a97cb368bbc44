"""What cards compare a customer with."""

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from synthetic import World

from spendscape.core.geometry import degrees_between
from spendscape.pages.reference import reference
from spendscape.segments.table import segment_columns


def made(world: World, **changed: Any) -> dict[str, Any]:
    columns = segment_columns(world.weights, world.long_states[:, -1], 3, world.naming)
    segments = pa.table({k: columns[k] for k in ("level_1", "margin", "distance")}).to_pandas()
    values = {
        "fractions": world.spending.mean(axis=1, dtype=np.float64),
        "split": world.split,
        "formula": world.dominant,
        "segments": segments,
        "directions": world.directions,
        "predicted": world.predicted,
        "far": 0.99,
    }
    return reference(**(values | changed))


def test_agreement_is_that_of_the_network_and_the_formula() -> None:
    world = World(N=240)
    found = made(world)
    same = world.levels[:, 0] == world.dominant
    rows = pd.DataFrame(found["trust"])
    assert rows["customers"].sum() == 240 and len(rows) == 8
    assert (rows["customers"] * rows["agreement"]).sum() == pytest.approx(same.sum())
    outputs = np.sort(world.outputs, axis=1)
    margin = outputs[:, -1] - outputs[:, -2]
    assert found["margins"][50] == pytest.approx(np.median(margin))
    assert found["margins"][0] == pytest.approx(margin.min())
    away = np.linalg.norm(world.long_states[:, -1] - world.inverse.origin, axis=1)
    assert found["distances"][100] == pytest.approx(away.max())


def test_errors_are_told_by_distance() -> None:
    world = World(N=240)
    found = made(world)
    error = degrees_between(world.directions, world.predicted)
    assert found["median_error"] == pytest.approx(np.median(error))
    highs = [row["high"] for row in found["by_distance"]]
    assert highs == sorted(highs) and len(highs) == 8
    away = np.linalg.norm(world.long_states[:, -1] - world.inverse.origin, axis=1)
    first = away <= highs[0]
    assert found["by_distance"][0]["error"] == pytest.approx(np.median(error[first]))
    assert {"mean"} <= found["range"].keys()


def test_one_trait_has_no_agreement_and_no_margins() -> None:
    world = World(N=60, P=1, M=2)
    found = made(world)
    assert found["trust"] == [] and found["margins"] == []


def test_customers_whose_traits_were_not_measured_are_not_compared() -> None:
    world = World(N=120, measured=0.5)
    rows = pd.DataFrame(made(world)["trust"])
    assert rows["customers"].sum() == (world.dominant != "").sum() < 120
