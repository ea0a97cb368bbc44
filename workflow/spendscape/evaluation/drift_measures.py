"""How far apart two distributions are, with intervals that allow for what chance alone adds."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, Int
from scipy.spatial.distance import jensenshannon

from spendscape.core.arrays import Floats, Indices, Integers
from spendscape.core.geometry import normalised

# A share below this counts as this in the stability index, which would be infinite for a class that vanished.
LEAST_SHARE = 1e-4
RARE = "(rare ones together)"


def of_one(sums: Float[Floats, "R K"]) -> Float[Floats, "R K"]:
    """Each row's shares; NaN where a row sums to nothing."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(sums / sums.sum(axis=1, keepdims=True))


def stability_index(p: Float[Floats, "R K"], q: Float[Floats, "R K"]) -> Float[Floats, "R"]:
    """Population stability index Σ (q − p) ln(q / p) of each row's shares; a share is at least `LEAST_SHARE`."""
    before, now = np.maximum(p, LEAST_SHARE), np.maximum(q, LEAST_SHARE)
    return np.asarray(((now - before) * np.log(now / before)).sum(axis=1))


def jensen_shannon(p: Float[Floats, "R K"], q: Float[Floats, "R K"]) -> Float[Floats, "R"]:
    """Jensen-Shannon divergence of each row's shares in bits, 0 to 1 (Lin 1991, IEEE Trans. Inf. Theory 37)."""
    return np.asarray(jensenshannon(p, q, base=2, axis=1) ** 2)


def degrees_between(a: Float[Floats, "R M"], b: Float[Floats, "R M"]) -> Float[Floats, "R"]:
    """The angle between vectors, row by row; NaN where one has no length."""
    cosine = (normalised(a) * normalised(b)).sum(axis=1)
    return np.asarray(np.degrees(np.arccos(np.clip(cosine, -1, 1))))


def beyond_chance(
    values: Float[Floats, "R"], threshold: float, squared: bool
) -> tuple[tuple[float, float, float], float]:
    """A distance without what chance adds to it, its 95 % interval, and the p value of its being at most the threshold.

    Two samples of one population are some distance apart. What the draws show of it adds to the true distance in
    squares in the mean, and never more than as a whole, by the triangle inequality: so the interval is
    the distance less and plus what chance exceeds in 2.5 % of the draws.

    Parameters
    ----------
    values : the distance, then that of each draw in which chance alone decides who is in which period
    squared : whether they are like squares of a distance, as divergences are; √JS is a metric (Endres & Schindelin 2003)
    """
    if not np.isfinite(values[0]) or not np.isfinite(values[1:]).any():
        return (np.nan, np.nan, np.nan), np.nan
    power = 2 if squared else 1
    roots = np.maximum(values, 0) ** (1 / power)
    own, chance = roots[0], roots[1:][np.isfinite(roots[1:])]
    most = np.quantile(chance, 0.975)
    middle = np.sqrt(max(0.0, own**2 - np.mean(chance**2)))
    ends = (middle, max(0.0, own - most), own + most)
    value, low, high = (float(end**power) for end in ends)
    as_far = int((chance >= own - threshold ** (1 / power)).sum())
    return (value, low, high), (1 + as_far) / (1 + len(chance))


def median_interval(values: Float[Floats, "K"]) -> tuple[float, float, float]:
    """A median and its 95 % interval between order statistics, whatever the distribution (Conover 1999, §3.2)."""
    ranked = np.sort(values)
    half = 1.959963984540054 * np.sqrt(len(ranked)) / 2
    low = max(0, int(np.floor(len(ranked) / 2 - half)))
    high = min(len(ranked) - 1, int(np.ceil(len(ranked) / 2 + half)))
    return float(np.median(ranked)), float(ranked[low]), float(ranked[high])


def groups(
    before: Int[Integers, "K"], now: Int[Integers, "K"], names: Sequence[str], minimum: int
) -> list[tuple[str, Int[Indices, "_"]]]:
    """The classes or labels as they are shown: alone where in each period nobody or enough customers have them.

    The rare ones are shown together. So that the rest to 100 % points at nobody either, the smallest large one joins
    them; where there is none to join them, nothing is shown.

    Parameters
    ----------
    before, now : customers who have each, in the two periods
    """
    used = (before > 0) | (now > 0)
    few = [(count > 0) & (count < minimum) for count in (before, now)]
    rare = few[0] | few[1]
    alone = np.flatnonzero(used & ~rare).tolist()
    if not rare.any():
        return [(names[k], np.array([k])) for k in alone]
    lower = np.minimum(before, now)
    large = sorted((k for k in alone if lower[k] >= minimum), key=lambda k: (lower[k], k))
    if not large:
        return []
    together = np.sort(np.append(np.flatnonzero(rare), large[0]))
    return [(names[k], np.array([k])) for k in alone if k != large[0]] + [(RARE, together)]
