"""What cards show, as it is read from the results files."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from card_results import SETTINGS, files
from synthetic import World

from spendscape.core.errors import DataError
from spendscape.pages.card_files import read_customer, read_reference
from spendscape.pages.card_names import file_name


@pytest.mark.parametrize("row", [0, 70, 119])
def test_a_customer_is_read_with_its_own_rows(row: int, tmp_path: Path) -> None:
    world = World(N=120)
    name = world.customers[row]
    found = read_customer(files(world, tmp_path), file_name(name), [12, 2])
    assert found.identity == name
    np.testing.assert_array_equal(found.long.spending, world.spending[row])
    np.testing.assert_array_equal(found.long.total, world.total[row])
    np.testing.assert_array_equal(found.values, world.values[row])
    np.testing.assert_array_equal(found.long.states, world.long_states[row].astype(np.float32))
    np.testing.assert_array_equal(found.direction["predicted_direction"], world.predicted[row])
    assert found.segment["segment"] == " > ".join(world.levels[row, :3])
    assert [found.decision["first"], found.decision["second"]] == world.levels[row, :2].tolist()
    whole = found.decision["baseline"] + found.decision["contributions"].sum()
    assert found.decision["margin"] == pytest.approx(whole + found.decision["remainder"], abs=1e-9)
    assert found.swap["label_before"] == world.levels[row, 0]
    assert (found.recent is not None) == (name in world.recent_customers)
    if found.recent is not None:
        place = world.recent_customers.index(name)
        own = world.recent_states[place]
        np.testing.assert_array_equal(found.recent.states, own.astype(np.float32))
        np.testing.assert_array_equal(found.recent.spending, world.recent[place])
        assert found.recent.months == 2
    movers = pd.read_parquet(tmp_path / "segments/movers.parquet")["customer_id"].tolist()
    assert (found.mover is not None) == (name in movers)


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("c00003x", "'c00003x' was given; .*nearest are 'c00003'"),
        ("left-out", "'left-out' has no card: .* because of fewer than 6 steps"),
        ("a.b", "explain/a.b.html: no customer has this card"),
    ],
)
def test_who_has_no_card_is_told_why(name: str, answer: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=answer):
        read_customer(files(World(N=60), tmp_path), name, [12, 2])


def test_a_run_without_movers_or_recent_window_is_read(tmp_path: Path) -> None:
    world = World(N=60, recent_window=False)
    paths = files(world, tmp_path) | {"movers": []}
    found = read_customer(paths, file_name(world.customers[3]), [12])
    assert found.recent is None and found.mover is None
    assert not read_reference(paths, SETTINGS).tells_movers


@pytest.mark.parametrize("recent_window", [True, False])
def test_the_reference_is_read(recent_window: bool, tmp_path: Path) -> None:
    world = World(N=60, recent_window=recent_window)
    found = read_reference(files(world, tmp_path), SETTINGS)
    assert found.comparison["customers"] == 60
    assert found.recent_window == found.tells_movers == recent_window
    assert found.left_out == ["class 1", "class 2"]
    assert found.run == found.model == "results/it"
    np.testing.assert_array_equal(found.surrogate.coefficients, world.surrogate.coefficients)
