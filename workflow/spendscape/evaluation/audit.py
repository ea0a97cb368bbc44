"""The audit: what a run says of attributes that it never saw (docs/explanation/audit.md).

For each attribute: how well segments, traits, states and spending predict it, whether the groups get other
labels, whether the explanation is worse for some, and which classes of spending carry it. A finding says that
two things go together in these data, never why.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float, Int, Shaped

from spendscape.core.arrays import Array, Bools, Floats, Integers, Names
from spendscape.core.parquet import even_sample
from spendscape.core.statistics import share_interval
from spendscape.evaluation.attributes import NO_GROUP, Groups

FOUND, NOT_FOUND, NOT_TESTED = "found", "not found", "not tested"
COLUMNS = [
    *("attribute", "kind", "what", "group", "customers"),
    *("score", "chance", "low", "high", "p", "verdict"),
]
# Classes in the table, those that go with the attribute most.
MOST_CLASSES = 12
# Shuffled groups that a predictor is compared with; the smallest p is one in 200.
SHUFFLES = 199
# Two standard errors on each side of a mean hold it 95 % of the time.
Z95 = 1.959963984540054


@runtime_checkable
class Settings(Protocol):
    """The keys of the config's section `audit` that are read here."""

    level: float
    folds: int
    customers: int


@dataclass(frozen=True)
class Run:
    """What a run says of its customers, in the order of the long window.

    Attributes
    ----------
    predictors : what an attribute is predicted from, by name
    labels : the network's label
    measures : a number of each customer, by name; NaN where there is none
    fractions : of spending
    classes : their names
    """

    predictors: Mapping[str, Float[Floats, "N _"]]
    labels: Shaped[Names, "N"]
    measures: Mapping[str, Float[Floats, "N"]]
    fractions: Float[Floats, "N C"]
    classes: Sequence[str]


def audit(run: Run, attributes: Sequence[Groups], settings: Settings, seed: int) -> pd.DataFrame:
    """What audit/audit.csv holds: a row a finding, with the verdict on it.

    `found` means: with the other findings of its kind and attribute, chance gives any of this size in at most
    `level` of all audits (Holm 1979, Scand. J. Statist. 6).
    """
    rows: list[dict[str, Any]] = []
    for groups in attributes:
        known = groups.code != NO_GROUP
        base = {"attribute": groups.name, "customers": int(known.sum())}
        if len(groups.groups) < 2:
            why = "no group is large enough" if not groups.groups else "there is one group"
            rows.append(base | {"kind": "attribute", "what": why, "verdict": NOT_TESTED})
            continue
        kinds = {
            "predicted from": predictability(run, groups, settings, seed),
            "label": label_rates(run.labels, groups),
            "explanation": gaps(run.measures, groups),
            "class": class_shares(run.fractions, run.classes, groups, settings.customers),
        }
        for kind, made in kinds.items():
            found = list(made)
            # Rows of several groups share one test.
            tests = {row["what"]: row["p"] for row in found}
            right = dict(zip(tests, holm(np.array(list(tests.values()), dtype=float)), strict=True))
            for row in found:
                p = right[row["what"]]
                verdict = NOT_TESTED if np.isnan(p) else FOUND if p <= settings.level else NOT_FOUND
                rows.append(base | {"kind": kind} | row | {"p": p, "verdict": verdict})
    table = pd.DataFrame(rows).reindex(columns=COLUMNS)
    classes = table["kind"] == "class"
    order = table[classes].sort_values(["attribute", "score"], ascending=[True, False])
    top = order.groupby("attribute", sort=False).head(MOST_CLASSES).index
    return table.loc[[*table.index[~classes], *top]].sort_values(
        "attribute", kind="stable", ignore_index=True
    )


