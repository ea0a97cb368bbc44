"""Why this customer: what each class, and each step, adds to the decision (maths §8).

The decision is that trait q stands before trait r: the margin m = (W_q − W_r) · (h − s₀), h the last hidden state.
The linear surrogate of the state, ĥ = a + x θ, splits it by class; what it misses is the network's remainder.
"""

from collections.abc import Callable
from math import factorial
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int

from spendscape.core.arrays import Array, Bools, Floats, Indices

# Beyond this many steps all 2^T coalitions are too many; MOST_ORDERS random orders of the steps stand for them.
MOST_EXACT_STEPS = 10
MOST_ORDERS = 256
# States of coalitions that are in memory at once.
BLOCK = 2**19


class Decision(NamedTuple):
    """The largest and the second largest trait of each customer, and how far apart they are, in trait units."""

    first: Int[Indices, " N"]
    second: Int[Indices, " N"]
    margin: Float[Floats, " N"]


def decision(outputs: Float[Array, "N P"]) -> Decision:
    """The decision that outputs make, by size; a tie goes to the trait that is named first.

    Raises
    ------
    ValueError
        There is only one trait, and so nothing to decide.
    """
    if outputs.shape[1] < 2:
        raise ValueError(
            "one trait was given; expected two or more, for there is nothing to decide"
        )
    order = np.argsort(-outputs, axis=1, kind="stable")
    rows = np.arange(len(outputs))
    first, second = order[:, 0], order[:, 1]
    margin = np.asarray(outputs[rows, first] - outputs[rows, second], dtype=np.float64)
    return Decision(first, second, margin)


class Contributions(NamedTuple):
    """A margin taken apart: margin = baseline + classes.sum() + remainder, to rounding.

    baseline : the surrogate's margin at average spending
    classes : what each class adds, compared with average spending
    remainder : what the network adds to its linear surrogate
    """

    baseline: Float[Floats, " N"]
    classes: Float[Floats, "N C"]
    remainder: Float[Floats, " N"]


def margin_contributions(
    made: Decision,
    fractions: Float[Array, "N C"],
    average: Float[Floats, " C"],
    intercept: Float[Floats, " P"],
    effects: Float[Floats, "C P"],
) -> Contributions:
    """Each customer's margin by class: (x_c − x̄_c) g_c with g the difference of the two traits' effects.

    This is the interventional Shapley value of the linear surrogate: a coalition's absent classes are at their
    average, so that its baskets need not sum to 1.

    Parameters
    ----------
    average : x̄, the training customers' mean fractions
    intercept, effects : the surrogate read in traits: x ↦ intercept + x · effects
    """
    g = effects.T[made.first] - effects.T[made.second]
    baseline = (average @ effects + intercept)[made.first] - (average @ effects + intercept)[
        made.second
    ]
    classes = (fractions - average) * g
    return Contributions(baseline, classes, made.margin - baseline - classes.sum(axis=1))


def trait_contributions(
    fractions: Float[Array, "N C"], average: Float[Floats, " C"], effects: Float[Floats, "C P"]
) -> Float[Floats, "N C P"]:
    """What each class adds to each trait, compared with average spending, through the surrogate."""
    return np.asarray((fractions - average)[:, :, None] * effects)


State = Float[Floats, "N K"]
Step = Callable[[Float[Floats, "N D"], State], State]


def step_values(
    drives: Float[Floats, "N T D"],
    absent: Float[Floats, "T D"],
    start: Float[Floats, " K"],
    step: Step,
    value: Callable[[State], Float[Floats, " N"]],
    seed: int = 0,
) -> Float[Floats, "N T"]:
    """The Shapley value of each step for the value of the last state: which year decided.

    An absent step is the average step. For up to MOST_EXACT_STEPS steps all coalitions are run, as a tree whose
    branches share their past; the values then sum to value(all steps) − value(no step), to rounding. With more steps
    the same sum holds, and each value is a mean over random orders.

    Parameters
    ----------
    drives : what each customer's step gives to the network
    absent : what the average step gives
    start : the state before the first step
    step : the network's map, (drive, state) ↦ state
    value : what is explained, of the last state
    """
    customers, steps, _ = drives.shape
    if steps <= MOST_EXACT_STEPS:
        size = max(1, BLOCK >> steps)
        blocks = [drives[first : first + size] for first in range(0, customers, size)]
        parts = [_exact(_coalition_values(b, absent, start, step, value), steps) for b in blocks]
        return np.concatenate([np.zeros((0, steps)), *parts])
    random = np.random.default_rng(seed)
    found = np.zeros((customers, steps))
    for _ in range(MOST_ORDERS):
        present: Bool[Bools, " T"] = np.zeros(steps, dtype=bool)
        before = _run(drives, absent, start, step, value, present)
        for t in random.permutation(steps):
            present[t] = True
            after = _run(drives, absent, start, step, value, present)
            found[:, t] += after - before
            before = after
    return found / MOST_ORDERS


def _run(
    drives: Floats,
    absent: Floats,
    start: Floats,
    step: Step,
    value: Callable[[State], Floats],
    present: Bools,
) -> Floats:
    """The value of one coalition of steps."""
    state = np.broadcast_to(start, (len(drives), len(start)))
    for t, there in enumerate(present):
        state = step(
            drives[:, t] if there else np.broadcast_to(absent[t], drives[:, t].shape), state
        )
    return value(state)


def _coalition_values(
    drives: Floats, absent: Floats, start: Floats, step: Step, value: Callable[[State], Floats]
) -> Floats:
    """The values of all 2^T coalitions, [2^T, N]; bit t of a row's number says that step t is present."""
    states = {0: np.broadcast_to(start, (len(drives), len(start)))}
    for t in range(drives.shape[1]):
        there, away = drives[:, t], np.broadcast_to(absent[t], drives[:, t].shape)
        states = {k: step(away, s) for k, s in states.items()} | {
            k | 1 << t: step(there, s) for k, s in states.items()
        }
    return np.stack([value(states[k]) for k in range(2 ** drives.shape[1])])


def _exact(values: Floats, steps: int) -> Floats:
    """Shapley values [N, T] of coalition values [2^T, N]."""
    numbers = np.arange(2**steps)
    sizes = np.array([int(k).bit_count() for k in numbers])
    weight = np.array(
        [factorial(s) * factorial(steps - s - 1) / factorial(steps) for s in range(steps)]
    )
    found = []
    for t in range(steps):
        without = numbers[numbers >> t & 1 == 0]
        found.append(weight[sizes[without]] @ (values[without | 1 << t] - values[without]))
    return np.stack(found, axis=1)
