"""What has drifted between a finished run and a new period, with verdicts against thresholds.

All of it is made of sums over customers, so that neither period is in memory: as they are, and in draws in which chance
decides who is in which period. A customer who is in both then changes places with itself, or does not: what stays the
same in its spending cancels. The draws show how far apart two periods are without any drift (a permutation test).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol, runtime_checkable

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float, Int
from scipy.special import stdtr

from spendscape.core.arrays import Bools, Floats, Indices, Integers
from spendscape.core.counts import counted
from spendscape.core.statistics import share_interval
from spendscape.core.text import NEEDS_TWO_TRAITS, NEEDS_TWO_UNITS
from spendscape.evaluation.audit import holm
from spendscape.evaluation.drift_measures import (
    beyond_chance,
    degrees_between,
    groups,
    jensen_shannon,
    median_interval,
    of_one,
    stability_index,
)
from spendscape.evaluation.drift_totals import Totals

ALARM, WATCH, OK, SHOWN, NOT_MEASURED = "alarm", "watch", "ok", "shown", "not measured"
# The rows that count each period's customers.
PERIODS = ("finished_run", "new_period")
# How the names of changes of single classes and labels end.
CHANGE = "_change"
# Distances below this are said to be so.
LEAST_SAID = 1e-3
# Classes that a note names.
NAMED = 10


@runtime_checkable
class Settings(Protocol):
    """The keys of the config's section `monitor` that are read here."""

    stability_index: float
    jensen_shannon: float
    class_change: float
    label_change: float
    error: float
    direction: float
    customer_turn: float
    flips: float
    location: float
    customer_location: float
    outside: float
    class_turnover: float


@dataclass(frozen=True)
class Check:
    """A row of monitor/drift.csv.

    Attributes
    ----------
    what, of, window : the quantity, the class, label or customers that it is of, and the window
    value, low, high : with its 95 % interval; NaN where it is not measured, or no estimate
    threshold : above which it is an alarm; NaN for none
    verdict : of `verdict_of`; what is tested gets its own with all others (`judged`)
    unit, customers, note : how to read it; NaN customers where it is of everyone
    p : of the hypothesis that there is no more than the threshold; NaN where that is not tested
    """

    what: str
    of: str
    window: str
    value: float
    low: float
    high: float
    threshold: float
    verdict: str
    unit: str
    customers: float
    note: str
    p: float


@dataclass(frozen=True)
class Both:
    """The customers who are in both periods.

    Attributes
    ----------
    margin : of the label in the finished run
    neutral : whether that label is as likely noise
    flipped : whether the label is another one now
    turned : degrees between the directions; NaN where there is none
    moved : distance between the fixed points; NaN where there is none
    """

    margin: Float[Floats, "B"]
    neutral: Bool[Bools, "B"]
    flipped: Bool[Bools, "B"]
    turned: Float[Floats, "B"]
    moved: Float[Floats, "B"]


@dataclass(frozen=True)
class Context:
    """What the checks of one window have in common.

    Attributes
    ----------
    window : its name
    classes, traits : the finished run's
    settings : the thresholds
    minimum : fewest customers that a row is shown of
    """

    window: str
    classes: Sequence[str]
    traits: Sequence[str]
    settings: Settings
    minimum: int

    def check(
        self,
        what: str,
        found: tuple[float, float, float],
        threshold: float = np.nan,
        unit: str = "",
        of: str = "",
        customers: float = np.nan,
        note: str = "",
        p: float = np.nan,
    ) -> Check:
        """A row of a value with its interval."""
        verdict = verdict_of(found[0], found[1], threshold)
        return Check(what, of, self.window, *found, threshold, verdict, unit, customers, note, p)

    def distance(
        self,
        what: str,
        values: Float[Floats, "R"],
        threshold: float,
        unit: str,
        squared: bool = False,
    ) -> Check:
        """A row of how far apart the periods are (`beyond_chance`)."""
        found, p = beyond_chance(values, threshold, squared)
        p = np.nan if np.isnan(threshold) else p
        plain = f"{values[0]:.3g}" if values[0] >= LEAST_SAID else f"below {LEAST_SAID:g}"
        note = f"{plain} as measured" if np.isfinite(values[0]) else ""
        return self.check(what, found, threshold, unit, note=note, p=p)

    def shown(self, what: str, value: float, unit: str = "", note: str = "") -> Check:
        """A row of a number that is known and not judged."""
        return self.check(what, (value, np.nan, np.nan), unit=unit, note=note)

    def not_measured(self, what: str, note: str, of: str = "") -> Check:
        """A row of what cannot be measured, and why."""
        return self.check(what, (np.nan, np.nan, np.nan), of=of, note=note)

    def share(
        self, what: str, flags: Bool[Bools, "K"], threshold: float = np.nan, of: str = ""
    ) -> Check:
        """A row of the share of customers whose flag is set; not measured of too few."""
        if len(flags) < self.minimum:
            return self.not_measured(what, f"fewer than {self.minimum} customers", of)
        found = (float(flags.mean()), *share_interval(int(flags.sum()), len(flags)))
        return self.check(what, found, threshold, "share of customers", of, len(flags))


