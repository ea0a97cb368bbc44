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
from spendscape.evaluation.attributes import NO_GROUP, Groups
from spendscape.evaluation.discriminants import Discriminants, area_under_curve, areas
from spendscape.evaluation.group_differences import Z95, class_shares, gaps, label_rates

FOUND, SMALL, NOT_FOUND, NOT_TESTED = "found", "small", "not found", "not tested"
COLUMNS = [
    *("attribute", "kind", "what", "group", "customers"),
    *("score", "chance", "low", "high", "p", "verdict"),
]
# Classes in the table, those that go with the attribute most.
MOST_CLASSES = 12
# Shuffled groups that a predictor is compared with, at least: the smallest p is one in 200.
SHUFFLES = 199


@runtime_checkable
class Settings(Protocol):
    """The keys of the config's section `audit` that are read here."""

    level: float
    smallest_difference: float
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

    `found` means two things. With the other findings of its kind and attribute, chance gives any of this size in at
    most `level` of all audits (Holm 1979, Scand. J. Statist. 6); and the difference is at least `smallest_difference`.
    What is as certain and smaller is `small`. No rate or mean is of fewer than `minimum` customers.
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
                verdict = verdict_of(p, row["effect"], settings)
                rows.append(base | {"kind": kind} | row | {"p": p, "verdict": verdict})
    table = pd.DataFrame(rows).reindex(columns=COLUMNS)
    classes = table["kind"] == "class"
    apart = table[classes].assign(apart=(table["score"] - 0.5).abs())
    order = apart.sort_values(["attribute", "apart"], ascending=[True, False], kind="stable")
    top = order.groupby("attribute", sort=False).head(MOST_CLASSES).index
    return table.loc[[*table.index[~classes], *top]].sort_values(
        "attribute", kind="stable", ignore_index=True
    )


def verdict_of(p: float, effect: float, settings: Settings) -> str:
    """What is said of a finding.

    Parameters
    ----------
    p : after Holm's correction; NaN where nothing could be tested
    effect : of means and shares, the largest difference between groups as a part of the largest; of an area under
        the ROC curve, twice its distance from .5
    """
    if np.isnan(p):
        return NOT_TESTED
    if p > settings.level:
        return NOT_FOUND
    return FOUND if effect >= settings.smallest_difference else SMALL


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
    # With so many, a single predictor's smallest p is half of the level after Holm's correction.
    shuffles = max(SHUFFLES, int(np.ceil(2 * len(run.predictors) / settings.level)))
    shuffled = np.stack([code, *(random.permutation(code) for _ in range(shuffles))], axis=1)
    # Two groups are each other's rest.
    asked = range(len(groups.groups) if len(groups.groups) > 2 else 1)
    for name, values in run.predictors.items():
        fitted = Discriminants(values[known], folds)
        own, every = np.empty((len(known), len(asked))), np.zeros(1 + shuffles)
        for g in asked:
            scores = fitted.scores(shuffled == g)
            own[:, g] = scores[:, 0]
            every += areas(scores, shuffled == g) / len(asked)
        _, error = area_under_curve(own, code)
        score = float(every[0])
        row = {"what": name, "group": "", "score": score, "chance": float(every[1:].mean())}
        ends = {"low": score - Z95 * error, "high": score + Z95 * error}
        p = (1 + int((every[1:] >= score).sum())) / (1 + shuffles) if np.ptp(every) else np.nan
        yield row | ends | {"p": p, "effect": 2 * score - 1, "customers": len(known)}


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