def predictability(
    run: Run, groups: Groups, settings: Settings, seed: int
) -> Iterator[dict[str, Any]]:
    """How well each predictor tells a customer's group: the area under the ROC curve, cross-validated.

    A linear discriminant is fitted to the other folds, its covariance shrunk as Ledoit and Wolf (2004) do.
    With more than two groups it is the mean of each group against the rest. `p` is how often shuffled
    groups are told as well, by all the same steps; `chance` is their mean.
    """
    known = np.flatnonzero(groups.code != NO_GROUP)
    known = known[even_sample(len(known), settings.customers)]
    code, random = groups.code[known], np.random.default_rng(seed)
    folds = random.permutation(len(known)) % settings.folds
    shuffled = np.stack([code, *(random.permutation(code) for _ in range(SHUFFLES))])
    for name, values in run.predictors.items():
        scores = [
            out_of_fold(values[known], (shuffled == g).T.astype(np.float64), folds)
            for g in range(len(groups.groups))
        ]
        areas = np.mean([_areas(s, (shuffled == g).T) for g, s in enumerate(scores)], axis=0)
        _, error = area_under_curve(np.stack([s[:, 0] for s in scores], axis=1), code)
        score = float(areas[0])
        row = {"what": name, "group": "", "score": score, "chance": float(areas[1:].mean())}
        ends = {"low": score - Z95 * error, "high": score + Z95 * error}
        same = not np.ptp(areas)
        p = np.nan if same else (1 + int((areas[1:] >= score).sum())) / (1 + SHUFFLES)
        yield row | ends | {"p": p, "customers": len(known)}


def out_of_fold(
    values: Float[Array, "N K"], targets: Float[Floats, "N B"], folds: Int[Integers, "N"]
) -> Float[Floats, "N B"]:
    """What linear discriminants of the other folds say of each customer, for many targets at once."""
    from sklearn.covariance import ledoit_wolf_shrinkage

    made, spread = np.zeros(targets.shape), values.std(axis=0)
    used = spread > 1e-12 * max(1e-300, float(spread.max(initial=0)))
    if not used.any():
        return made
    scaled = (values[:, used] - values[:, used].mean(axis=0)) / spread[used]
    shrinkage = float(ledoit_wolf_shrinkage(scaled, assume_centered=True))
    for fold in np.unique(folds):
        held = folds == fold
        centre = scaled[~held].mean(axis=0)
        rows, goal = scaled[~held] - centre, targets[~held] - targets[~held].mean(axis=0)
        covariance = (1 - shrinkage) * rows.T @ rows / len(rows)
        covariance[np.diag_indices_from(covariance)] += max(shrinkage, 1e-9)
        made[held] = (scaled[held] - centre) @ np.linalg.solve(covariance, rows.T @ goal)
    return made


def _areas(scores: Float[Floats, "N B"], own: Bool[Bools, "N B"]) -> Float[Floats, "B"]:
    """The area under the ROC curve of each column, by the ranks of its own rows (Mann and Whitney 1947)."""
    from scipy.stats import rankdata

    count = own.sum(axis=0)
    ranks = (rankdata(scores, axis=0) * own).sum(axis=0)
    return np.asarray((ranks - count * (count + 1) / 2) / (count * (len(own) - count)))


def area_under_curve(scores: Float[Floats, "N G"], code: Int[Integers, "N"]) -> tuple[float, float]:
    """The mean area under the ROC curve of each group against the rest, and its standard error.

    The error is that of the influence of each customer (DeLong et al. 1988, Biometrics 44).
    """
    groups, n = scores.shape[1], len(code)
    areas, influence = np.zeros(groups), np.zeros(n)
    for g in range(groups if groups > 2 else 1):
        own, other = np.sort(scores[code == g, g]), np.sort(scores[code != g, g])
        # The share of the others below each of the own, and of the own above each of the others.
        above = _below(other, scores[code == g, g])
        under = 1 - _below(own, scores[code != g, g])
        areas[g] = above.mean()
        influence[code == g] += (above - areas[g]) * n / len(own)
        influence[code != g] += (under - areas[g]) * n / len(other)
    used = groups if groups > 2 else 1
    return float(areas[:used].mean()), float((influence / used).std() / np.sqrt(n))


def _below(ranked: Floats, values: Floats) -> Floats:
    """The share of ranked numbers below each value, a tie as half."""
    left, right = (np.searchsorted(ranked, values, side=side) for side in ("left", "right"))
    return np.asarray((left + right) / 2 / len(ranked))


