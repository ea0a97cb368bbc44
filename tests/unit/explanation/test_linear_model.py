"""The gauge of the linear model changes its coefficients and no prediction."""

import numpy as np
import pytest

from spendscape.core.arrays import Floats
from spendscape.explanation.linear_model import (
    Linear,
    coefficient_table,
    fit_linear,
    multiple_correlation,
    read_linear,
)

Case = tuple[Floats, Floats]


@pytest.fixture
def case() -> Case:
    """Fractions, and two outputs that are nearly linear in them."""
    random = np.random.default_rng(2)
    fractions = random.dirichlet(np.full(6, 2.0), 3000)
    exact = 1.5 + fractions @ random.normal(size=(6, 2))
    return fractions, exact + 0.01 * random.normal(size=(3000, 2))


def test_gauge_changes_no_prediction_and_centres_the_coefficients(case: Case) -> None:
    fractions, outputs = case
    model = fit_linear(fractions, outputs)
    design = np.column_stack([np.ones(len(fractions)), fractions])
    expected = design @ np.linalg.lstsq(design, outputs, rcond=None)[0]
    np.testing.assert_allclose(model(fractions), expected, atol=1e-9)
    np.testing.assert_allclose(fractions.mean(axis=0) @ model.coefficients, 0, atol=1e-12)


def test_standard_errors_are_those_of_repeated_samples() -> None:
    random = np.random.default_rng(3)
    fractions, truth = random.dirichlet(np.full(4, 2.0), 300), random.normal(size=(4, 1))
    models = [
        fit_linear(fractions, fractions @ truth + 0.1 * random.normal(size=(300, 1)))
        for _ in range(400)
    ]
    spread = np.std([model.coefficients for model in models], axis=0)
    np.testing.assert_allclose(models[0].standard_errors, spread, rtol=0.2)


def test_coefficient_table_can_be_read_back(case: Case) -> None:
    fractions, outputs = case
    model = fit_linear(fractions, outputs)
    classes = list("zyxwvu")
    table = coefficient_table(model, classes, ["azimuth", "elevation"], 0.1)
    again = read_linear(table, classes, ["azimuth", "elevation"])
    np.testing.assert_array_equal(again(fractions), model(fractions))


def test_a_coefficient_counts_as_nonzero_beside_the_mean_of_its_own_output() -> None:
    coefficients = np.array([[1.0, 0.001], [0.1, 0.001], [-0.01, 0.001]])
    model = Linear(np.zeros(2), coefficients, np.zeros((3, 2)))
    table = coefficient_table(model, list("abc"), ["large", "small"], 0.1)
    assert table[table["output"] == "large"]["nonzero"].tolist() == [True, True, False, True]
    assert table[table["output"] == "small"]["nonzero"].all()


def test_coefficients_that_follow_from_the_formula_correlate_with_it() -> None:
    random = np.random.default_rng(5)
    published = random.normal(size=(60, 3))
    mixed = published @ random.normal(size=(3, 1))
    both = np.hstack([mixed, random.normal(size=(60, 1))])
    model = Linear(np.zeros(2), both, np.zeros((60, 2)))
    found = multiple_correlation(model, published, ["mixed", "noise"], 50, 1).set_index("target")
    assert found["value"].to_dict()["mixed"] == pytest.approx(1)
    assert found["value"].to_dict()["noise"] < 0.5
    assert (found["low"] <= found["high"]).all()
