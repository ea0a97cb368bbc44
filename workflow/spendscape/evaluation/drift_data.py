"""What the monitor compares, out of the files of a finished run and of a new period, a row group at a time.

A run's own last step is compared with the one before in the same way.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np
import pandas as pd
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq
from jaxtyping import Bool, Float, Int, Shaped

from spendscape.core.arrays import Array, Bools, Floats, Integers, Names
from spendscape.core.errors import DataError
from spendscape.core.geometry import normalised
from spendscape.core.parquet import tensor_values
from spendscape.evaluation.drift import (
    PERIODS,
    Both,
    Check,
    Context,
    Settings,
    compared,
    judged,
    of_both,
    turnover,
)
from spendscape.evaluation.drift_measures import degrees_between
from spendscape.evaluation.drift_totals import Totals, exchanged
from spendscape.explanation.inverse_map import invert
from spendscape.network.weights import Weights
from spendscape.segments.names import order, segment_names
from spendscape.segments.naming import is_neutral, margin_of
from spendscape.segments.profiles import read_spending
from spendscape.segments.training_range import TrainingRange

# Customers whose draws are of one seed, and how finely their chance is set.
CHUNK, LEVELS = 2**12, 2**16


@dataclass(frozen=True)
class Period:
    """The customers of one window of one run.

    Attributes
    ----------
    customers : ids, ascending
    outputs : of the network at the last step
    direction : unit vector of the last state from s₀; NaN at s₀
    location : fixed points; NaN where none is known; no columns where none are compared
    spending : path of the tensors of the same customers in the same order
    steps : of the tensors' steps the first of the period, and the one after it; None for the ends
    """

    customers: Shaped[Names, "N"]
    outputs: Float[Floats, "N P"]
    direction: Float[Floats, "N M"]
    location: Float[Floats, "N L"]
    spending: str
    steps: tuple[int | None, int | None] = (None, None)


@runtime_checkable
class Monitored(Settings, Protocol):
    """The thresholds, and how many draws there are."""

    draws: int


def drift_table(
    files: Mapping[str, Any],
    monitor: Monitored,
    depth: int,
    minimum: int,
    seed: int,
    apart: str = "",
) -> pd.DataFrame:
    """The table of monitor/drift.csv.

    Parameters
    ----------
    files : paths by name. Of the finished run: weights, naming, range (explain/reference.json), and as lists with an entry
        a window, the long one first, trained_spending and trained_states. Of the new period: monthly, spending and
        states. Of both: trained_fixed_points and fixed_points, of the long window
    depth : levels of a segment
    minimum : fewest customers that a row is of
    apart : why the recent windows are not compared; '' where they are
    """
    weights = Weights.from_json(Path(files["weights"]).read_text())
    naming = json.loads(Path(files["naming"]).read_text())
    known = json.loads(Path(files["range"]).read_text())["range"]
    inside = TrainingRange(np.array(known["mean"]), np.array(known["deviation"]), known["limit"])
    checks: list[Check] = []
    for place, window in enumerate(["long", "recent"][: len(files["spending"])]):
        context = Context(window, weights.classes, weights.traits, monitor, minimum)
        periods = [
            read_period(
                files[f"{prefix}spending"][place],
                files[f"{prefix}states"][place],
                None if place else files[f"{prefix}fixed_points"],
                weights,
            )
            for prefix in ("trained_", "")
        ]
        found, before, now = window_checks(
            periods, weights, naming, depth, context, (monitor.draws, seed)
        )
        if not place:
            found += class_turnover(before, now, files["monthly"], context)
            found.append(outside_range(periods[1].spending, inside, context))
        checks += found
    if apart:
        checks.append(replace(context, window="recent").not_measured("recent_window", apart))
    return judged(checks, monitor.error)


def last_step_table(
    files: Mapping[str, str], monitor: Monitored, depth: int, minimum: int, seed: int
) -> pd.DataFrame:
    """The table of monitor/last_step.csv: the last step of a run's long window beside the one before.

    Parameters
    ----------
    files : paths of the run's weights, naming, spending and states
    depth, minimum : as in `drift_table`
    """
    weights = Weights.from_json(Path(files["weights"]).read_text())
    naming = json.loads(Path(files["naming"]).read_text())
    context = Context("last step", weights.classes, weights.traits, monitor, minimum)
    periods = [
        read_period(files["spending"], files["states"], None, weights, step) for step in (-2, -1)
    ]
    if len(periods[1].customers) < minimum:
        few = context.not_measured("last_step", f"the run has fewer than {minimum} customers")
        return judged([few], monitor.error)
    found, before, now = window_checks(
        periods, weights, naming, depth, context, (monitor.draws, seed)
    )
    # Both are the same customers, who are counted once.
    checks = [check for check in found if check.what not in PERIODS]
    return judged([*checks, *changed_classes(before, now, context)], monitor.error)


def read_period(
    spending: str, states: str, fixed_points: str | None, weights: Weights, step: int | None = None
) -> Period:
    """One window of one run.

    Parameters
    ----------
    fixed_points : path of their file; None for a window that has none
    step : the only step of the window that counts, from its end (−1 is the last); None: all do
    """
    data = pq.read_table(states, columns=["customer_id", "state"])
    last = tensor_values(data["state"])[:, -1 if step is None else step].astype(np.float64)
    location = np.empty((len(last), 0))
    if fixed_points is not None:
        found = pq.read_table(fixed_points, columns=["state"])
        location = tensor_values(found["state"]).astype(np.float64)
    origin = invert(weights.output, weights.output_bias).origin
    ids = data["customer_id"].to_numpy()
    steps = (None, None) if step is None else (step, step + 1 or None)
    return Period(ids, weights.outputs(last), normalised(last - origin), location, spending, steps)


class Exchange:
    """Who is in the finished run in each draw, by chance: the same whenever it is asked for.

    A customer of one period is in it as often as customers are; one of both periods brings either
    period's spending, and the other's into the new period.
    """

    def __init__(self, customers: Sequence[Shaped[Names, "_"]], draws: int, seed: int) -> None:
        everyone = np.union1d(*customers)
        self.places = [np.searchsorted(everyone, own) for own in customers]
        self.both = np.bincount(np.concatenate(self.places), minlength=len(everyone)) > 1
        self.share = len(customers[0]) / (len(customers[0]) + len(customers[1]))
        self.draws, self.seed = draws, seed
        # A period is read in order, so that few chunks are asked for again.
        self._chunk = lru_cache(maxsize=4)(self._draw)

    def _draw(self, chunk: int) -> Array:
        random = np.random.default_rng([self.seed, chunk])
        both = self.both[chunk * CHUNK : (chunk + 1) * CHUNK, None]
        limit = np.where(both, LEVELS // 2, round(LEVELS * self.share))
        return random.integers(0, LEVELS, (len(both), self.draws), dtype=np.uint16) < limit

    def kept(self, period: int, rows: slice) -> Bool[Bools, "B D"]:
        """Whether some customers of a period are in the finished run in each draw.

        Parameters
        ----------
        period : 0 for the finished run, 1 for the new one
        """
        places = self.places[period][rows]
        made = np.empty((len(places), self.draws), dtype=bool)
        for chunk in np.unique(places // CHUNK):
            inside = places // CHUNK == chunk
            made[inside] = self._chunk(int(chunk))[places[inside] % CHUNK]
        if period:
            made ^= self.both[places][:, None]
        return made


def totals(
    period: Period, segments: Int[Integers, "N"], kinds: int, exchange: Exchange, place: int
) -> Totals:
    """The sums of a period, and of its customers who are in the finished run in each draw; a row group at a time.

    Parameters
    ----------
    segments : the number of each customer's segment, below `kinds`
    place : 0 for the finished run, 1 for the new period
    """
    first, found = 0, None
    steps = slice(*period.steps)
    for whole in read_spending(period.spending):
        fractions, money = (part[:, steps] for part in whole)
        own = slice(first, first + len(fractions))
        first += len(fractions)
        shares = fractions.mean(axis=1, dtype=np.float64)
        known = [np.isfinite(part[own]).all(axis=1) for part in (period.direction, period.location)]
        columns = [
            np.column_stack([np.ones(len(shares)), *known]),
            shares,
            np.einsum("ntc,nt->nc", fractions, money, dtype=np.float64),
            np.nan_to_num(period.direction[own]),
            np.nan_to_num(period.location[own]),
            _one_hot(period.outputs[own].argmax(axis=1), period.outputs.shape[1]),
            _one_hot(segments[own], kinds),
        ]
        values = np.concatenate(columns, axis=1)
        # Of a few thousand customers single precision is enough for what chance does.
        drawn = exchange.kept(place, own).astype(np.float32).T @ values.astype(np.float32)
        sums = np.concatenate([values.sum(axis=0)[None], drawn])
        ends = np.cumsum([part.shape[1] for part in columns])[:-1]
        numbers, *parts = np.split(sums, ends, axis=1)
        users = (shares > 0).sum(axis=0).astype(np.int64)
        part = Totals(*[*numbers.T, *parts, users])
        found = part if found is None else found.plus(part)
    if found is None:
        raise RuntimeError(f"{period.spending} holds no customer")
    return found


def window_checks(
    periods: Sequence[Period],
    weights: Weights,
    naming: Mapping[str, Any],
    depth: int,
    context: Context,
    draws: tuple[int, int],
) -> tuple[list[Check], Totals, Totals]:
    """All checks of a window that need spending, states and fixed points; and the totals behind them.

    Parameters
    ----------
    periods : the finished run and the new one
    naming : segments/naming.json of the finished run
    depth : levels of a segment
    draws : how many, and their seed

    Raises
    ------
    DataError
        A period has fewer customers than a row may be of.
    """
    for name, period in zip(("the finished run", "the new period"), periods, strict=True):
        if len(period.customers) < context.minimum:
            raise DataError(
                f"monitor: {name} has {len(period.customers)} customers in the {context.window} window; "
                f"expected segments.minimum_customers ({context.minimum}) or more, so that no row is of a few"
            )
    levels = [segment_names(order(period.outputs, weights.traits), depth) for period in periods]
    names, numbers = np.unique(np.concatenate(levels), return_inverse=True)
    codes = np.split(numbers.ravel().astype(np.int64), [len(levels[0])])
    exchange = Exchange([period.customers for period in periods], *draws)
    before, now = exchanged(
        *(totals(periods[k], codes[k], len(names), exchange, k) for k in range(2))
    )
    checks = compared(before, now, context)
    checks += of_both(both_of(periods[0], periods[1], naming["neutral_margin"]), context)
    return checks, before, now


def both_of(reference: Period, new: Period, neutral_margin: float | None) -> Both:
    """The customers who are in both periods.

    Parameters
    ----------
    neutral_margin : of segments/naming.json
    """
    shared = np.intersect1d(reference.customers, new.customers)
    before, now = (np.searchsorted(period.customers, shared) for period in (reference, new))
    outputs = reference.outputs[before]
    margin = margin_of(outputs)
    turned = degrees_between(reference.direction[before], new.direction[now])
    moved = np.linalg.norm(reference.location[before] - new.location[now], axis=1)
    one_unit, none = reference.direction.shape[1] < 2, not reference.location.shape[1]
    return Both(
        margin,
        is_neutral(margin, neutral_margin),
        outputs.argmax(axis=1) != new.outputs[now].argmax(axis=1),
        np.full(len(shared), np.nan) if one_unit else turned,
        np.full(len(shared), np.nan) if none else moved,
    )


def outside_range(spending: str, known: TrainingRange, context: Context) -> Check:
    """The share of a period's customers who are outside the training range of a finished run."""
    far = [
        known.distance(fractions.mean(axis=1, dtype=np.float64)) > known.limit
        for fractions, _ in read_spending(spending)
    ]
    threshold = context.settings.outside
    return context.share("outside_training_range", np.concatenate(far), threshold)


