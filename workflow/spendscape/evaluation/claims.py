"""Claims of the study beside what a run measured: the verdict and the words of its rule come from one row.

A claim is a row of data (`study_claims.CLAIMS`): what the study says, the quantity that it is judged
by, and the conditions under which it counts as confirmed. Everything in claims.csv is made from it.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import pandas as pd

from spendscape.evaluation.quantities import Measured, Quantity, Results

CONFIRMED, STRONGER, EQUAL_TO, CONTRADICTED, NOT_TESTED = (
    "confirmed",
    "stronger",
    "equal",
    "contradicted",
    "not tested",
)
# What the rows of the table are about: the study's own claims, this run's explanation, another network.
STUDY, EXPLANATION, SUPERVISION = "study", "explanation", "other supervision"


@dataclass(frozen=True)
class Operator:
    """How a measured number is held against a bound; a plain number as the bound has no interval.

    Where neither `holds` nor `fails`, the two cannot be told apart.

    Attributes
    ----------
    words : the rule in words, with `{bound}` for the bound
    holds : whether a measured number lies on the side of the bound that is claimed
    fails : whether it lies on the other side; None: wherever it does not hold
    """

    words: str
    holds: Callable[[Measured, Measured], bool]
    fails: Callable[[Measured, Measured], bool] | None = None

    def verdict(self, found: Measured, bound: Measured) -> str:
        """confirmed, equal or contradicted."""
        if self.holds(found, bound):
            return CONFIRMED
        fails = self.fails is None or self.fails(found, bound)
        return CONTRADICTED if fails else EQUAL_TO


AT_LEAST = Operator("at or above {bound}", lambda found, bound: found.value >= bound.value)
ABOVE = Operator("above {bound}", lambda found, bound: found.value > bound.value)
BELOW = Operator("below {bound}", lambda found, bound: found.value < bound.value)
EQUAL = Operator("equal to {bound}", lambda found, bound: found.value == bound.value)
INTERVAL_AT_LEAST = Operator(
    "interval at or above {bound}",
    lambda found, bound: found.bottom >= bound.top,
    lambda found, bound: found.top < bound.bottom,
)
INTERVAL_ABOVE = Operator(
    "interval above {bound}",
    lambda found, bound: found.bottom > bound.top,
    lambda found, bound: found.top < bound.bottom,
)
INTERVAL_BELOW = Operator(
    "interval below {bound}",
    lambda found, bound: found.top < bound.bottom,
    lambda found, bound: found.bottom > bound.top,
)


@dataclass(frozen=True)
class Condition:
    """One condition under which a claim counts as confirmed.

    Attributes
    ----------
    operator : how the number is held against the bound
    bound : the threshold: a number, or another quantity
    words : in place of the operator's, with `{bound}` for the bound
    of : the quantity that is held against the bound, if it is not the claim's own
    """

    operator: Operator
    bound: float | Quantity
    words: str = ""
    of: Quantity | None = None

    def against(self, results: Results) -> Measured | None:
        """The bound in this run; None when the run has no such quantity."""
        if callable(self.bound):
            return self.bound(results)
        return Measured(self.bound)

    def text(self, bound: Measured) -> str:
        """The condition in words."""
        if callable(self.bound):
            shown = ", ".join(filter(None, [bound.words, f"{bound.value:.3f}"]))
        else:
            shown = _plain(self.bound)
        return (self.words or self.operator.words).format(bound=shown)


@dataclass(frozen=True)
class Claim:
    """One claim of the study.

    Attributes
    ----------
    id : a short name that does not change when the words do
    section : of the study, where the claim stands
    words : what the study claims; may hold `{formula}` (what the traits' formula is called) and `{other}`
        (the supervision that this run did not use)
    paper : the study's figure
    evidence : the file of the results that the quantity is read from
    quantity : what it is judged by
    conditions : it is confirmed when all of them hold, contradicted when one fails, and equal otherwise
    figure : the number that the study reports; a confirmed claim is stronger when ours is above it by more
        than the width of its interval
    table : the part of the table that it stands in: study, explanation or other supervision
    rests_on : the quantities of model/ensemble.csv, as a regular expression, by which its verdict is
        judged again over retrained networks; empty when it needs no retraining
    beside : a number that is told with the rule, as words with `{}` for it, and the quantity
    missing : why it is not tested in a run that lacks the quantity
    """

    id: str
    section: str
    words: str
    paper: str
    evidence: str
    quantity: Quantity
    conditions: Sequence[Condition]
    figure: float | None = None
    table: str = STUDY
    rests_on: str = ""
    beside: tuple[str, Quantity] | None = None
    missing: str = "no such quantity"


# A row that stands in the table once for each level of segments.
PerLevel = Callable[[int], Claim]


def claims_table(
    claims: Iterable[Claim | PerLevel], levels: Sequence[int], results: Results
) -> pd.DataFrame:
    """claims.csv: every claim beside what this run measured.

    Parameters
    ----------
    claims : the table of claims
    levels : of segments, for the claims that stand once for each

    Returns
    -------
    Columns table, id, section, claim, paper (the study's figure), ours, low and high (95 % interval), verdict,
    rule (when it counts as confirmed), evidence, retrained (whether the verdict is the same for
    every seed).
    """
    rows: list[Claim] = []
    for claim in claims:
        rows += [claim] if isinstance(claim, Claim) else map(claim, levels)
    return pd.DataFrame([_judged(claim, results) for claim in rows])


def _judged(claim: Claim, results: Results) -> dict[str, object]:
    """A claim's row of claims.csv."""
    found, (verdict, rule) = claim.quantity(results), judge(claim, results)
    measured = found or Measured(float("nan"), words=claim.missing)
    return {
        "table": claim.table,
        "id": claim.id,
        "section": claim.section,
        "claim": claim.words.format(**_names(results)),
        "paper": claim.paper,
        "ours": measured.words or measured.value,
        "low": measured.low,
        "high": measured.high,
        "verdict": verdict,
        "rule": rule,
        "evidence": claim.evidence,
        "retrained": after_retraining(claim, verdict, results),
    }


def judge(claim: Claim, results: Results) -> tuple[str, str]:
    """The verdict on a claim, and the rule by which it was found; no rule when it is not tested."""
    verdicts, words = [], []
    for condition in claim.conditions:
        found, bound = (condition.of or claim.quantity)(results), condition.against(results)
        if found is None or bound is None:
            return NOT_TESTED, ""
        verdicts.append(condition.operator.verdict(found, bound))
        words.append(condition.text(bound))
    rule = ", and ".join(words)
    beside = claim.beside[1](results) if claim.beside else None
    if claim.beside and beside:
        rule += f" ({claim.beside[0].format(f'{beside.value:.3f}')})"
    verdict = min(verdicts, key=[CONTRADICTED, EQUAL_TO, CONFIRMED].index)
    if claim.figure is not None:
        rule += f"; stronger when above {_plain(claim.figure)} by more than its interval's width"
        found = claim.quantity(results)
        if verdict == CONFIRMED and found and found.value - claim.figure > found.width:
            verdict = STRONGER
    return verdict, rule


def after_retraining(claim: Claim, verdict: str, results: Results) -> str:
    """Whether a claim's verdict is the same for every seed: the words of the column `retrained`.

    The same conditions are held against the spread of the quantities over the seeds. A confirmed (or stronger)
    claim survives when the worst seed meets them in every quantity, and one that is not confirmed
    when even the best seed misses them in some quantity.
    """
    rows = results.ensemble
    rows = rows[rows["quantity"].str.fullmatch(claim.rests_on)]
    if verdict == NOT_TESTED or not len(rows):
        return ""
    spread = [
        [_all_hold(claim, Measured(float(end)), results) for end in ends]
        for ends in rows[["lowest", "highest"]].to_numpy()
    ]
    confirmed_by_all = all(all(ends) for ends in spread)
    confirmed_by_one = all(any(ends) for ends in spread)
    same = confirmed_by_all if verdict in (CONFIRMED, STRONGER) else not confirmed_by_one
    low, high = float(rows["lowest"].min()), float(rows["highest"].max())
    seeds = int(rows["seeds"].max())
    words = "survives" if same else "does not survive"
    return f"{words}: {low:.3f} to {high:.3f} over {seeds} seeds"


def _all_hold(claim: Claim, found: Measured, results: Results) -> bool:
    """Whether a number would confirm a claim."""
    bounds = [condition.against(results) for condition in claim.conditions]
    pairs = zip(claim.conditions, bounds, strict=True)
    return all(bound is not None and c.operator.holds(found, bound) for c, bound in pairs)


def _names(results: Results) -> dict[str, str]:
    """What the words of a claim may name."""
    (other,) = {"every_step", "final_step"} - {results.supervision}
    measured = results.formula.measured is not None
    return {"formula": "fitted formula" if measured else "formula", "other": other}


def _plain(value: float) -> str:
    """A threshold as one writes it: 0.78, 3, 1e-6."""
    return f"{value:g}".replace("e-0", "e-")
