"""How groups of customers differ in labels, in what the explanation is worth, and in classes of spending."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from jaxtyping import Float, Shaped

from spendscape.core.arrays import Floats, Names
from spendscape.core.parquet import even_sample
from spendscape.core.small_cells import hidden
from spendscape.core.statistics import share_interval
from spendscape.evaluation.attributes import NO_GROUP, Groups
from spendscape.evaluation.discriminants import area_under_curve

# Rows that stand for all groups of a label, or of a measure.
COMPARED, MEASURES = "labels compared", "measures compared"
DIFFERENCE, RATIO = "largest difference", "smallest ratio"
# Two standard errors on each side of a mean hold it 95 % of the time.
Z95 = 1.959963984540054


def label_rates(
    labels: Shaped[Names, "N"], groups: Groups, minimum: int
) -> Iterator[dict[str, Any]]:
    """How often each group gets each label, and the largest difference and smallest ratio between groups.

    They are fairlearn's selection rate, demographic parity difference and demographic parity ratio. Rates of fewer than
    `minimum` customers, and what would give them away, are NaN (`hidden`); differences and ratios are of the others.
    """
    from scipy.stats import chi2_contingency

    known = groups.code != NO_GROUP
    code, sizes = groups.code[known], np.bincount(groups.code[known])
    names = np.unique(labels[known])
    counts = np.stack([np.bincount(code[labels[known] == n], minlength=len(sizes)) for n in names])
    hide = hidden(counts.astype(np.int64), minimum)
    for label, own, few in zip(names, counts, hide, strict=True):
        overall, p = float(own.sum() / sizes.sum()), np.nan
        if 0 < overall < 1:
            p = float(chi2_contingency([own, sizes - own], correction=False).pvalue)
        named = {"what": str(label), "p": p, "effect": _effect(own / sizes)}
        found = np.array(
            [
                (n / size, *share_interval(int(n), int(size)))
                for n, size in zip(own, sizes, strict=True)
            ]
        )
        found[few] = np.nan
        for k, (group, (rate, low, high)) in enumerate(
            zip(groups.groups, found.tolist(), strict=True)
        ):
            ends = {"chance": overall, "low": low, "high": high, "customers": int(sizes[k])}
            yield named | {"group": group, "score": rate} | ends
        named |= {"kind": COMPARED, "customers": int(sizes.sum())}
        yield from (named | row for row in _compared(found[~few]))


def gaps(
    measures: Mapping[str, Float[Floats, "N"]], groups: Groups, minimum: int
) -> Iterator[dict[str, Any]]:
    """The mean of each measure in each group, beside that of all, and the largest difference and smallest ratio.

    The test is of the means: Welch's (1951, Biometrika 38), or the ordinary one where a group has no spread. A mean of
    fewer than `minimum` customers is NaN, and so is what would give it away (`hidden`): of a measure that is 1 or 0, the
    mean where fewer are 1 or 0. The mean of all is that of the groups that have one.

    Parameters
    ----------
    measures : numbers that are never below 0
    """
    from scipy.stats import f_oneway

    for name, values in measures.items():
        parts = [values[groups.code == k] for k in range(len(groups.groups))]
        parts = [part[np.isfinite(part)] for part in parts]
        everyone, p, effect = np.concatenate(parts), np.nan, 0.0
        if min(map(len, parts)) > 1 and np.ptp(everyone) > 0:
            spread = all(np.ptp(part) > 0 for part in parts)
            p = float(f_oneway(*parts, equal_var=not spread).pvalue)
            effect = _effect(np.array([part.mean() for part in parts]))
        few = np.array([len(part) < minimum for part in parts])
        if np.isin(everyone, (0, 1)).all():
            ones = np.array([[(part == value).sum() for value in (0, 1)] for part in parts])
            few |= hidden(ones.astype(np.int64), minimum).any(axis=1)
        shown = [part for part, hide in zip(parts, few, strict=True) if not hide]
        chance = float(np.concatenate(shown).mean()) if shown else np.nan
        found = np.full((len(parts), 3), np.nan)
        found[~few] = np.array([_mean(part) for part in shown]).reshape(-1, 3)
        named = {"what": name, "p": p, "effect": effect}
        for group, part, (mean, low, high) in zip(
            groups.groups, parts, found.tolist(), strict=True
        ):
            size = np.nan if len(part) < minimum else len(part)
            ends = {"chance": chance, "low": low, "high": high, "customers": size}
            yield named | {"group": group, "score": mean} | ends
        named |= {"kind": MEASURES, "customers": sum(map(len, shown))}
        yield from (named | row for row in _compared(found[~few]))


def _mean(part: Float[Floats, "K"]) -> tuple[float, float, float]:
    """A mean with its 95 % interval."""
    mean, half = float(part.mean()), Z95 * float(part.std() / np.sqrt(len(part)))
    return mean, mean - half, mean + half


def _effect(values: Float[Floats, "G"]) -> float:
    """The largest difference between groups, as a part of the largest value."""
    return float(np.ptp(values) / max(values.max(), 1e-300))


def _compared(found: Float[Floats, "G 3"]) -> Iterator[dict[str, Any]]:
    """The largest difference between groups, with the 95 % interval of that of these two, and the smallest ratio.

    The interval is made of the groups' own (Newcombe 1998, Stat. Med. 17, method 10; Zou and Donner 2008, Stat. Med.
    27). That the two were chosen is not in it. NaN where fewer than two groups are shown.

    Parameters
    ----------
    found : of each group that is shown, a share or a mean and its ends
    """
    difference, ratio = (np.nan, np.nan, np.nan), np.nan
    if len(found) > 1:
        top, bottom = found[found[:, 0].argmax()], found[found[:, 0].argmin()]
        apart = float(top[0] - bottom[0])
        below = np.hypot(top[0] - top[1], bottom[2] - bottom[0])
        above = np.hypot(top[2] - top[0], bottom[0] - bottom[1])
        difference = apart, float(apart - below), float(apart + above)
        ratio = float(bottom[0] / max(top[0], 1e-300))
    score, low, high = difference
    yield {"group": DIFFERENCE, "score": score, "chance": 0.0, "low": low, "high": high}
    yield {"group": RATIO, "score": ratio, "chance": 1.0}


def class_shares(
    fractions: Float[Floats, "N C"], classes: Sequence[str], groups: Groups, most: int
) -> Iterator[dict[str, Any]]:
    """How far the groups differ in a class's fraction of spending; tested by Kruskal and Wallis (1952).

    The score is the probability that one of a group spends a larger fraction on it than one of the others (equal
    ones count as half): the area under the ROC curve of the class alone. The group is the one for which it is
    farthest from .5.

    Parameters
    ----------
    most : customers, an even sample of those in a group
    """
    from scipy.stats import kruskal, rankdata

    known = np.flatnonzero(groups.code != NO_GROUP)
    known = known[even_sample(len(known), most)]
    values, code = fractions[known], groups.code[known]
    varies = np.asarray(np.ptp(values, axis=0) > 0)
    values = values[:, varies]
    tested = kruskal(*(values[code == k] for k in range(len(groups.groups))), axis=0)
    ranks = np.asarray(rankdata(values, axis=0))
    sizes = np.bincount(code, minlength=len(groups.groups))
    sums = np.stack([ranks[code == k].sum(axis=0) for k in range(len(sizes))])
    above = (sums - (sizes * (sizes + 1) / 2)[:, None]) / (sizes * (len(code) - sizes))[:, None]
    # Of two groups that are as far from .5, one is the other's mirror: the one that spends more.
    chosen = np.argmax(np.abs(above - 0.5).round(12) + 1e-9 * (above > 0.5), axis=0)
    for place, name in enumerate(np.array(classes, dtype=object)[varies].tolist()):
        g = int(chosen[place])
        score, error = area_under_curve(values[:, [place]], np.where(code == g, 0, 1))
        row = {"what": name, "group": groups.groups[g], "customers": len(values)}
        row |= {"score": score, "chance": 0.5, "p": float(tested.pvalue[place])}
        ends = {"low": score - Z95 * error, "high": score + Z95 * error}
        yield row | ends | {"effect": 2 * abs(score - 0.5)}
