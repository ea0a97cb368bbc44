"""Stability: whether a customer's segment is the same in both windows, and from step to step (maths §7)."""

from typing import Any, Protocol, runtime_checkable

import numpy as np
import pyarrow as pa
from jaxtyping import Float, Int, Shaped

from spendscape.core.arrays import Floats, Indices, Integers, Names
from spendscape.core.statistics import Sums, intervals, mean
from spendscape.network.weights import Weights
from spendscape.segments.movers import Movers, movers_between
from spendscape.segments.names import order, prefix_codes
from spendscape.segments.window_data import WindowData, change_since, same_customers
from spendscape.traits.formula import TraitFormula
from spendscape.traits.targets import dominant

# Votes that are counted at once.
VOTES = 2**20


@runtime_checkable
class Settings(Protocol):
    """The keys of the config's section `segments` that are read here."""

    levels: int
    neighbours: int
    minimum_customers: int
    bootstrap: int
    false_discovery_rate: float


def stability(
    long: WindowData,
    recent: WindowData | None,
    side: Shaped[Names, "N"],
    formula: TraitFormula,
    weights: Weights,
    steps_before: int,
    settings: Settings,
    seed: int,
) -> tuple[dict[str, Any], pa.Table]:
    """How stable the segments of the test customers are, and who moved.

    Parameters
    ----------
    side : of the split, a word for each customer of the long window
    steps_before : how many steps of the long window end before the recent one begins

    Returns
    -------
    What segments/stability.json and segments/movers.parquet hold. Without a recent window
    `across_windows` is None and nobody has moved. Of fewer test customers than `minimum_customers` no
    share is told: the lists of shares are empty.
    """
    test = side == "test"
    truth = order(long.mean_traits, formula.traits)
    raw = dominant(long.traits[test], formula.traits)
    states = dominant(weights.outputs(long.states[test]), formula.traits)
    result = {
        "customers": int(test.sum()),
        "within_long": [],
        "across_windows": None,
    }
    if test.sum() >= settings.minimum_customers:
        own = truth[test, 0]
        result["within_long"] = year_to_year(raw, states, own, settings.bootstrap, seed)
    if recent is None:
        return result, Movers.nobody().table()
    result["across_windows"] = across_windows(long, recent, side, truth, formula, settings, seed)
    long, recent = same_customers(long, recent)
    earlier, change = change_since(long, recent, steps_before)
    names = long.customers, long.orders[:, 0], recent.orders[:, 0]
    moved = movers_between(*names, change, earlier, settings.false_discovery_rate)
    return result | {"movers": moved.summary(settings.false_discovery_rate)}, moved.table()


def across_windows(
    long: WindowData,
    recent: WindowData,
    side: Shaped[Names, "N"],
    truth: Shaped[Names, "N P"],
    formula: TraitFormula,
    settings: Settings,
    seed: int,
) -> dict[str, list[dict[str, float]]]:
    """How many test customers have the same segment in both windows, by three kinds of labels.

    They are the traits of the fractions themselves (`raw`), the network's output (`states`), and a
    vote of the nearest training customers in the space of the surrogate's directions (`surrogate`).

    Parameters
    ----------
    side, truth : the split, and the orders of traits by the formula, of the long window's customers
    """
    train = side == "train"
    old, new = same_customers(long, recent, long.customers[side == "test"])
    if len(old.customers) < settings.minimum_customers:
        return {"raw": [], "states": [], "surrogate": []}
    known = truth[np.searchsorted(long.customers, old.customers)]
    first, second = (
        vote_orders(
            long.directions[train],
            truth[train],
            window.directions,
            settings.levels,
            settings.neighbours,
        )
        for window in (old, new)
    )
    pairs = {
        "raw": (known, order(new.mean_traits, formula.traits)),
        "states": (old.orders, new.orders),
        "surrogate": (first, second),
    }
    return {
        name: agreement(*pair, settings.levels, settings.bootstrap, seed)
        for name, pair in pairs.items()
    }


