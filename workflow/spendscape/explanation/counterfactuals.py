"""Recourse: the cheapest swap of spending that changes a customer's label, verified on the network (maths §8).

A swap moves a share of what a customer spends in one class to another class, by the same share in every step, so
that each step still sums to 1. Through the linear surrogate the margin of the first trait over another changes by
g_to − g_from per fraction moved; the network then says whether the label really changes, and bisection how much it takes.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int, Shaped

from spendscape.core.arrays import Array, Bools, Floats, Indices

# The best swaps by the surrogate that the network is asked about, for each customer.
CANDIDATES = 8
BISECTIONS = 20
TINY = np.finfo(np.float64).tiny
NONE = -1

# (customers' rows, change of their fractions as [(class that gives, class that takes, share moved), …]) ↦ outputs.
Outputs = Callable[
    [Int[Indices, " K"], list[tuple[Indices, Indices, Floats]]], Float[Floats, "K P"]
]


@dataclass(frozen=True)
class Counterfactuals:
    """What would change each customer's label; −1 and NaN where nothing was found.

    Attributes
    ----------
    source, target : the class that gives and the class that takes; a second pair where one swap does not do
    moved : the fraction of all spending that each swap moves, on average over the steps
    label_before, label_after : the largest output before and after
    verified : the network itself gives label_after
    """

    source: Int[Indices, "N 2"]
    target: Int[Indices, "N 2"]
    moved: Float[Floats, "N 2"]
    label_before: Int[Indices, " N"]
    label_after: Int[Indices, " N"]
    verified: Bool[Bools, " N"]


def counterfactuals(
    outputs: Outputs,
    fractions: Float[Array, "N C"],
    effects: Float[Floats, "C P"],
    may_give: Bool[Bools, " C"],
    may_take: Bool[Bools, " C"],
) -> Counterfactuals:
    """For each customer the cheapest single swap that changes its label, or else two swaps, as the network has it.

    Parameters
    ----------
    outputs : the network's last outputs for some customers after some swaps, see `Outputs`
    fractions : each customer's mean fractions
    effects : the surrogate's effect of each class on each trait
    may_give, may_take : the classes that a person can spend less, or should be told to spend more, on
    """
    customers = len(fractions)
    rows = np.arange(customers)
    before = outputs(rows, [])
    label = np.argmax(before, axis=1)
    source = np.full((customers, 2), NONE)
    target, moved = source.copy(), np.full((customers, 2), np.nan)
    after, verified = np.full(customers, NONE), np.zeros(customers, dtype=bool)
    if before.shape[1] < 2 or not may_give.any() or not may_take.any():
        return Counterfactuals(source, target, moved, label, after, verified)
    ranked = _candidates(
        before, label, np.asarray(fractions, np.float64), effects, may_give, may_take
    )
    cost = np.full(customers, np.inf)
    for give, take in zip(*ranked, strict=True):
        share, new = _smallest_share(
            outputs, rows, label, [], give, take, cost / np.maximum(fractions[rows, give], TINY)
        )
        paid = share * fractions[rows, give]
        better = (new != NONE) & (paid < cost)
        source[better, 0], target[better, 0] = give[better], take[better]
        cost[better], moved[better, 0], after[better] = paid[better], paid[better], new[better]
    verified = after != NONE
    _two_swaps(
        outputs, np.flatnonzero(~verified), label, fractions, ranked, source, target, moved, after
    )
    return Counterfactuals(source, target, moved, label, after, after != NONE)


def _candidates(
    before: Floats,
    label: Indices,
    fractions: Floats,
    effects: Floats,
    may_give: Bools,
    may_take: Bools,
) -> tuple[list[Indices], list[Indices]]:
    """The most promising swaps of each customer, best first, as CANDIDATES lists of givers and of takers.

    A swap towards rival r needs the fraction m_r / (g_from − g_to); those that fit into what is spent come first,
    by that fraction, then the others by how much of the margin they close.
    """
    rows, pairs = np.arange(len(before)), []
    for rival in range(before.shape[1]):
        margin = before[rows, label] - before[:, rival]
        g = effects.T[label] - effects[:, rival]
        least = np.where(may_take, g, np.inf)
        take = np.argmin(least, axis=1)
        gain = g - least[rows, take][:, None]
        usable = may_give & (fractions > 0) & (gain > 0) & (label != rival)[:, None]
        gain = np.where(usable, gain, 1.0)
        spent = np.where(usable, fractions, 1.0)
        need = margin[:, None] / gain
        fits = np.where(need <= spent, need, 2 + need / spent)
        pairs.append((np.where(usable, fits, np.inf), np.broadcast_to(take[:, None], g.shape)))
    need = np.concatenate([pair[0] for pair in pairs], axis=1)
    take = np.concatenate([pair[1] for pair in pairs], axis=1)
    best = np.argsort(need, axis=1, kind="stable")[:, :CANDIDATES]
    classes = fractions.shape[1]
    gives = [np.where(np.isfinite(need[rows, k]), k % classes, NONE) for k in best.T]
    return gives, [take[rows, k] for k in best.T]


def _smallest_share(
    outputs: Outputs,
    rows: Indices,
    label: Indices,
    done: list[tuple[Indices, Indices, Floats]],
    give: Indices,
    take: Indices,
    most: Floats,
) -> tuple[Floats, Indices]:
    """The smallest share of the giving class that changes the label, by bisection, and the label that it gives.

    The label changes at the share returned, by the network; NONE where it does not even at the share `most`
    (1: all is moved), beyond which the swap would cost more than one that is known.
    """
    share, new = np.full(len(rows), np.nan), np.full(len(rows), NONE)

    def labels(chosen: Indices, part: Floats) -> Indices:
        earlier = [(a[chosen], b[chosen], s[chosen]) for a, b, s in done]
        return np.asarray(
            np.argmax(outputs(rows[chosen], [*earlier, (give[chosen], take[chosen], part)]), axis=1)
        )

    some = np.flatnonzero(give != NONE)
    if not len(some):
        return share, new
    high = np.minimum(most[some], 1.0)
    found = labels(some, high)
    changed = found != label[some]
    some, high, found = some[changed], high[changed], found[changed]
    low = np.zeros(len(some))
    for _ in range(BISECTIONS if len(some) else 0):
        middle = (low + high) / 2
        here = labels(some, middle)
        changed = here != label[some]
        high, low = np.where(changed, middle, high), np.where(changed, low, middle)
        found = np.where(changed, here, found)
    share[some], new[some] = high, found
    return share, new


def _two_swaps(
    outputs: Outputs,
    left: Indices,
    label: Indices,
    fractions: Float[Array, "N C"],
    ranked: tuple[list[Indices], list[Indices]],
    source: Int[Indices, "N 2"],
    target: Int[Indices, "N 2"],
    moved: Float[Floats, "N 2"],
    after: Shaped[Array, " N"],
) -> None:
    """Fill in two swaps for the customers that one does not turn: the best in full, and of the second what it takes."""
    gives, takes = ranked
    first, into = gives[0][left], takes[0][left]
    cost = np.full(len(left), np.inf)
    for give, take in zip(gives[1:], takes[1:], strict=True):
        second = np.where((give[left] == first) | (first == NONE), NONE, give[left])
        share, new = _smallest_share(
            outputs, left, label[left], [(first, into, np.ones(len(left)))], second, take[left],
            cost / np.maximum(fractions[left, second], TINY),
        )  # fmt: skip
        paid = share * fractions[left, second]
        better = (new != NONE) & (paid < cost)
        here = left[better]
        cost[better], after[here] = paid[better], new[better]
        source[here] = np.column_stack([first, second])[better]
        target[here] = np.column_stack([into, take[left]])[better]
        moved[here] = np.column_stack([fractions[left, first], paid])[better]
