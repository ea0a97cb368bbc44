"""Divergences against their definitions, intervals by how often they hold, and groups that point at nobody."""

import numpy as np
import pytest
from scipy.stats import entropy

from spendscape.evaluation.drift_measures import (
    RARE,
    beyond_chance,
    degrees_between,
    groups,
    jensen_shannon,
    median_interval,
    of_one,
    stability_index,
)


def some_shares(seed: int, rows: int = 4, kinds: int = 7) -> np.ndarray:
    random = np.random.default_rng(seed)
    return of_one(random.gamma(2, size=(rows, kinds)))


def test_divergences_are_their_definitions() -> None:
    p, q = some_shares(1), some_shares(2)
    both = [entropy(a, b) + entropy(b, a) for a, b in zip(p, q, strict=True)]
    assert np.allclose(stability_index(p, q), both)
    middle = (p + q) / 2
    halves = (entropy(p, middle, base=2, axis=1) + entropy(q, middle, base=2, axis=1)) / 2
    assert np.allclose(jensen_shannon(p, q), halves)
    assert np.allclose(stability_index(p, p), 0) and np.allclose(jensen_shannon(p, p), 0)


def test_a_class_that_vanished_is_far_and_not_infinitely_far() -> None:
    before, now = np.array([[0.5, 0.5]]), np.array([[1.0, 0.0]])
    assert 3 < stability_index(before, now)[0] < 10
    assert np.isclose(jensen_shannon(np.array([[1.0, 0.0]]), np.array([[0.0, 1.0]]))[0], 1)


def halves(values: np.ndarray, draws: int, seed: int) -> list[np.ndarray]:
    """Sums of two halves, then of as many halves by chance as there are draws."""
    random = np.random.default_rng(seed)
    first = np.concatenate(
        [np.arange(len(values))[None] * 2 < len(values), random.random((draws, len(values))) < 0.5]
    )
    return [of_one(side.astype(float) @ values) for side in (first, ~first)]


def test_without_drift_only_chance_is_left_and_it_is_taken_off() -> None:
    """The plain index of two samples of one population is above 0; what is beyond chance seldom is."""
    plain, beyond, p = [], [], []
    for seed in range(60):
        values = np.random.default_rng(seed).dirichlet(np.full(20, 0.3), 120)
        found = stability_index(*halves(values, 200, seed))
        interval, chance = beyond_chance(found, 0.0, squared=True)
        assert interval[1] <= interval[0] <= interval[2]
        plain.append(found[0])
        beyond.append(interval[1])
        p.append(chance)
    assert min(plain) > 0.01 and np.mean(np.array(beyond) > 0) <= 0.07
    assert 0.3 < np.mean(p) < 0.7 and np.mean(np.array(p) < 0.05) <= 0.12


def test_what_is_farther_than_chance_is_found_with_what_is_true_in_its_interval() -> None:
    values = np.random.default_rng(1).dirichlet(np.full(5, 3.0), 400)
    values[200:, 0] *= 2
    values /= values.sum(axis=1, keepdims=True)
    before, now = halves(values, 300, 1)
    far = np.linalg.norm(now - before, axis=1)
    (value, low, high), p = beyond_chance(far, 0.05, squared=False)
    assert 0.05 < low < value < far[0] < high and p < 0.005
    squared, _ = beyond_chance(far**2, 0.05**2, squared=True)
    assert np.allclose(squared, np.square([value, low, high]))


def test_what_nothing_was_drawn_of_is_not_measured() -> None:
    assert np.isnan(beyond_chance(np.array([0.3, np.nan]), 0.1, squared=True)[0]).all()


def test_a_median_is_within_its_interval_as_often_as_said() -> None:
    random, held = np.random.default_rng(1), 0
    for _ in range(400):
        value, low, high = median_interval(random.exponential(size=75))
        assert low <= value <= high
        held += low <= np.log(2) <= high
    assert 0.93 <= held / 400 <= 1
    assert median_interval(np.array([2.0])) == (2.0, 2.0, 2.0)


def test_angles_are_in_degrees_and_unknown_without_a_length() -> None:
    a, b = np.array([[1.0, 0], [1, 0], [0, 0]]), np.array([[0.0, 2], [-3, 0], [1, 0]])
    assert np.allclose(degrees_between(a, b), [90, 180, np.nan], equal_nan=True)


@pytest.mark.parametrize("seed", range(20))
def test_no_group_and_no_rest_is_of_a_few_customers(seed: int) -> None:
    random = np.random.default_rng(seed)
    before, now = (random.choice([0, 1, 5, 29, 30, 400], 9).astype(np.int64) for _ in range(2))
    names = [f"class {k}" for k in range(9)]
    found = groups(before, now, names, 30)
    for name, places in found:
        for count in (before, now):
            # At least the largest member's customers have something in it.
            most = count[places].max()
            assert most == 0 or most >= 30, name
    shown = np.concatenate([np.empty(0, int), *(places for _, places in found)])
    assert len(set(shown.tolist())) == len(shown)
    used = np.flatnonzero((before > 0) | (now > 0))
    # Everything that is used is shown, so that the rest is nobody's, or nothing is.
    assert not found or set(shown.tolist()) == set(used.tolist())
    assert [name for name, _ in found].count(RARE) <= 1