def verdict_of(value: float, low: float, threshold: float) -> str:
    """ "alarm" where even the low end is above the threshold, "watch" where only the value is, else "ok"."""
    if np.isnan(value):
        return NOT_MEASURED
    if np.isnan(threshold):
        return SHOWN
    if low > threshold:
        return ALARM
    return WATCH if value > threshold else OK


def compared(reference: Totals, new: Totals, context: Context) -> list[Check]:
    """The checks that need no customer in both periods.

    Parameters
    ----------
    reference, new : of `exchanged`
    """
    own, periods = context.settings, (reference, new)
    users = reference.users, new.users
    freedom = float(min(period.customers[0] for period in periods)) - 1
    checks = [
        context.shown(what, float(period.customers[0]), "customers")
        for what, period in zip(PERIODS, periods, strict=True)
    ]
    for what, name in (("classes_by_customer", "shares"), ("classes_by_money", "money")):
        shares = [of_one(getattr(period, name)) for period in periods]
        checks += _divergences(what, shares, context)
        shown = groups(*users, context.classes, context.minimum)
        checks += _changes(what, shares, shown, own.class_change, freedom, context)
    if len(context.traits) < 2:
        checks.append(context.not_measured("labels", NEEDS_TWO_TRAITS))
    else:
        shares = [of_one(period.labels) for period in periods]
        # A label has as many customers as its sum says.
        counts = [period.labels[0].round().astype(np.int64) for period in periods]
        shown = groups(counts[0], counts[1], context.traits, context.minimum)
        checks += _divergences("labels", shares, context)
        checks += _changes("labels", shares, shown, own.label_change, freedom, context)
        shares = [of_one(period.segments) for period in periods]
        checks += _divergences("segments", shares, context)
    return checks + _on_the_sphere(reference, new, context)


def of_both(both: Both, context: Context) -> list[Check]:
    """The checks of who is in both periods: label flips by margin, turned directions, moved fixed points."""
    own, few = context.settings, f"fewer than {context.minimum} customers are in both periods"
    if len(both.margin) < context.minimum:
        names = ("label_flips", "customers_turned", "customers_moved")
        return [context.not_measured(what, few) for what in names]
    checks = [context.shown("in_both", float(len(both.margin)), "customers")]
    if len(context.traits) < 2:
        checks.append(context.not_measured("label_flips", NEEDS_TWO_TRAITS))
    else:
        clear = ~both.neutral
        middle = float(np.median(both.margin[clear])) if clear.any() else np.nan
        checks += [
            context.share("label_flips", both.flipped[who], threshold, of)
            for of, who, threshold in (
                ("clear labels", clear, own.flips),
                ("clear labels, smaller margins", clear & (both.margin < middle), np.nan),
                ("clear labels, larger margins", clear & (both.margin >= middle), np.nan),
                ("neutral", both.neutral, np.nan),
            )
        ]
    for what, values, threshold, unit, why in (
        ("customers_turned", both.turned, own.customer_turn, "degrees", NEEDS_TWO_UNITS),
        ("customers_moved", both.moved, own.customer_location, "state", "no fixed points"),
    ):
        known = values[np.isfinite(values)]
        if len(known) >= context.minimum:
            found, of = median_interval(known), "median"
            checks.append(context.check(what, found, threshold, unit, of, len(known)))
        elif context.window == "long" or what != "customers_moved":
            checks.append(context.not_measured(what, few if len(known) else why))
    return checks


def turnover(
    what: str,
    names: Sequence[str],
    money: Float[Floats, "K"],
    users: Int[Integers, "K"],
    whole: float,
    context: Context,
) -> Check:
    """The share of the money in classes that are new, or were in use before; names those of enough customers.

    Parameters
    ----------
    money, users : of each of these classes
    whole : money of all classes
    """
    threshold, hide = context.settings.class_turnover, context.minimum
    shown = [name for name, count in zip(names, users, strict=True) if count >= hide]
    parts = [", ".join(shown[:NAMED])] if shown else []
    if len(shown) > NAMED:
        parts.append(f"{len(shown) - NAMED} more")
    if len(shown) < len(names):
        parts.append(f"{len(names) - len(shown)} of fewer than {hide} customers")
    note = f"{counted(len(names), 'class', 'classes')}: {' and '.join(parts)}" if parts else ""
    # What a few customers spent is theirs to show; so little of it is no alarm either.
    value = float(money[users >= hide].clip(0).sum() / whole) if whole > 0 else 0.0
    row = context.check(what, (value, value, value), threshold, "share of money", note=note)
    # It is counted, and no estimate.
    return replace(row, low=np.nan, high=np.nan)


