"""Scores and their uncertainty."""

from collections.abc import Callable

import numpy as np
from jaxtyping import Float, Int

from spendscape.core.arrays import Floats, Indices


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