def agreement(
    first: Shaped[Names, "N P"], second: Shaped[Names, "N P"], levels: int, draws: int, seed: int
) -> list[dict[str, float]]:
    """For each level k the share of customers whose first k traits are the same in two orders.

    Parameters
    ----------
    first, second : orders of traits of the same customers
    draws, seed : of the bootstrap interval of each share
    """
    same = np.logical_and.accumulate(first == second, axis=1)[:, :levels].astype(np.float64)
    numbers = intervals([mean(column) for column in same.T], draws, seed).tolist()
    return [
        {"level": k, "value": value, "low": low, "high": high}
        for k, (value, low, high) in enumerate(numbers, start=1)
    ]


def vote_orders(
    train_directions: Float[Floats, "K M"],
    train_levels: Shaped[Names, "K P"],
    directions: Float[Floats, "N M"],
    depth: int,
    neighbours: int,
) -> Shaped[Names, "N depth"]:
    """The order of traits that the nearest training customers vote for: its first `depth` traits, or all.

    All neighbours vote at each level, each for its prefix of that length, and the trait at the level
    is the last of the prefix that wins. So a label of directions can be compared with one of traits.
    """
    from sklearn.neighbors import NearestNeighbors

    search = NearestNeighbors(n_neighbors=min(neighbours, len(train_directions)))
    near = search.fit(train_directions).kneighbors(directions, return_distance=False)
    columns = []
    for level in range(1, min(depth, train_levels.shape[1]) + 1):
        codes = prefix_codes(train_levels, level)
        first = np.unique(codes, return_index=True)[1]
        columns.append(train_levels[first[_most_frequent(codes[near], len(first))], level - 1])
    return np.stack(columns, axis=1)


def _most_frequent(codes: Int[Integers, "N K"], count: int) -> Int[Indices, "N"]:
    """The most frequent of the codes 0 … count − 1 in each row, the smallest of equally frequent ones."""
    found = np.empty(len(codes), dtype=np.intp)
    size = max(1, VOTES // count)
    for first in range(0, len(codes), size):
        some = codes[first : first + size]
        cells = some + np.arange(len(some))[:, None] * count
        votes = np.bincount(cells.ravel(), minlength=len(some) * count)
        found[first : first + size] = votes.reshape(-1, count).argmax(axis=1)
    return found


def year_to_year(
    raw: Shaped[Names, "N T"],
    states: Shaped[Names, "N T"],
    truth: Shaped[Names, "N"],
    draws: int,
    seed: int,
) -> list[dict[str, Any]]:
    """How steady the dominant trait is from step to step inside one window.

    Parameters
    ----------
    raw : the dominant trait of each step's fractions alone
    states : the dominant trait of the network's output at each step
    truth : the dominant trait of the whole window
    draws, seed : of the bootstrap intervals

    Returns
    -------
    Rows {labels, comparison, step, value, low, high}: `previous_step` is the mean over all steps from
    the second on, with step None; `whole_window` is there for each step.
    """
    kinds, statistics = list[dict[str, Any]](), list[Sums]()

    def add(labels: str, comparison: str, at: int | None, same: Floats) -> None:
        kinds.append({"labels": labels, "comparison": comparison, "step": at})
        statistics.append(mean(same))

    for name, labels in (("raw", raw), ("states", states)):
        steady = (labels[:, 1:] == labels[:, :-1]).astype(np.float64)
        if labels.shape[1] > 1:
            add(name, "previous_step", None, steady.mean(axis=1))
        for t in range(labels.shape[1]):
            add(name, "whole_window", t + 1, (labels[:, t] == truth).astype(np.float64))
    numbers = intervals(statistics, draws, seed).tolist()
    return [
        kind | dict(zip(("value", "low", "high"), row, strict=True))
        for kind, row in zip(kinds, numbers, strict=True)
    ]
