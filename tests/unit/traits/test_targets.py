"""Mean fractions, standards and the table of targets."""

import numpy as np
import pytest

from spendscape.core.errors import DataError
from spendscape.traits.split import UNMEASURED
from spendscape.traits.targets import (
    check_enough,
    dominant,
    mean_fractions,
    standards,
    target_table,
)

TRAITS = ["calm", "bold"]


def test_mean_fractions_by_steps_and_by_spend() -> None:
    spending = np.array([[[1.0, 0.0], [0.0, 1.0]]])
    totals = np.array([[300.0, 100.0]])
    np.testing.assert_allclose(mean_fractions(spending, totals, "steps"), [[0.5, 0.5]])
    np.testing.assert_allclose(mean_fractions(spending, totals, "spend"), [[0.75, 0.25]])


def test_standards_give_training_customers_mean_0_and_one_scale() -> None:
    raw = np.array([[1.0, 10.0], [2.0, 10.0], [3.0, 40.0]])
    found = standards(raw, TRAITS, "{!r}")
    z = (raw - raw.mean(axis=0)) / raw.std(axis=0)
    np.testing.assert_allclose(found(raw), z / np.abs(z).max())
    # Whoever lies outside is cut off at 1.
    np.testing.assert_array_equal(found(np.array([[99.0, -99.0]])), [[1, -1]])
    with pytest.raises(DataError, match="the trait 'bold' is flat"):
        standards(np.column_stack([raw[:, 0], np.full(3, 0.1)]), TRAITS, "the trait {!r} is flat")


def test_too_few_customers_are_refused() -> None:
    check_enough(300, 300, "all steps")
    with pytest.raises(
        DataError,
        match=r"299 customers have all steps, expected 300 or more; wait, or set traits.minimum_customers to 299$",
    ):
        check_enough(299, 300, "all steps", "wait")


def test_the_dominant_trait_is_the_largest_over_any_leading_axes() -> None:
    values = np.array([[[0.1, 0.2], [0.3, -0.2]]])
    assert dominant(values, TRAITS).tolist() == [["bold", "calm"]]


def test_unmeasured_customers_have_no_dominant_trait() -> None:
    values = np.array([[0.1, -0.2], [np.nan, np.nan], [-0.5, 0.5]])
    side = np.array(["train", UNMEASURED, "test"])
    made = target_table(["a", "b", "c"], values, TRAITS, side)
    assert made["dominant"].to_pylist() == ["calm", "", "bold"]
    assert made["split"].to_pylist() == ["train", "unmeasured", "test"]