def label_rates(labels: Shaped[Names, "N"], groups: Groups) -> Iterator[dict[str, Any]]:
    """How often each group gets each label, and the largest difference and smallest ratio between groups.

    They are fairlearn's selection rate, demographic parity difference and demographic parity ratio.
    """
    from scipy.stats import chi2_contingency

    known = groups.code != NO_GROUP
    code, sizes = groups.code[known], np.bincount(groups.code[known])
    for label in np.unique(labels[known]):
        has = labels[known] == label
        counts = np.bincount(code, weights=has)
        rates, overall = counts / sizes, float(has.mean())
        p = np.nan
        if 0 < overall < 1:
            p = float(chi2_contingency([counts, sizes - counts], correction=False).pvalue)
        named = {"what": str(label), "p": p}
        for k, group in enumerate(groups.groups):
            low, high = share_interval(int(counts[k]), int(sizes[k]))
            ends = {"chance": overall, "low": low, "high": high, "customers": int(sizes[k])}
            yield named | {"group": group, "score": float(rates[k])} | ends
        difference, ratio = float(np.ptp(rates)), float(rates.min() / max(rates.max(), 1e-300))
        yield named | {"group": "largest difference", "score": difference, "chance": 0.0}
        yield named | {"group": "smallest ratio", "score": ratio, "chance": 1.0}


def gaps(measures: Mapping[str, Float[Floats, "N"]], groups: Groups) -> Iterator[dict[str, Any]]:
    """The mean of each measure in each group, beside that of all; tested by Kruskal and Wallis (1952)."""
    from scipy.stats import kruskal

    for name, values in measures.items():
        parts = [values[groups.code == k] for k in range(len(groups.groups))]
        parts = [part[np.isfinite(part)] for part in parts]
        everyone = np.concatenate(parts)
        p = np.nan
        if min(map(len, parts)) > 1 and np.ptp(everyone) > 0:
            p = float(kruskal(*parts).pvalue)
        for group, part in zip(groups.groups, parts, strict=True):
            mean = float(part.mean()) if len(part) else np.nan
            error = float(part.std() / np.sqrt(len(part))) if len(part) else np.nan
            ends = {"low": mean - Z95 * error, "high": mean + Z95 * error}
            chance = float(everyone.mean()) if len(everyone) else np.nan
            row = {"what": name, "group": group, "score": mean, "chance": chance, "p": p}
            yield row | ends | {"customers": len(part)}


def class_shares(
    fractions: Float[Floats, "N C"], classes: Sequence[str], groups: Groups, most: int
) -> Iterator[dict[str, Any]]:
    """How much of the ranks of each class's fraction the groups explain (ε² of Kruskal and Wallis).

    Parameters
    ----------
    most : customers, an even sample of those in a group
    """
    from scipy.stats import kruskal

    known = np.flatnonzero(groups.code != NO_GROUP)
    known = known[even_sample(len(known), most)]
    values, code = fractions[known], groups.code[known]
    varies = np.asarray(np.ptp(values, axis=0) > 0)
    parts = [values[code == k][:, varies] for k in range(len(groups.groups))]
    found = kruskal(*parts, axis=0)
    chance = (len(groups.groups) - 1) / (len(values) - 1)
    means = [part.mean(axis=0) for part in parts]
    highest = np.argmax(means, axis=0)
    for k, place in enumerate(np.flatnonzero(varies)):
        row: dict[str, Any] = {
            "what": classes[int(place)],
            "group": f"most in {groups.groups[highest[k]]}",
        }
        score = float(found.statistic[k]) / (len(values) - 1)
        row |= {"score": score, "chance": chance, "customers": len(values)}
        yield row | {"p": float(found.pvalue[k])}


def holm(p: Float[Floats, "K"]) -> Float[Floats, "K"]:
    """The p values that hold for all of them together (Holm 1979); NaN stays."""
    known = np.flatnonzero(np.isfinite(p))
    ranked = known[np.argsort(p[known], kind="stable")]
    raised = p[ranked] * np.arange(len(ranked), 0, -1)
    found = np.full(len(p), np.nan)
    found[ranked] = np.minimum(1, np.maximum.accumulate(raised)) if len(ranked) else raised
    return found


def one_hot(names: Shaped[Names, "N"]) -> Float[Floats, "N K"]:
    """A column for each name but the most frequent, 1 where a customer has it."""
    found, codes, counts = np.unique(names, return_inverse=True, return_counts=True)
    made: Bools = codes.ravel()[:, None] == np.arange(len(found))
    return np.delete(made.astype(np.float64), int(counts.argmax()), axis=1)


def flips(labels: Shaped[Names, "N"], formula: Shaped[Names, "N"]) -> Float[Floats, "N"]:
    """1 where the network's label is not the formula's; NaN where that is not known."""
    other: Bool[Bools, N] = np.asarray(labels != formula)
    return np.where(formula == "", np.nan, other.astype(np.float64))