def class_turnover(reference: Totals, new: Totals, monthly: str, context: Context) -> list[Check]:
    """The classes that the finished run does not know, those that are in use now, and those that are not any more.

    Parameters
    ----------
    monthly : ingest/monthly.parquet of the new period, which holds classes that no tensor has
    """
    names, money, users, whole = unknown_classes(monthly, context.classes)
    unknown = turnover("unknown_classes", names, money, users, whole, context)
    return [unknown, *changed_classes(reference, new, context)]


def changed_classes(reference: Totals, new: Totals, context: Context) -> list[Check]:
    """The known classes that are in use now and were not, and those that are not any more."""
    found = []
    for what, without, having in (
        ("new_classes", reference, new),
        ("vanished_classes", new, reference),
    ):
        places = np.flatnonzero((without.users == 0) & (having.users > 0))
        own = [context.classes[k] for k in places.tolist()]
        spent = having.money[0]
        row = turnover(what, own, spent[places], having.users[places], float(spent.sum()), context)
        found.append(row)
    return found


def unknown_classes(
    monthly: str, classes: Sequence[str]
) -> tuple[list[str], Float[Floats, "K"], Int[Integers, "K"], float]:
    """The classes of monthly.parquet that are not among `classes`: names, money, customers; and all classes' money."""
    data = ds.dataset(monthly)
    whole = sum(
        float(pc.sum(batch["amount"]).as_py() or 0.0)
        for batch in data.to_batches(columns=["amount"])
    )
    others = ~ds.field("class").isin(list(classes))
    rows = data.to_table(columns=["customer_id", "class", "amount"], filter=others)
    sums = rows.group_by("class").aggregate([("amount", "sum"), ("customer_id", "count_distinct")])
    table: pd.DataFrame = sums.to_pandas().sort_values("amount_sum", ascending=False)
    return (
        [str(name) for name in table["class"]],
        table["amount_sum"].to_numpy(dtype=np.float64),
        table["customer_id_count_distinct"].to_numpy(dtype=np.int64),
        whole,
    )


def _one_hot(codes: Int[Array, "N"], kinds: int) -> Float[Floats, "N {kinds}"]:
    return np.asarray(codes[:, None] == np.arange(kinds), dtype=np.float64)
