"""Scores and their uncertainty."""

from collections.abc import Callable

import numpy as np
from jaxtyping import Float, Int

from spendscape.core.arrays import Floats, Indices

# Counts of resampled rows that are in memory at once.
BLOCK = 2**23


def r_squared(truth: Float[Floats, "N K"], predicted: Float[Floats, "N K"]) -> Float[Floats, "K"]:
    """The coefficient of determination of each column, NaN for one that is constant.

    It is 1 − Σ(truth − predicted)² / Σ(truth − mean)².
    """
    residual = np.square(truth - predicted).sum(axis=0)
    total = np.square(truth - truth.mean(axis=0)).sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(total > 0, 1 - residual / total, np.nan))


def weighted_r_squared(truth: Float[Floats, "N K"], predicted: Float[Floats, "N K"]) -> float:
    """One R² for all columns, each weighted with its variance (maths §3, rank ceiling)."""
    residual = np.square(truth - predicted).sum()
    total = np.square(truth - truth.mean(axis=0)).sum()
    return float(1 - residual / total) if total > 0 else float("nan")


def bootstrap(
    statistic: Callable[[Int[Indices, "N"]], float | Floats], size: int, draws: int, seed: int
) -> tuple[Float[Floats, "..."], Float[Floats, "..."]]:
    """The 95 % percentile interval of a statistic over resampled rows.

    Parameters
    ----------
    statistic : gets the indices of the resampled rows, returns a number or an array
    size : number of rows N
    draws, seed : number of resamples, and the seed that fixes them

    Returns
    -------
    low, high : of the statistic's shape
    """
    random = np.random.default_rng(seed)
    values = np.array([statistic(random.integers(0, size, size)) for _ in range(draws)])
    low, high = np.nanquantile(values, [0.025, 0.975], axis=0)
    return np.asarray(low), np.asarray(high)


def bootstrap_sums(
    statistic: Callable[[Float[Floats, "D N"]], Float[Floats, "D S"]],
    size: int,
    draws: int,
    seed: int,
) -> tuple[Float[Floats, "S"], Float[Floats, "S"]]:
    """The 95 % percentile interval of statistics that are made of weighted sums: many resamples at once.

    Parameters
    ----------
    statistic : gets how often each row is in each of some resamples
    size : number of rows N
    draws, seed : number of resamples, and the seed that fixes them

    Returns
    -------
    low, high : of each statistic; NaN where no resample has it
    """
    random = np.random.default_rng(seed)
    block = max(1, BLOCK // max(1, size))
    values = []
    for first in range(0, draws, block):
        counts = np.empty((min(block, draws - first), size))
        for row in counts:
            row[:] = np.bincount(random.integers(0, size, size), minlength=size)
        values.append(statistic(counts))
    found = np.concatenate(values)
    none = np.isnan(found).all(axis=0)
    low, high = np.nanquantile(np.where(none, 0, found), [0.025, 0.975], axis=0)
    return np.where(none, np.nan, low), np.where(none, np.nan, high)


def correlation_interval(correlation: float, pairs: int) -> tuple[float, float]:
    """The 95 % interval of Pearson's correlation by Fisher's z; NaN for fewer than four pairs.

    A bootstrap over so few classes is biased: its interval need not even hold the value.
    """
    if pairs < 4 or not abs(correlation) < 1:
        return (np.nan, np.nan) if pairs < 4 or np.isnan(correlation) else (correlation,) * 2
    z, half = np.arctanh(correlation), 1.959963984540054 / np.sqrt(pairs - 3)
    return float(np.tanh(z - half)), float(np.tanh(z + half))