def judged(checks: Sequence[Check], error: float) -> pd.DataFrame:
    """The table of monitor/drift.csv.

    What is tested is an alarm when its p value, after Holm's correction for all that are tested, is below half of
    `error`: changes of single classes and labels are corrected together, and so are all distances. So `error` is the most chance of
    one false alarm among them. What is above its threshold without that is to watch.
    """
    table = pd.DataFrame([vars(check) for check in checks])
    p = table.pop("p").to_numpy(dtype=np.float64)
    above = (table["value"].abs() > table["threshold"]).to_numpy()
    change = table["what"].str.endswith(CHANGE).to_numpy()
    for family in (change, ~change):
        own = np.where(family, p, np.nan)
        tested = np.isfinite(own)
        verdicts = np.select([holm(own) < error / 2, above], [ALARM, WATCH], OK)
        table.loc[tested, "verdict"] = verdicts[tested]
    return table


def _divergences(
    what: str, shares: Sequence[Float[Floats, "R K"]], context: Context
) -> list[Check]:
    own = context.settings
    return [
        context.distance(f"{what}_{name}", measure(*shares), threshold, unit, squared=True)
        for name, measure, threshold, unit in (
            ("stability_index", stability_index, own.stability_index, ""),
            ("jensen_shannon", jensen_shannon, own.jensen_shannon, "bits"),
        )
    ]


def _changes(
    what: str,
    shares: Sequence[Float[Floats, "R K"]],
    shown: Sequence[tuple[str, Int[Indices, "_"]]],
    threshold: float,
    freedom: float,
    context: Context,
) -> list[Check]:
    """Each share's change in points, and how surely it is larger than the threshold.

    The test is of the hypothesis that the change is at most the threshold, by the draws' standard error and
    Student's t with `freedom` degrees.
    """
    before, now = shares
    found = []
    for of, places in shown:
        values = 100 * (now - before)[:, places].sum(axis=1)
        interval, error = _interval(values)
        beyond = (abs(interval[0]) - threshold) / max(error, np.finfo(float).tiny)
        note = f"{100 * before[0, places].sum():.2f} % before"
        p = float(stdtr(freedom, -beyond))
        found.append(
            context.check(what + CHANGE, interval, threshold, "points", of, note=note, p=p)
        )
    return found


def _interval(values: Float[Floats, "R"]) -> tuple[tuple[float, float, float], float]:
    """A change with its 95 % interval, and its standard error, from those of the draws, whose mean is 0."""
    error = float(np.sqrt(np.nanmean(np.square(values[1:]))))
    own, half = float(values[0]), 1.959963984540054 * error
    return (own, own - half, own + half), error


def _on_the_sphere(reference: Totals, new: Totals, context: Context) -> list[Check]:
    """How far the mean direction moved, whether directions are closer together, how far the mean fixed point moved."""
    own, checks, periods = context.settings, [], (reference, new)
    with np.errstate(invalid="ignore", divide="ignore"):
        before, now = (period.direction / period.directed[:, None] for period in periods)
        there, here = (period.location / period.located[:, None] for period in periods)
    moved = np.asarray(np.linalg.norm(now - before, axis=1))
    checks.append(context.distance("mean_direction_moved", moved, own.direction, "of 2"))
    if before.shape[1] < 2:
        checks.append(context.not_measured("mean_direction_turned", NEEDS_TWO_UNITS))
    else:
        # Not judged: where directions go everywhere, their mean is short and turns by chance.
        turned = degrees_between(before, now)
        checks.append(context.distance("mean_direction_turned", turned, np.nan, "degrees"))
    lengths = [np.linalg.norm(mean, axis=1) for mean in (before, now)]
    found, _ = _interval(np.asarray(lengths[1] - lengths[0]))
    note = f"{lengths[0][0]:.3f} before; 1: one direction for all"
    checks.append(context.check("mean_direction_length", found, note=note))
    if there.shape[1]:
        moved = np.asarray(np.linalg.norm(here - there, axis=1))
        checks.append(context.distance("mean_fixed_point_moved", moved, own.location, "state"))
    return checks
