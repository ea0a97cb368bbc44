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
from jaxtyping import Bool, Float, Shaped

from spendscape.core.arrays import Bools, Floats, Names
from spendscape.core.parquet import even_sample
from spendscape.core.small_cells import hidden
from spendscape.core.statistics import share_interval
from spendscape.core.text import no_formula
from spendscape.evaluation.attributes import NO_GROUP, Groups
from spendscape.evaluation.discriminants import Discriminants, area_under_curve, areas

FOUND, NOT_FOUND, NOT_TESTED = "found", "not found", "not tested"
# Rows of groups compared, of which one stands for all groups of a label.
COMPARED, DIFFERENCE, RATIO = "labels compared", "largest difference", "smallest ratio"
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


def audit(
    run: Run, attributes: Sequence[Groups], settings: Settings, minimum: int, seed: int
) -> pd.DataFrame:
    """What audit/audit.csv holds: for each attribute its customers, and a row a finding, with the verdict on it.

    `found` means: with the other findings of its kind and attribute, chance gives any of this size in at most
    `level` of all audits (Holm 1979, Scand. J. Statist. 6). No rate or mean is of fewer than `minimum` customers.
    """
    rows: list[dict[str, Any]] = []
    for groups in attributes:
        known = groups.code != NO_GROUP
        base = {"attribute": groups.name, "customers": int(known.sum())}
        counted = {"without a value": groups.unknown, "in a group that is too small": groups.small}
        rows += [base | {"kind": "customers", "what": "in a group"}]
        rows += [
            base | {"kind": "customers", "what": w, "customers": n} for w, n in counted.items()
        ]
        if len(groups.groups) < 2:
            why = "no group is large enough" if not groups.groups else "there is one group"
            rows.append(base | {"kind": "attribute", "what": why, "verdict": NOT_TESTED})
            continue
        kinds = {
            "predicted from": predictability(run, groups, settings, seed),
            "label": label_rates(run.labels, groups, minimum),
            "explanation": gaps(run.measures, groups, minimum),
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
    for name in ("attribute", "what", "group"):
        table[name] = [no_formula(text) if isinstance(text, str) else text for text in table[name]]
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

    A linear discriminant is fitted to the other folds (`Discriminants`). With more than two groups it is the
    mean of each group against the rest. `p` is how often shuffled groups are told as well, by all the same
    steps; `chance` is their mean.
    """
    known = np.flatnonzero(groups.code != NO_GROUP)
    known = known[even_sample(len(known), settings.customers)]
    code, random = groups.code[known], np.random.default_rng(seed)
    folds = random.permutation(len(known)) % settings.folds
    shuffled = np.stack([code, *(random.permutation(code) for _ in range(SHUFFLES))], axis=1)
    # Two groups are each other's rest.
    asked = range(len(groups.groups) if len(groups.groups) > 2 else 1)
    for name, values in run.predictors.items():
        fitted = Discriminants(values[known], folds)
        own, every = np.empty((len(known), len(asked))), np.zeros(1 + SHUFFLES)
        for g in asked:
            scores = fitted.scores(shuffled == g)
            own[:, g] = scores[:, 0]
            every += areas(scores, shuffled == g) / len(asked)
        _, error = area_under_curve(own, code)
        score = float(every[0])
        row = {"what": name, "group": "", "score": score, "chance": float(every[1:].mean())}
        ends = {"low": score - Z95 * error, "high": score + Z95 * error}
        p = (1 + int((every[1:] >= score).sum())) / (1 + SHUFFLES) if np.ptp(every) else np.nan
        yield row | ends | {"p": p, "customers": len(known)}


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
        named, rates = {"what": str(label), "p": p}, np.where(few, np.nan, own / sizes)
        for k, group in enumerate(groups.groups):
            low, high = (np.nan, np.nan) if few[k] else share_interval(int(own[k]), int(sizes[k]))
            ends = {"chance": overall, "low": low, "high": high, "customers": int(sizes[k])}
            yield named | {"group": group, "score": float(rates[k])} | ends
        shown = rates[~few]
        difference, ratio = np.nan, np.nan
        if len(shown) > 1:
            difference = float(np.ptp(shown))
            ratio = float(shown.min() / max(shown.max(), 1e-300))
        compared = {"kind": COMPARED, "customers": int(sizes.sum())}
        yield named | compared | {"group": DIFFERENCE, "score": difference, "chance": 0.0}
        yield named | compared | {"group": RATIO, "score": ratio, "chance": 1.0}


def gaps(
    measures: Mapping[str, Float[Floats, "N"]], groups: Groups, minimum: int
) -> Iterator[dict[str, Any]]:
    """The mean of each measure in each group, beside that of all; tested by Kruskal and Wallis (1952).

    A mean of fewer than `minimum` customers is NaN, and so is what would give it away (`hidden`): of a measure that is
    1 or 0, the mean where fewer are 1 or 0. The mean of all is that of the groups that have one.
    """
    from scipy.stats import kruskal

    for name, values in measures.items():
        parts = [values[groups.code == k] for k in range(len(groups.groups))]
        parts = [part[np.isfinite(part)] for part in parts]
        everyone, p = np.concatenate(parts), np.nan
        if min(map(len, parts)) > 1 and np.ptp(everyone) > 0:
            p = float(kruskal(*parts).pvalue)
        few = np.array([len(part) < minimum for part in parts])
        if np.isin(everyone, (0, 1)).all():
            ones = np.array([[(part == value).sum() for value in (0, 1)] for part in parts])
            few |= hidden(ones.astype(np.int64), minimum).any(axis=1)
        shown = [part for part, hide in zip(parts, few, strict=True) if not hide]
        chance = float(np.concatenate(shown).mean()) if shown else np.nan
        for group, part, hide in zip(groups.groups, parts, few.tolist(), strict=True):
            mean = np.nan if hide else float(part.mean())
            error = np.nan if hide else float(part.std() / np.sqrt(len(part)))
            ends = {"low": mean - Z95 * error, "high": mean + Z95 * error}
            row = {"what": name, "group": group, "score": mean, "chance": chance, "p": p}
            yield row | ends | {"customers": np.nan if len(part) < minimum else len(part)}


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
