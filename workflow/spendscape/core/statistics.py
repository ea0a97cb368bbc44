"""Scores and their uncertainty."""

from collections.abc import Callable

import numpy as np

from spendscape.core.arrays import Floats, Indices


def r_squared(truth: Floats, predicted: Floats) -> Floats:
    """The coefficient of determination of each column.

    Parameters
    ----------
    truth, predicted : [N, K]

    Returns
    -------
    [K], 1 − Σ(truth − predicted)² / Σ(truth − mean)²; NaN for a constant column.
    """
    residual = np.square(truth - predicted).sum(axis=0)
    total = np.square(truth - truth.mean(axis=0)).sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(total > 0, 1 - residual / total, np.nan))


def weighted_r_squared(truth: Floats, predicted: Floats) -> float:
    """One R² for all columns, each weighted with its variance (MATHS §3, rank ceiling)."""
    residual = np.square(truth - predicted).sum()
    total = np.square(truth - truth.mean(axis=0)).sum()
    return float(1 - residual / total) if total > 0 else float("nan")


def bootstrap(
    statistic: Callable[[Indices], float | Floats], size: int, draws: int, seed: int
) -> tuple[Floats, Floats]:
    """The 95 % percentile interval of a statistic over resampled rows.

    Parameters
    ----------
    statistic : gets the indices of a resample [size], returns a number or an array
    size : number of rows to resample
    draws, seed : number of resamples, and the seed that fixes them

    Returns
    -------
    low, high : of the statistic's shape
    """
    random = np.random.default_rng(seed)
    values = np.array([statistic(random.integers(0, size, size)) for _ in range(draws)])
    low, high = np.nanquantile(values, [0.025, 0.975], axis=0)
    return np.asarray(low), np.asarray(high)
