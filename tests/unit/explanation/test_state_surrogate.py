"""The surrogate of the state: exact where the state is linear, sober where data are few."""

import numpy as np
import pytest

from spendscape.explanation.state_surrogate import OWN, POOLED, UNUSED, fit_state

random = np.random.default_rng(0)
N, C, K = 400, 9, 3
FRACTIONS = random.dirichlet(np.ones(C), N)
TRUE = random.normal(size=(C, K))
STATES = FRACTIONS @ TRUE + 0.2


def test_what_is_linear_is_found_in_the_gauge() -> None:
    found = fit_state(FRACTIONS, STATES, 10)
    assert np.abs(found(FRACTIONS) - STATES).max() < 1e-6
    average = FRACTIONS.mean(axis=0)
    assert np.abs(average @ found.coefficients).max() < 1e-12
    assert np.abs(found.coefficients - (TRUE - average @ TRUE)).max() < 1e-4
    assert np.abs(found(average[None]) - found.intercept).max() < 1e-12
    assert set(found.column) == {OWN}


def test_standard_errors_cover_the_truth() -> None:
    inside = []
    for seed in range(60):
        noise = np.random.default_rng(seed).normal(0, 0.3, STATES.shape)
        found = fit_state(FRACTIONS, STATES + noise, 10)
        truth = TRUE - found.average @ TRUE
        inside.append(np.abs(found.coefficients - truth) < 1.96 * found.standard_errors)
    assert 0.92 < np.mean(inside) < 0.98


def test_no_coefficient_comes_from_one_customer() -> None:
    """One customer with 40 dollars in a class of its own, and a state that is far from all others'."""
    x = np.column_stack([FRACTIONS, np.zeros(N)])
    x[7] *= 1 - 1e-6
    x[7, -1] = 1e-6
    states = STATES.copy()
    states[7] += 0.9
    found = fit_state(x, states, 10)
    assert found.users[-1] == 1 and found.column[-1] == POOLED
    assert np.abs(found.coefficients).max() < 3 * np.abs(TRUE).max()
    # Alone it would be 0.9 / 1e-6; it shares the column of the least used class instead.
    partner = np.flatnonzero(found.column == POOLED)
    assert len(partner) == 2 and np.ptp(found.coefficients[partner], axis=0).max() < 1e-12


def test_rare_classes_together_have_users_enough() -> None:
    x = np.column_stack([FRACTIONS, np.zeros((N, 3))])
    for k in range(3):
        rows = slice(10 * k, 10 * k + 8)
        x[rows] *= 0.9
        x[rows, C + k] = 0.1
    found = fit_state(x, x[:, :C] @ TRUE, 20)
    assert found.column.tolist() == [OWN] * C + [POOLED] * 3


def test_a_class_that_nobody_uses_says_so_and_moves_nothing() -> None:
    plain = fit_state(FRACTIONS, STATES, 10)
    found = fit_state(np.insert(FRACTIONS, 4, 0, axis=1), STATES, 10)
    assert found.column[4] == UNUSED and (found.coefficients[4] == 0).all()
    assert np.isnan(found.standard_errors[4]).all()
    assert np.abs(np.delete(found.coefficients, 4, axis=0) - plain.coefficients).max() < 1e-9


def test_more_columns_than_customers_determine_does_no_harm() -> None:
    x, states = FRACTIONS[:30], STATES[:30] + random.normal(0, 0.5, (30, K))
    many = np.column_stack([x, random.dirichlet(np.ones(60) / 5, 30)]) / 2
    test = np.column_stack([FRACTIONS[30:], random.dirichlet(np.ones(60) / 5, N - 30)]) / 2
    found = fit_state(many, states, 1)
    error = np.square(found(test) - STATES[30:]).sum()
    assert found.penalty > 0
    assert error < 1.5 * np.square(STATES[30:] - STATES[:30].mean(axis=0)).sum()


@pytest.mark.parametrize(("customers", "classes"), [(1, 3), (2, 1), (5, 5)])
def test_hardly_any_data_gives_finite_numbers(customers: int, classes: int) -> None:
    x = random.dirichlet(np.ones(classes), customers)
    found = fit_state(x, random.normal(size=(customers, 2)), 10)
    assert np.isfinite(found.coefficients).all() and np.isfinite(found(x)).all()
