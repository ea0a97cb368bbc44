"""R², and bootstrap intervals, against scikit-learn, SciPy and what they must cover."""

from collections.abc import Callable

import numpy as np
import pytest
from scipy.stats import binomtest, norm
from sklearn.metrics import r2_score

from spendscape.core.statistics import (
    bootstrap,
    correlation,
    correlation_interval,
    fit,
    intervals,
    mean,
    r_squared,
    ratio,
    share_interval,
    weighted_r_squared,
)

RANDOM = np.random.default_rng(7)
TRUTH = RANDOM.normal(size=(200, 3)) * [1, 5, 0.1]
PREDICTED = TRUTH + RANDOM.normal(size=(200, 3)) * [0.3, 4, 0.02]


def test_r_squared_of_each_column_and_of_all() -> None:
    wanted = r2_score(TRUTH, PREDICTED, multioutput="raw_values")
    np.testing.assert_allclose(r_squared(TRUTH, PREDICTED), wanted)
    wanted = r2_score(TRUTH, PREDICTED, multioutput="variance_weighted")
    assert weighted_r_squared(TRUTH, PREDICTED) == pytest.approx(wanted)
    assert r_squared(TRUTH, TRUTH).tolist() == [1, 1, 1]
    means = np.broadcast_to(TRUTH.mean(axis=0), TRUTH.shape)
    np.testing.assert_allclose(r_squared(TRUTH, means), 0, atol=1e-12)


def test_a_constant_column_has_no_r_squared() -> None:
    truth = np.column_stack([TRUTH[:, 0], np.ones(200)])
    found = r_squared(truth, truth)
    assert found[0] == 1 and np.isnan(found[1])
    # Beside others it weighs nothing; alone there is nothing to explain.
    assert weighted_r_squared(truth, truth) == 1
    assert np.isnan(weighted_r_squared(truth[:, 1:], truth[:, 1:]))


def test_the_interval_of_a_mean_is_that_of_theory() -> None:
    values = RANDOM.normal(3, 2, 400)
    low, high = bootstrap(lambda rows: float(values[rows].mean()), 400, 4000, 1)
    half = norm.ppf(0.975) * values.std() / 20
    assert low == pytest.approx(values.mean() - half, abs=0.1 * half)
    assert high == pytest.approx(values.mean() + half, abs=0.1 * half)


def test_intervals_of_arrays_follow_the_seed_and_leave_missing_values_out() -> None:
    def statistic(rows: np.ndarray) -> np.ndarray:
        assert rows.shape == (200,) and rows.min() >= 0 and rows.max() < 200
        return np.append(TRUTH[rows].mean(axis=0), np.nan if rows[0] < 100 else 1.0)

    low, high = bootstrap(statistic, 200, 50, 3)
    assert low.shape == high.shape == (4,) and (low <= high).all()
    assert low[3] == high[3] == 1
    np.testing.assert_array_equal(bootstrap(statistic, 200, 50, 3)[0], low)
    assert (bootstrap(statistic, 200, 50, 4)[0][:3] != low[:3]).all()


@pytest.mark.parametrize("classes", [8, 11, 14, 61])
@pytest.mark.parametrize("truth", [0.0, 0.7, 0.95])
def test_the_interval_of_a_correlation_covers_the_truth_and_holds_its_value(
    classes: int, truth: float
) -> None:
    random = np.random.default_rng([classes, round(100 * truth)])
    covered = 0
    for _ in range(2000):
        first, noise = random.normal(size=(2, classes))
        second = truth * first + np.sqrt(1 - truth**2) * noise
        value = float(np.corrcoef(first, second)[0, 1])
        low, high = correlation_interval(value, classes)
        assert low <= value <= high
        covered += low <= truth <= high
    assert 0.93 <= covered / 2000 <= 0.97


def test_too_few_pairs_have_no_interval_and_a_perfect_correlation_is_its_own() -> None:
    assert np.isnan(correlation_interval(0.9, 3)).all()
    assert np.isnan(correlation_interval(float("nan"), 9)).all()
    assert correlation_interval(1.0, 9) == (1.0, 1.0)


def test_statistics_of_sums_have_the_intervals_of_the_plain_bootstrap() -> None:
    some = TRUTH[:, 0] > 0
    hits = some & (PREDICTED[:, 1] > 0)
    plain: dict[str, Callable[[np.ndarray], float]] = {
        "mean": lambda rows: TRUTH[rows, 1].mean(),
        "fit": lambda rows: weighted_r_squared(TRUTH[rows], PREDICTED[rows]),
        "correlation": lambda rows: np.corrcoef(TRUTH[rows, 1], PREDICTED[rows, 1])[0, 1],
        "ratio": lambda rows: hits[rows].sum() / some[rows].sum(),
    }
    statistics = [mean(TRUTH[:, 1]), fit(TRUTH, PREDICTED), correlation(TRUTH[:, 1], PREDICTED[:, 1]), ratio(hits, some)]  # fmt: skip
    # One of other rows beside them.
    found = intervals([*statistics, mean(TRUTH[:77, 0])], 60, 5)
    for (value, low, high), statistic in zip(found, plain.values(), strict=False):
        assert value == pytest.approx(statistic(np.arange(200)), rel=1e-9)
        np.testing.assert_allclose((low, high), bootstrap(statistic, 200, 60, 5), rtol=1e-9)
    np.testing.assert_allclose(found[4, 1:], bootstrap(lambda r: TRUTH[r, 0].mean(), 77, 60, 5))


def test_a_statistic_without_rows_or_without_spread_is_unknown() -> None:
    nothing, same = np.zeros((0, 2)), np.ones(9)
    found = intervals([fit(nothing, nothing), mean(nothing[:, 0]), correlation(same, same)], 5, 1)
    assert np.isnan(found).all()
    assert intervals([], 5, 1).shape == (0, 3)


def test_the_interval_of_a_share_is_scipys() -> None:
    for count, size in ((0, 7), (3, 7), (7, 7), (420, 1000)):
        known = binomtest(count, size).proportion_ci(method="wilson")
        assert share_interval(count, size) == pytest.approx((known.low, known.high), abs=1e-12)
    assert share_interval(0, 7)[0] == 0 and share_interval(7, 7)[1] == 1
    assert share_interval(0, 0) == (0, 1)
