"""Samples of the customers that networks learn from."""

from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from spendscape.core.parquet import table
from spendscape.network.training_data import LEFT_OUT, SIDES, TrainingData, training_data


def data_of(folder: Path, customers: list[str]) -> TrainingData:
    """Two windows of each customer, of whom every tenth has no side."""
    random = np.random.default_rng(1)
    names = np.repeat(customers, 2)
    sides = np.array([[*SIDES, "unmeasured"][min(int(name[1:]) % 10 // 3, 3)] for name in names])
    made = {"spending": random.random((len(names), 3, 2)).astype(np.float32)}
    traits = {"traits": random.random((len(names), 2)).astype(np.float32), "split": sides}
    for name, columns, extra in (
        ("spending", made, {"classes": ["a", "b"]}),
        ("traits", traits, {"traits": ["p", "q"]}),
    ):
        pq.write_table(table({"customer_id": names} | columns, extra), folder / f"{name}.parquet")
    return training_data(str(folder / "spending.parquet"), str(folder / "traits.parquet"))


def test_a_sample_is_of_whole_customers_and_hardly_changes_with_those_added(tmp_path: Path) -> None:
    customers = [f"C{k}" for k in range(500)]
    data = data_of(tmp_path, customers)
    assert len(data.learned) == 450 and data.sampled(450) is data
    some = data.sampled(90)
    assert len(some.learned) == 90
    sides = [*some.both(*SIDES[:2]), some.of(SIDES[2])]
    assert sum(len(side.inputs) for side in sides) == 180
    for name, side in zip(SIDES, sides, strict=True):
        np.testing.assert_array_equal(side.inputs, some.spending[some.split == name])
        np.testing.assert_array_equal(side.targets, some.values[some.split == name])
    left = some.split == LEFT_OUT
    np.testing.assert_array_equal(some.split[~left], data.split[~left])
    assert {len(some.of(side).inputs) > 0 for side in SIDES} == {True}
    more = data_of(tmp_path, [*customers, "C500", "C501"]).sampled(90)
    assert len(set(more.learned) - set(some.learned)) <= 2


@pytest.mark.parametrize("most", [1, 7])
def test_a_sample_has_the_size_asked_for(tmp_path: Path, most: int) -> None:
    assert len(data_of(tmp_path, [f"C{k}" for k in range(20)]).sampled(most).learned) == most
