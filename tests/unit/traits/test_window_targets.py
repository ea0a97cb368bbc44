"""Targets of sliding windows: a window's own traits, or those that were measured for its customer."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from spendscape.core.parquet import table, tensor_values
from spendscape.traits.linear import LinearFormula
from spendscape.traits.targets import mean_fractions
from spendscape.traits.window_targets import scored_customers, window_targets

FORMULA = LinearFormula(
    traits=["calm", "bold"],
    classes=["food", "fun", "rent"],
    coefficients=np.array([[1.0, -1.0], [0.5, 2.0], [-1.0, 0.0]]),
    mean=np.array([0.1, 0.2]),
    deviation=np.array([0.5, 0.4]),
    scale=4.0,
)


def tables() -> tuple[pa.Table, pa.Table]:
    """Four windows of three customers, and the customers' traits."""
    random = np.random.default_rng(1)
    spending = random.dirichlet([1.0, 1.0, 1.0], (4, 2)).astype(np.float32)
    windows = {
        "customer_id": ["c", "a", "a", "b"],
        "spending": spending,
        "total": random.uniform(1, 9, (4, 2)),
    }
    known = {
        "customer_id": ["a", "b", "c"],
        "traits": random.uniform(-1, 1, (3, 2)).astype(np.float32),
        "split": ["train", "validation", "test"],
    }
    return table(windows), table(known)


@pytest.mark.parametrize("weights", ["steps", "spend"])
def test_each_window_has_its_own_traits_and_its_customers_side(weights: str) -> None:
    windows, known = tables()
    made = window_targets(windows, known, FORMULA, weights)
    assert made["customer_id"].to_pylist() == ["c", "a", "a", "b"]
    assert scored_customers(known) == {"c"}
    assert made["split"].to_pylist() == ["test", "train", "train", "validation"]
    spending, total = tensor_values(windows["spending"]), tensor_values(windows["total"])
    expected = FORMULA(mean_fractions(spending, total, weights))
    np.testing.assert_allclose(tensor_values(made["traits"]), expected, rtol=1e-6)
    assert not np.allclose(expected[1], expected[2]), "two windows of one customer differ"


def test_measured_traits_are_the_customers_in_every_window() -> None:
    windows, known = tables()
    made = window_targets(windows, known, replace(FORMULA, measured={"r2": {}}), "steps")
    np.testing.assert_array_equal(
        tensor_values(made["traits"]), tensor_values(known["traits"])[[2, 0, 0, 1]]
    )
