"""The linear formula: its table, the table's mistakes, standards and contributions."""

import numpy as np
import pandas as pd
import pytest

from spendscape.core.errors import DataError
from spendscape.traits.linear import LinearFormula, coefficient_matrix

CLASSES = ["bread", "books", "boats", "trains"]
TABLE = pd.DataFrame({"class": ["boats", "bread"], "calm": [1.0, -1.0], "bold": [0.5, 2.0]})


def test_coefficients_take_the_order_of_the_classes() -> None:
    traits, matrix = coefficient_matrix(TABLE, CLASSES)
    assert traits == ["calm", "bold"]
    np.testing.assert_array_equal(matrix, [[-1, 2], [0, 0], [1, 0.5], [0, 0]])


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (TABLE.replace("boats", "boat"), "'boat'; did you mean 'boats'"),
        (TABLE[["class"]], "expected class and one or more traits"),
        (TABLE.rename(columns={"class": "klass"}), "expected class and one or more traits"),
        (pd.concat([TABLE, TABLE]), "more than one row"),
        (TABLE.assign(calm=["x", "1"]), "trait 'calm' is not a number"),
        (pd.DataFrame({"class": CLASSES, "calm": [1, 2, 3, 4], "flat": [0.3] * 4}), "trait 'flat' has the same coefficient for all 4 classes"),
        (TABLE.assign(flat=0), "trait 'flat' has the same coefficient"),
        (TABLE.assign(calm=0, bold=0), "fewer than two classes"),
    ],
)  # fmt: skip
def test_mistakes_in_the_table_are_named(table: pd.DataFrame, message: str) -> None:
    with pytest.raises(DataError, match=message):
        coefficient_matrix(table, CLASSES)


def test_formula_standardises_on_training_customers_and_shares_one_scale() -> None:
    random = np.random.default_rng(1)
    fractions = random.dirichlet(np.ones(4), 500)
    train = random.random(500) < 0.7
    traits, matrix = coefficient_matrix(TABLE, CLASSES)
    formula = LinearFormula.from_table(TABLE, CLASSES).standardised(fractions[train])
    values = formula(fractions)
    raw = fractions @ matrix
    z = (raw - raw[train].mean(axis=0)) / raw[train].std(axis=0)
    np.testing.assert_allclose(values, np.clip(z / np.abs(z[train]).max(), -1, 1))
    assert np.abs(values[train]).max() == pytest.approx(1)
    np.testing.assert_array_equal(LinearFormula.from_json(formula.to_json())(fractions), values)
    assert formula.traits == traits and formula.classes == CLASSES


def test_a_trait_without_spread_is_refused() -> None:
    fractions = np.tile([0.5, 0.5, 0, 0], (10, 1))
    with pytest.raises(DataError, match="'calm' is the same for every customer"):
        LinearFormula.from_table(TABLE, CLASSES).standardised(fractions)


def test_contributions_add_up_to_the_difference_from_the_average_customer() -> None:
    fractions = np.random.default_rng(2).dirichlet(np.ones(4), 50)
    formula = LinearFormula.from_table(TABLE, CLASSES).standardised(fractions)
    average = fractions.mean(axis=0)
    parts = formula.contributions(fractions[0], average)
    np.testing.assert_allclose(parts.sum(axis=0), formula(fractions[0]) - formula(average))
    np.testing.assert_array_equal(formula.slopes(average), coefficient_matrix(TABLE, CLASSES)[1])
