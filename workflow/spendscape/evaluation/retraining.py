"""Retraining: what of a network's results survives another seed, or another supervision (MATHS §3).

A network's hidden axes are arbitrary: after retraining they come back turned and mirrored. States are
therefore compared after the rotation that fits them best (orthogonal Procrustes about the zero
state), and everything else in terms of outputs, which have fixed axes.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.linalg import orthogonal_procrustes

from spendscape.core.arrays import Floats, Indices
from spendscape.core.statistics import bootstrap, weighted_r_squared
from spendscape.dynamics.fixed_points import UNCONVERGED, fixed_points
from spendscape.explanation import surrogate
from spendscape.explanation.inverse_map import invert
from spendscape.network.lstm import Weights, trajectories
from spendscape.segments.names import order
from spendscape.traits.targets import dominant

Statistic = Callable[[Indices], float]


@dataclass(frozen=True)
class Side:
    """Customers of one side of the split: spending [N, T, C] and traits [N, P]."""

    spending: Floats
    traits: Floats


def retraining_scores(
    weights: Weights,
    reference: Weights,
    train: Side,
    test: Side,
    levels: int,
    draws: int,
    seed: int,
) -> pd.DataFrame:
    """What one network gives on the test customers, and how far it agrees with the reference network.

    Parameters
    ----------
    weights, reference : two networks of the same classes and traits
    train, test : where the surrogate is fitted, and where everything is scored
    levels : of the segments that are compared
    draws, seed : bootstrap over test customers

    Returns
    -------
    Columns quantity, value, low, high:
        r2_TRAIT, r2_all_traits : the network
        surrogate_AZIMUTH… : the linear surrogate, R² of each angle
        surrogate_states : R² of all states from all fractions
        location_from_true_traits, location_from_last_output : R² of L for the fixed points
        label_equals_true_dominant, ends_in_a_stable_fixed_point : shares of customers
        correlation_of_strength_and_steps : rank correlation
        steadiness : share of steps whose first trait is the previous step's
        segment_level_K : share of customers with the reference's segment
        aligned_states, aligned_fixed_points : R² of the reference's states and fixed points by this
            network's, rotated; NaN for another number of units
    """
    (fit_states, _), (states, _) = (trajectories(weights, side.spending) for side in (train, test))
    outputs = weights.outputs(states)
    own = weights.traits
    mean_input = test.spending.mean(axis=1, dtype=np.float64)
    points = fixed_points(weights, weights.drive(mean_input), starts=0)
    sound = points.verdict != UNCONVERGED
    label = dominant(weights.outputs(points.state), own)
    true = dominant(test.traits, own)
    inverse = invert(weights.output, weights.output_bias)
    steps = dominant(outputs, own)
    same_step = (steps[:, 1:] == steps[:, :-1]).mean(axis=1) if steps.shape[1] > 1 else None

    columns: dict[str, Floats] = {
        "label_equals_true_dominant": (label == true)[sound].astype(np.float64),
        "ends_in_a_stable_fixed_point": (sound & (points.spectral_radius < 1)).astype(np.float64),
    }
    if same_step is not None:
        columns["steadiness"] = same_step
    theirs, _ = trajectories(reference, test.spending)
    agrees = np.logical_and.accumulate(
        order(outputs[:, -1], own) == order(reference.outputs(theirs[:, -1]), own), axis=1
    )
    columns |= {f"segment_level_{k + 1}": agrees[:, k].astype(float) for k in range(levels)}

    pairs: dict[str, tuple[Floats, Floats]] = {
        "r2_all_traits": (test.traits, outputs[:, -1]),
        "location_from_true_traits": (points.state[sound], inverse.states(test.traits)[sound]),
        "location_from_last_output": (points.state[sound], inverse.states(outputs[:, -1])[sound]),
        "surrogate_states": (_flat(states), _predicted(train.spending, fit_states, test.spending)),
    }
    pairs |= {
        f"r2_{name}": (test.traits[:, [k]], outputs[:, -1, [k]]) for k, name in enumerate(own)
    }
    pairs |= _surrogate_pairs(fit_states, states, train.spending, test.spending)
    if weights.units == reference.units:
        turn = aligning_rotation(_rows(states), _rows(theirs))
        ends = fixed_points(reference, reference.drive(mean_input), starts=0)
        both = sound & (ends.verdict != UNCONVERGED)
        pairs["aligned_states"] = (_flat(theirs), _flat(states @ turn))
        pairs["aligned_fixed_points"] = (ends.state[both], points.state[both] @ turn)
    quantities = {name: (len(column), _mean(column)) for name, column in columns.items()}
    quantities |= {name: (len(pair[0]), _fit(*pair)) for name, pair in pairs.items()}
    ranks = pd.DataFrame([test.traits.max(axis=1)[sound], points.steps[sound]]).T.rank().to_numpy()
    quantities["correlation_of_strength_and_steps"] = (
        len(ranks),
        lambda rows: float(np.corrcoef(ranks[rows], rowvar=False)[0, 1]),
    )
    table = []
    for name, (size, statistic) in quantities.items():
        low, high = bootstrap(statistic, size, draws, seed)
        value = statistic(np.arange(size))
        table.append({"quantity": name, "value": value, "low": float(low), "high": float(high)})
    return pd.DataFrame(table)


def aligning_rotation(states: Floats, reference: Floats) -> Floats:
    """The orthogonal matrix R [M, M] that brings states [K, M] nearest to the reference [K, M]: states R."""
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


def _fit(truth: Floats, predicted: Floats) -> Statistic:
    return lambda rows: weighted_r_squared(truth[rows], predicted[rows])


def _rows(states: Floats) -> Floats:
    return states.reshape(-1, states.shape[-1])


def _flat(states: Floats) -> Floats:
    return states.reshape(len(states), -1)


def _predicted(x: Floats, y: Floats, x_test: Floats) -> Floats:
    """All states of test customers by one linear model of all fractions, [N, T·M]."""
    from sklearn.linear_model import LinearRegression

    return np.asarray(LinearRegression().fit(_flat(x), _flat(y)).predict(_flat(x_test)))


def _surrogate_pairs(
    fit_states: Floats, states: Floats, spending: Floats, test_spending: Floats
) -> dict[str, tuple[Floats, Floats]]:
    """Per angle: true and predicted, in the network's own chart, errors wrapped."""
    units = states.shape[-1]
    if units < 2:
        return {}
    chart = surrogate.fit_chart(fit_states, np.zeros(units))
    names: Sequence[str] = surrogate.angle_names(units)
    # In double precision, because fractions that sum to 1 make the normal equations singular.
    fractions, test_fractions = (
        s.mean(axis=1, dtype=np.float64) for s in (spending, test_spending)
    )
    linear = surrogate.fit_linear(fractions, chart.angles(chart.directions(fit_states)))
    angles = chart.angles(chart.directions(states))
    missed = surrogate.wrap(linear(test_fractions) - angles)
    return {
        f"surrogate_{name}": (angles[:, [k]], (angles + missed)[:, [k]])
        for k, name in enumerate(names)
    }
