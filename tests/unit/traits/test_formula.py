"""Targets: the formula, its errors, the split."""

import numpy as np
import pandas as pd
import pytest

from spendscape.core.errors import DataError
from spendscape.traits.formula import (
    Formula,
    coefficient_matrix,
    dominant,
    fit_formula,
    mean_fractions,
    split,
)

CLASSES = ["bread", "books", "boats", "trains"]
TABLE = pd.DataFrame({"class": ["boats", "bread"], "calm": [1.0, -1.0], "bold": [0.5, 2.0]})
SHARES = {"train": 0.7, "validation": 0.15, "test": 0.15}


def test_coefficients_take_the_order_of_the_classes():
    traits, matrix = coefficient_matrix(TABLE, CLASSES)
    assert traits == ["calm", "bold"]
    np.testing.assert_array_equal(matrix, [[-1, 2], [0, 0], [1, 0.5], [0, 0]])


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (TABLE.replace("boats", "boat"), "'boat'; did you mean 'boats'"),
        (TABLE.rename(columns={"class": "klass"}), "expected class and two or more traits"),
        (pd.concat([TABLE, TABLE]), "more than one row"),
        (TABLE.assign(calm=["x", "1"]), "trait 'calm' is not a number"),
        (TABLE.assign(calm=0, bold=0), "fewer than two classes"),
    ],
)
def test_mistakes_in_the_table_are_named(table, message):
    with pytest.raises(DataError, match=message):
        coefficient_matrix(table, CLASSES)


def test_formula_standardises_on_training_customers_and_shares_one_scale():
    random = np.random.default_rng(1)
    fractions = random.dirichlet(np.ones(4), 500)
    train = random.random(500) < 0.7
    traits, matrix = coefficient_matrix(TABLE, CLASSES)
    formula = fit_formula(fractions, matrix, traits, CLASSES, train)
    values = formula(fractions)
    raw = fractions @ matrix
    z = (raw - raw[train].mean(axis=0)) / raw[train].std(axis=0)
    np.testing.assert_allclose(values, np.clip(z / np.abs(z[train]).max(), -1, 1))
    assert np.abs(values[train]).max() == pytest.approx(1)
    np.testing.assert_array_equal(Formula.from_json(formula.to_json())(fractions), values)
    assert set(dominant(values, traits)) == set(traits)


def test_a_trait_without_spread_is_refused():
    fractions = np.tile([0.5, 0.5, 0, 0], (10, 1))
    with pytest.raises(DataError, match="'calm' is the same for every customer"):
        fit_formula(
            fractions,
            coefficient_matrix(TABLE, CLASSES)[1],
            ["calm", "bold"],
            CLASSES,
            np.ones(10, bool),
        )


def test_a_customer_keeps_its_side_when_others_join():
    names = [f"customer {k}" for k in range(20_000)]
    sides = split(names, SHARES)
    assert (split(names[::7], SHARES) == sides[::7]).all()
    for side, share in SHARES.items():
        assert np.mean(sides == side) == pytest.approx(share, abs=0.015)


def test_mean_fractions_by_steps_and_by_spend():
    spending = np.array([[[1.0, 0.0], [0.0, 1.0]]])
    totals = np.array([[300.0, 100.0]])
    np.testing.assert_allclose(mean_fractions(spending, totals, "steps"), [[0.5, 0.5]])
    np.testing.assert_allclose(mean_fractions(spending, totals, "spend"), [[0.75, 0.25]])
