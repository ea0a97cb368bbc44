"""Scores and their uncertainty."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from spendscape.core.arrays import Array, Floats, Indices

# Counts of resampled rows that are in memory at once: so many that what is summed is not read for each resample anew.
BLOCK = 2**22


def mean_of_steps(values: Float[Array, "N T C"]) -> Float[Floats, "N C"]:
    """The mean over the second axis in double precision: `numpy.mean` takes three times as long for the same bytes."""
    total = values[:, 0].astype(np.float64)
    for t in range(1, values.shape[1]):
        total += values[:, t]
    return np.asarray(total / values.shape[1])


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
    values = [statistic(counts) for counts in _counts(size, draws, seed)]
    found = np.concatenate(values)
    none = np.isnan(found).all(axis=0)
    low, high = np.nanquantile(np.where(none, 0, found), [0.025, 0.975], axis=0)
    return np.where(none, np.nan, low), np.where(none, np.nan, high)


def _counts(size: int, draws: int, seed: int) -> Iterator[Float[Floats, "D N"]]:
    """How often each row is in each resample, the same resamples as in `bootstrap`, some at a time."""
    random = np.random.default_rng(seed)
    block = max(1, BLOCK // max(1, size))
    for first in range(0, draws, block):
        counts = np.empty((min(block, draws - first), size))
        for row in counts:
            row[:] = np.bincount(random.integers(0, size, size), minlength=size)
        yield counts


@dataclass(frozen=True)
class Sums:
    """A statistic that is made of sums over rows.

    Attributes
    ----------
    columns : what is summed
    of : the statistic of such sums, one for each set of them, or several of them side by side
    """

    columns: Float[Floats, "N S"]
    of: Callable[[Float[Floats, "D S"]], Float[Floats, "D ..."]]


def mean(column: Float[Floats, " N"]) -> Sums:
    """The mean of a column."""
    return Sums(column[:, None], lambda sums: sums[:, 0] / len(column))


def ratio(part: Bool[Array, " N"], whole: Bool[Array, " N"]) -> Sums:
    """The number of rows of one kind over that of another; NaN where there are none of the other."""

    def of(sums: Floats) -> Floats:
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(sums[:, 0] / sums[:, 1])

    return Sums(np.column_stack([part, whole]).astype(np.float64), of)


def fit(truth: Float[Array, "N K"], predicted: Float[Array, "N K"]) -> Sums:
    """`weighted_r_squared`."""
    centred = _centred(truth)
    residual = np.square(truth.astype(np.float64) - predicted).sum(axis=1)

    def of(sums: Floats) -> Floats:
        total = sums[:, 1] - np.square(sums[:, 2:]).sum(axis=1) / len(truth)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(np.where(total > 0, 1 - sums[:, 0] / total, np.nan))

    return Sums(np.column_stack([residual, np.square(centred).sum(axis=1), centred]), of)


def correlation(x: Float[Array, " N"], y: Float[Array, " N"]) -> Sums:
    """Pearson's correlation; NaN where one side is constant."""
    a, b = _centred(x), _centred(y)

    def of(sums: Floats) -> Floats:
        n = len(a)
        first, second, both, one, other = sums.T
        across = both - first * second / n
        with np.errstate(divide="ignore", invalid="ignore"):
            spread = np.sqrt((one - first**2 / n) * (other - second**2 / n))
            return np.asarray(np.where(spread > 0, across / spread, np.nan))

    return Sums(np.column_stack([a, b, a * b, a * a, b * b]), of)


def _centred(values: Float[Array, "N ..."]) -> Float[Floats, "N ..."]:
    """Less the mean, so that a difference of sums of squares loses no digits."""
    return np.asarray(values - values.sum(axis=0, dtype=np.float64) / max(1, len(values)))


def together(statistics: Sequence[Sums]) -> Sums:
    """Statistics of the same rows as one, whose `of` gives a column for each."""
    ends = np.cumsum([statistic.columns.shape[1] for statistic in statistics])

    def of(sums: Float[Floats, "D S"]) -> Float[Floats, "D Q"]:
        parts = np.split(sums, ends[:-1], axis=1)
        pairs = zip(statistics, parts, strict=True)
        return np.stack([statistic.of(part) for statistic, part in pairs], axis=1)

    return Sums(np.concatenate([statistic.columns for statistic in statistics], axis=1), of)


def lowest(statistics: Sequence[Sums]) -> Sums:
    """The lowest of statistics of the same rows, of those that are numbers."""
    every = together(statistics)
    return Sums(every.columns, lambda sums: np.asarray(np.fmin.reduce(every.of(sums), axis=1)))


def intervals(statistics: Sequence[Sums], draws: int, seed: int) -> Float[Floats, "Q 3"]:
    """Each statistic's value and its 95 % percentile interval over resampled rows.

    The resamples are those of `bootstrap`, drawn once for all statistics of equally many rows. A statistic of no
    rows is NaN.
    """
    found = np.full((len(statistics), 3), np.nan)
    for size in {len(statistic.columns) for statistic in statistics} - {0}:
        places = [k for k, statistic in enumerate(statistics) if len(statistic.columns) == size]
        every = together([statistics[k] for k in places])
        found[places, 0] = every.of(every.columns.sum(axis=0)[None])[0]
        low, high = bootstrap_sums(
            lambda counts, every=every: every.of(counts @ every.columns),  # type: ignore[misc]
            size, draws, seed,
        )  # fmt: skip
        found[places, 1], found[places, 2] = low, high
    return found


def correlation_interval(correlation: float, pairs: int) -> tuple[float, float]:
    """The 95 % interval of Pearson's correlation by Fisher's z; NaN for fewer than four pairs.

    A bootstrap over so few classes is biased: its interval need not even hold the value.
    """
    if pairs < 4 or not abs(correlation) < 1:
        return (np.nan, np.nan) if pairs < 4 or np.isnan(correlation) else (correlation,) * 2
    z, half = np.arctanh(correlation), 1.959963984540054 / np.sqrt(pairs - 3)
    return float(np.tanh(z - half)), float(np.tanh(z + half))


def share_interval(count: int, size: int) -> tuple[float, float]:
    """The 95 % interval of a share, `count` of `size`, by Wilson's score (1927, JASA 22); 0 to 1 of nobody."""
    if not size:
        return 0.0, 1.0
    share, z2 = count / size, 1.959963984540054**2 / size
    half = np.sqrt(z2 * (share * (1 - share) + z2 / 4))
    low, high = (float(share + z2 / 2 + end) / (1 + z2) for end in (-half, half))
    # Of nobody and of everybody the ends are exact, whatever they round to.
    return low if count else 0.0, high if count < size else 1.0
