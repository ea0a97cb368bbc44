"""What cards show, as it is read from the results files."""

import json
from pathlib import Path

import numpy as np
import pytest
from synthetic import World

from spendscape.core.errors import DataError
from spendscape.pages.card_files import read_angles, read_customer, read_reference
from spendscape.pages.card_names import file_name


def files(world: World, folder: Path) -> dict[str, object]:
    world.write(folder)
    windows = ["long", "recent"] if world.recent_window else ["long"]
    reference = {
        "average": [0.5] * world.C,
        "average_traits": [0.25] * world.C,
        "median_error": 2.0,
    }
    (folder / "reference.json").write_text(json.dumps(reference))
    (folder / "metrics.json").write_text(json.dumps({"r2": world.r2}))
    names = {
        "spending": "tensors/spending.parquet",
        "traits": "tensors/traits.parquet",
        "directions": "surrogate/directions_long.parquet",
        "fixed_points": "dynamics/fixed_points.parquet",
        "segments": "segments/segments.parquet",
        "reference": "reference.json",
        "metrics": "metrics.json",
        "weights": "model/weights.json",
        "formula": "tensors/traits.json",
        "chart": "surrogate/chart.json",
        "coefficients": "surrogate/coefficients.csv",
    }
    states = [str(folder / f"states/{window}.parquet") for window in windows]
    return {name: str(folder / path) for name, path in names.items()} | {"states": states}


@pytest.mark.parametrize("row", [0, 70, 119])
def test_a_customer_is_read_with_its_own_rows(row: int, tmp_path: Path) -> None:
    world = World(N=120)
    name = world.customers[row]
    found = read_customer(files(world, tmp_path), file_name(name), "steps")
    assert found.identity == name
    np.testing.assert_array_equal(found.spending, world.spending[row])
    np.testing.assert_allclose(found.fractions, world.spending[row].mean(axis=0, dtype=float))
    np.testing.assert_array_equal(found.values, world.values[row])
    np.testing.assert_array_equal(found.states, world.long_states[row].astype(np.float32))
    np.testing.assert_array_equal(found.predicted, world.predicted[row])
    assert found.segment["segment"] == " > ".join(world.levels[row, :3])
    assert (found.recent is not None) == (name in world.recent_customers)
    if found.recent is not None:
        own = world.recent_states[world.recent_customers.index(name)]
        np.testing.assert_array_equal(found.recent, own.astype(np.float32))


def test_nobody_has_no_card(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no customer of the long window"):
        read_customer(files(World(N=60), tmp_path), "nobody", "steps")


@pytest.mark.parametrize("recent_window", [True, False])
def test_the_reference_is_read(recent_window: bool, tmp_path: Path) -> None:
    world = World(N=60, recent_window=recent_window)
    found = read_reference(files(world, tmp_path))
    assert found.average_traits.tolist() == [0.25] * world.C
    assert found.recent_window == recent_window
    np.testing.assert_allclose(found.linear.coefficients, world.linear.coefficients)
    angles, predicted = read_angles(str(tmp_path / "surrogate/directions_long.parquet"))
    np.testing.assert_array_equal(angles, world.angles)
    np.testing.assert_array_equal(predicted, world.predicted)
