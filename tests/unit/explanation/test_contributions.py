"""Contributions: they add up, they are Shapley values, and steps that do nothing get nothing."""

from itertools import permutations

import numpy as np
import pytest

from spendscape.explanation import contributions
from spendscape.explanation.contributions import (
    decision,
    margin_contributions,
    step_values,
    trait_contributions,
)

random = np.random.default_rng(0)
N, T, C, P, M = 40, 4, 7, 4, 3
FRACTIONS = random.dirichlet(np.ones(C), N)
EFFECTS, INTERCEPT = random.normal(size=(C, P)), random.normal(size=P)
DRIVES, ABSENT = random.normal(size=(N, T, M)), random.normal(size=(T, M))
MIX = random.normal(size=(M, M))


def step(drive: np.ndarray, state: np.ndarray) -> np.ndarray:
    return np.tanh(drive + state @ MIX)


def value(state: np.ndarray) -> np.ndarray:
    return np.asarray(state[:, 0] - state[:, 1] ** 2)


def last(present: tuple[int, ...]) -> np.ndarray:
    state = np.zeros((N, M))
    for t in range(T):
        state = step(DRIVES[:, t] if t in present else np.broadcast_to(ABSENT[t], (N, M)), state)
    return value(state)


def test_a_decision_is_between_the_two_largest_and_a_tie_goes_to_the_first() -> None:
    made = decision(np.array([[0.1, 0.5, 0.3], [0.2, 0.2, -1.0]]))
    assert made.first.tolist() == [1, 0] and made.second.tolist() == [2, 1]
    assert made.margin.tolist() == pytest.approx([0.2, 0.0])
    with pytest.raises(ValueError, match="one trait"):
        decision(np.zeros((2, 1)))


def test_contributions_add_up_to_the_margin_of_the_network() -> None:
    made = decision(random.normal(size=(N, P)))
    average = FRACTIONS.mean(axis=0)
    found = margin_contributions(made, FRACTIONS, average, INTERCEPT, EFFECTS)
    total = found.baseline + found.classes.sum(axis=1) + found.remainder
    assert np.abs(total - made.margin).max() < 1e-12
    linear = FRACTIONS @ EFFECTS + INTERCEPT
    rows = np.arange(N)
    exact = linear[rows, made.first] - linear[rows, made.second]
    assert np.abs(made.margin - found.remainder - exact).max() < 1e-12


def test_a_gauge_moves_no_contribution_to_a_margin() -> None:
    """A constant added to one trait's effects is taken from its intercept: the margin's sum stays."""
    made, average = decision(FRACTIONS @ EFFECTS), FRACTIONS.mean(axis=0)
    plain = margin_contributions(made, FRACTIONS, average, INTERCEPT, EFFECTS)
    shift = np.array([1.0, -2.0, 0.5, 0.0])
    moved = margin_contributions(made, FRACTIONS, average, INTERCEPT - shift, EFFECTS + shift)
    assert np.abs(plain.remainder - moved.remainder).max() < 1e-12


def test_contributions_to_traits_are_those_of_the_linear_model() -> None:
    average = FRACTIONS.mean(axis=0)
    found = trait_contributions(FRACTIONS, average, EFFECTS)
    assert np.abs(found.sum(axis=1) - (FRACTIONS - average) @ EFFECTS).max() < 1e-12


def test_step_values_are_the_means_over_all_orders_of_the_steps() -> None:
    wanted = np.zeros((N, T))
    orders = list(permutations(range(T)))
    for order in orders:
        for k, t in enumerate(order):
            wanted[:, t] += (last(order[: k + 1]) - last(order[:k])) / len(orders)
    found = step_values(DRIVES, ABSENT, np.zeros(M), step, value)
    assert np.abs(found - wanted).max() < 1e-12
    assert np.abs(found.sum(axis=1) - (last((0, 1, 2, 3)) - last(()))).max() < 1e-12


def test_an_average_step_is_worth_nothing() -> None:
    drives = DRIVES.copy()
    drives[:, 2] = ABSENT[2]
    assert np.abs(step_values(drives, ABSENT, np.zeros(M), step, value)[:, 2]).max() < 1e-14


def test_with_many_steps_random_orders_keep_the_sum_and_come_near(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    exact = step_values(DRIVES, ABSENT, np.zeros(M), step, value)
    monkeypatch.setattr(contributions, "MOST_EXACT_STEPS", 2)
    found = step_values(DRIVES, ABSENT, np.zeros(M), step, value)
    assert np.abs(found.sum(axis=1) - exact.sum(axis=1)).max() < 1e-12
    assert 0 < np.abs(found - exact).max() < 0.3
