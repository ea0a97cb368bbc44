"""Retraining: what of a network's results survives another seed, or another supervision (maths §3).

A network's hidden axes are arbitrary: after retraining they come back turned and mirrored. States are
therefore compared after the rotation that fits them best (orthogonal Procrustes about the zero
state), and everything else in terms of outputs, which have fixed axes.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float
from scipy.linalg import orthogonal_procrustes

from spendscape.core.arrays import Array, Bools, Floats
from spendscape.core.geometry import normalised
from spendscape.core.statistics import (
    Sums,
    correlation,
    fit,
    intervals,
    lowest,
    mean,
    mean_of_steps,
)
from spendscape.dynamics.fixed_points import UNCONVERGED, FixedPoints, fixed_points
from spendscape.explanation.chart import angle_names, fit_chart, wrap
from spendscape.explanation.inverse_map import invert
from spendscape.explanation.state_surrogate import fit_state, fit_states
from spendscape.network.trajectories import trajectories
from spendscape.network.weights import Weights
from spendscape.segments.names import order
from spendscape.traits.targets import dominant

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
    networks: Sequence[Weights],
    reference: Weights,
    train: Side,
    test: Side,
    levels: int,
    minimum_users: int,
    draws: int,
    seed: int,
) -> list[pd.DataFrame]:
    """What each network gives on the test customers, and how far it agrees with the reference network.

    Parameters
    ----------
    networks, reference : of the same classes and traits
    train, test : where the surrogate is fitted, and where everything is scored
    levels : of the segments that are compared
    minimum_users : of a class that has a coefficient of its own in the surrogate
    draws, seed : bootstrap over test customers

    Returns
    -------
    For each network the columns quantity, value, low, high:
        label_equals_true_dominant, ends_in_a_stable_fixed_point : shares of customers
        steadiness : share of steps whose first trait is the previous step's; of two or more steps
        segment_level_K : share of customers with the reference's segment
        r2_all_traits, r2_TRAIT : the network
        location_from_true_traits, location_from_last_output : R² of L for the fixed points
        surrogate_states : R² of all states from all fractions
        surrogate_AZIMUTH…, surrogate_worst_angle : a linear model of the angles from the zero state, R² of each and
            of the worst; of two or more units
        surrogate_direction, surrogate_worst_component : the surrogate of the state, R² of the directions from where
            all traits are 0, of the whole unit vector and of its worst component
        aligned_states, aligned_fixed_points : R² of the reference's states and fixed points by this
            network's, rotated; left out when the numbers of units differ
        correlation_of_strength_and_steps : rank correlation
    """
    theirs = _seen(reference, test.spending)
    seen = [_seen(weights, test.spending) for weights in networks]
    explained = _surrogate_scores(seen, train, test, minimum_users)
    tables = []
    for own, surrogates in zip(seen, explained, strict=True):
        shares = _shares(own, test.traits) | _same_segments(own, theirs, levels)
        pairs, last = _trait_pairs(own, test.traits), own.outputs[:, -1]
        names = own.weights.traits
        pairs |= {f"r2_{name}": (test.traits[:, [k]], last[:, [k]]) for k, name in enumerate(names)}
        if own.weights.units == reference.units:
            pairs |= _aligned_pairs(own, theirs)
        quantities = {name: mean(column) for name, column in shares.items()}
        quantities |= {name: fit(*pair) for name, pair in pairs.items()} | surrogates
        strength, steps = test.traits.max(axis=1)[own.sound], own.points.steps[own.sound]
        ranks = pd.DataFrame([strength, steps]).T.rank().to_numpy()
        quantities["correlation_of_strength_and_steps"] = correlation(*ranks.T)
        numbers = intervals(list(quantities.values()), draws, seed)
        table = pd.DataFrame(numbers, columns=["value", "low", "high"])
        table.insert(0, "quantity", list(quantities))
        tables.append(table)
    return tables


def _seen(weights: Weights, spending: Array) -> _Seen:
    """A network's states and outputs, and where each customer's mean spending would lead."""
    states, _ = trajectories(weights.cell, spending)
    drive = weights.drive(mean_of_steps(spending))
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


def summary(scores: pd.DataFrame, supervision: str, reference: int) -> pd.DataFrame:
    """model/ensemble.csv: the spread of every quantity over the seeds, and the other supervision beside it.

    Parameters
    ----------
    scores : columns supervision, seed, quantity, value, low, high of each network
    supervision, reference : of the network whose results the run reports, and its seed

    Returns
    -------
    Columns quantity, value (of the reference), lowest, highest, deviation, seeds, and other_supervision_value, …_low
    and …_high. Agreement with the reference is summed up over the other seeds only.
    """
    own = scores["supervision"] == supervision
    other = scores[~own].set_index("quantity")[["value", "low", "high"]]
    return _spread(scores[own], reference).join(
        other.add_prefix("other_supervision_"), on="quantity"
    )


def _spread(scores: pd.DataFrame, reference: int) -> pd.DataFrame:
    """The spread of every quantity over the seeds of one supervision."""
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


def _rows(states: Floats) -> Floats:
    return states.reshape(-1, states.shape[-1])


def _flat(states: Floats) -> Floats:
    return states.reshape(len(states), -1)


def _surrogate_scores(
    seen: Sequence[_Seen], train: Side, test: Side, minimum_users: int
) -> list[dict[str, Sums]]:
    """What linear models of spending make of each network: all its states, its directions, and the study's angles.

    All networks are fitted at once, because they share the spending.
    """
    rows = np.arange(len(train.spending))
    fitted = [trajectories(own.weights.cell, train.spending)[0] for own in seen]
    all_states = fit_states(
        _flat(train.spending), [_flat(states) for states in fitted], rows, minimum_users
    )
    fractions, test_fractions = _mean_fractions(train), _mean_fractions(test)
    last_states = fit_states(fractions, [states[:, -1] for states in fitted], rows, minimum_users)
    made = []
    for own, states, whole, last in zip(seen, fitted, all_states, last_states, strict=True):
        origin = invert(own.weights.output, own.weights.output_bias).origin
        directions = [
            np.nan_to_num(normalised(ends - origin))
            for ends in (own.states[:, -1], last(test_fractions))
        ]
        scores = {
            "surrogate_states": fit(_flat(own.states), whole(_flat(test.spending))),
            "surrogate_direction": fit(directions[0], directions[1]),
            "surrogate_worst_component": lowest(_columns(directions[0], directions[1])),
        }
        if own.weights.units > 1:
            angles = _angle_scores(states, own.states, fractions, test_fractions)
            scores |= angles | {"surrogate_worst_angle": lowest(list(angles.values()))}
        made.append(scores)
    return made


def _angle_scores(
    fitted: Floats, true: Floats, fractions: Floats, test_fractions: Floats
) -> dict[str, Sums]:
    """R² of each angle from the zero state by the study's model: least squares, every class for itself."""
    units = true.shape[-1]
    chart = fit_chart(fitted, np.zeros(units))
    linear = fit_state(fractions, chart.angles(chart.directions(fitted)), 0, penalties=[0.0])
    angles = chart.angles(chart.directions(true))
    missed = wrap(linear(test_fractions) - angles)
    names = [f"surrogate_{name}" for name in angle_names(units)]
    return dict(zip(names, _columns(angles, angles + missed), strict=True))


def _columns(truth: Floats, predicted: Floats) -> list[Sums]:
    """R² of each column for itself."""
    return [fit(truth[:, [k]], predicted[:, [k]]) for k in range(truth.shape[1])]


def _mean_fractions(side: Side) -> Floats:
    """In double precision, because fractions that sum to 1 make the normal equations singular."""
    return mean_of_steps(side.spending)
