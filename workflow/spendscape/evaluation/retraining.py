"""Retraining: what of a network's results survives another seed, or another supervision (maths §3).

A network's hidden axes are arbitrary: after retraining they come back turned and mirrored. States are
therefore compared after the rotation that fits them best (orthogonal Procrustes about the zero
state), and everything else in terms of outputs, which have fixed axes.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float
from scipy.linalg import orthogonal_procrustes

from spendscape.core.arrays import Array, Bools, Floats, Indices
from spendscape.core.geometry import normalised
from spendscape.core.statistics import bootstrap, weighted_r_squared
from spendscape.dynamics.fixed_points import UNCONVERGED, FixedPoints, fixed_points
from spendscape.explanation.chart import angle_names, fit_chart, wrap
from spendscape.explanation.inverse_map import invert
from spendscape.explanation.state_surrogate import fit_state
from spendscape.network.trajectories import trajectories
from spendscape.network.weights import Weights
from spendscape.segments.names import order
from spendscape.traits.targets import dominant

Statistic = Callable[[Indices], float]
Pair = tuple[Array, Array]


@dataclass(frozen=True)
class Side:
    """Customers of one side of the split: their spending fractions and their traits."""

    spending: Float[Array, "N T C"]
    traits: Float[Array, "N P"]


@dataclass(frozen=True)
class _Seen:
    """What one network makes of some customers; `sound` where the fixed point is known."""

    weights: Weights
    states: Float[Floats, "N T M"]
    outputs: Float[Floats, "N T P"]
    points: FixedPoints
    sound: Bool[Bools, "N"]


def retraining_scores(
    weights: Weights,
    reference: Weights,
    train: Side,
    test: Side,
    levels: int,
    minimum_users: int,
    draws: int,
    seed: int,
) -> pd.DataFrame:
    """What one network gives on the test customers, and how far it agrees with the reference network.

    Parameters
    ----------
    weights, reference : two networks of the same classes and traits
    train, test : where the surrogate is fitted, and where everything is scored
    levels : of the segments that are compared
    minimum_users : of a class that has a coefficient of its own in the surrogate
    draws, seed : bootstrap over test customers

    Returns
    -------
    Columns quantity, value, low, high:
        label_equals_true_dominant, ends_in_a_stable_fixed_point : shares of customers
        steadiness : share of steps whose first trait is the previous step's; of two or more steps
        segment_level_K : share of customers with the reference's segment
        r2_all_traits, r2_TRAIT : the network
        location_from_true_traits, location_from_last_output : R² of L for the fixed points
        surrogate_states : R² of all states from all fractions
        surrogate_AZIMUTH… : a linear model of the angles from the zero state, R² of each; of two or more units
        surrogate_direction : the surrogate of the state, R² of the directions from where all traits are 0
        aligned_states, aligned_fixed_points : R² of the reference's states and fixed points by this
            network's, rotated; left out when the numbers of units differ
        correlation_of_strength_and_steps : rank correlation
    """
    own, theirs = _seen(weights, test.spending), _seen(reference, test.spending)
    fit_states, _ = trajectories(weights.cell, train.spending)
    shares = _shares(own, test.traits) | _same_segments(own, theirs, levels)
    pairs = _trait_pairs(own, test.traits)
    names = weights.traits
    last = own.outputs[:, -1]
    pairs |= {f"r2_{name}": (test.traits[:, [k]], last[:, [k]]) for k, name in enumerate(names)}
    pairs |= _surrogate_pairs(weights, (fit_states, own.states), (train, test), minimum_users)
    if weights.units == reference.units:
        pairs |= _aligned_pairs(own, theirs)
    quantities = {name: (len(column), _mean(column)) for name, column in shares.items()}
    quantities |= {name: (len(pair[0]), _fit(*pair)) for name, pair in pairs.items()}
    strength, steps = test.traits.max(axis=1)[own.sound], own.points.steps[own.sound]
    ranks = pd.DataFrame([strength, steps]).T.rank().to_numpy()
    quantities["correlation_of_strength_and_steps"] = len(ranks), _correlation(ranks)
    table = []
    for name, (size, statistic) in quantities.items():
        low, high = bootstrap(statistic, size, draws, seed)
        value = statistic(np.arange(size))
        table.append({"quantity": name, "value": value, "low": float(low), "high": float(high)})
    return pd.DataFrame(table)


def _seen(weights: Weights, spending: Array) -> _Seen:
    """A network's states and outputs, and where each customer's mean spending would lead."""
    states, _ = trajectories(weights.cell, spending)
    drive = weights.drive(spending.mean(axis=1, dtype=np.float64))
    points = fixed_points(weights.cell, drive, starts=0)
    return _Seen(weights, states, weights.outputs(states), points, points.verdict != UNCONVERGED)


def _shares(own: _Seen, truth: Array) -> dict[str, Floats]:
    """Per customer: whether the fixed point is as it should be, and the share of steady steps."""
    weights, points, sound = own.weights, own.points, own.sound
    label = dominant(weights.outputs(points.state), weights.traits)
    columns = {
        "label_equals_true_dominant": label == dominant(truth, weights.traits),
        "ends_in_a_stable_fixed_point": sound & (points.spectral_radius < 1),
    }
    columns["label_equals_true_dominant"] = columns["label_equals_true_dominant"][sound]
    made = {name: column.astype(np.float64) for name, column in columns.items()}
    steps = dominant(own.outputs, weights.traits)
    if steps.shape[1] > 1:
        made["steadiness"] = (steps[:, 1:] == steps[:, :-1]).mean(axis=1)
    return made


def _same_segments(own: _Seen, theirs: _Seen, levels: int) -> dict[str, Floats]:
    """Per customer and level: 1 where both networks put the same traits first, in the same order."""
    names = own.weights.traits
    mine, other = (order(seen.outputs[:, -1], names) for seen in (own, theirs))
    agrees = np.logical_and.accumulate(mine == other, axis=1)
    depth = min(levels, len(names))
    return {f"segment_level_{k + 1}": agrees[:, k].astype(float) for k in range(depth)}


def _trait_pairs(own: _Seen, truth: Array) -> dict[str, Pair]:
    """Traits beside outputs, and fixed points beside the locations that traits and outputs predict."""
    inverse = invert(own.weights.output, own.weights.output_bias)
    last, ends, sound = own.outputs[:, -1], own.points.state[own.sound], own.sound
    return {
        "r2_all_traits": (truth, last),
        "location_from_true_traits": (ends, inverse.states(truth)[sound]),
        "location_from_last_output": (ends, inverse.states(last)[sound]),
    }


def _aligned_pairs(own: _Seen, theirs: _Seen) -> dict[str, Pair]:
    """The reference's states and fixed points beside this network's, rotated onto them."""
    turn = aligning_rotation(_rows(own.states), _rows(theirs.states))
    both = own.sound & theirs.sound
    return {
        "aligned_states": (_flat(theirs.states), _flat(own.states @ turn)),
        "aligned_fixed_points": (theirs.points.state[both], own.points.state[both] @ turn),
    }


def aligning_rotation(
    states: Float[Floats, "K M"], reference: Float[Floats, "K M"]
) -> Float[Floats, "M M"]:
    """The orthogonal matrix R for which states R come nearest to the reference."""
    return np.asarray(orthogonal_procrustes(states, reference)[0])


def summary(scores: pd.DataFrame, reference: int) -> pd.DataFrame:
    """The spread of every quantity over the seeds.

    Parameters
    ----------
    scores : columns supervision, seed, quantity, value of networks of one supervision
    reference : the seed of the network whose results the run reports

    Returns
    -------
    Columns quantity, value (of the reference), lowest, highest, deviation, seeds. Agreement with the
    reference is summed up over the other seeds only.
    """
    rows = []
    for quantity, group in scores.groupby("quantity", sort=False):
        compared = str(quantity).startswith(("segment_level_", "aligned_"))
        others = group[group["seed"] != reference] if compared else group
        if not len(others):
            continue
        own = group[group["seed"] == reference]["value"]
        rows.append(
            {
                "quantity": quantity,
                "value": float("nan") if compared else float(own.iloc[0]),
                "lowest": float(others["value"].min()),
                "highest": float(others["value"].max()),
                "deviation": float(others["value"].std()) if len(others) > 1 else float("nan"),
                "seeds": len(others),
            }
        )
    return pd.DataFrame(rows)


def _mean(column: Floats) -> Statistic:
    return lambda rows: float(column[rows].mean())


def _fit(truth: Array, predicted: Array) -> Statistic:
    return lambda rows: weighted_r_squared(truth[rows], predicted[rows])


def _correlation(pairs: Floats) -> Statistic:
    return lambda rows: float(np.corrcoef(*pairs[rows].T)[0, 1])


def _rows(states: Floats) -> Floats:
    return states.reshape(-1, states.shape[-1])


def _flat(states: Floats) -> Floats:
    return states.reshape(len(states), -1)


def _surrogate_pairs(
    weights: Weights, states: tuple[Floats, Floats], sides: tuple[Side, Side], minimum_users: int
) -> dict[str, Pair]:
    """What linear models of spending make of the network: all its states, its directions, and the study's angles.

    Parameters
    ----------
    states : of the training and of the test customers
    sides : the training and the test customers
    """
    (fitted, true), (train, test) = states, sides
    model = fit_state(_flat(train.spending), _flat(fitted), minimum_users)
    pairs = {"surrogate_states": (_flat(true), model(_flat(test.spending)))}
    fractions, test_fractions = _mean_fractions(train), _mean_fractions(test)
    origin = invert(weights.output, weights.output_bias).origin
    last = fit_state(fractions, fitted[:, -1], minimum_users)(test_fractions)
    directions = normalised(true[:, -1] - origin), normalised(last - origin)
    pairs["surrogate_direction"] = np.nan_to_num(directions[0]), np.nan_to_num(directions[1])
    units = true.shape[-1]
    if units < 2:
        return pairs
    chart = fit_chart(fitted, np.zeros(units))
    # Least squares, every class for itself: the study's model. Errors are wrapped.
    linear = fit_state(fractions, chart.angles(chart.directions(fitted)), 0, penalties=[0.0])
    angles = chart.angles(chart.directions(true))
    missed = wrap(linear(test_fractions) - angles)
    return pairs | {
        f"surrogate_{name}": (angles[:, [k]], (angles + missed)[:, [k]])
        for k, name in enumerate(angle_names(units))
    }


def _mean_fractions(side: Side) -> Floats:
    """In double precision, because fractions that sum to 1 make the normal equations singular."""
    return np.asarray(side.spending.mean(axis=1, dtype=np.float64))
