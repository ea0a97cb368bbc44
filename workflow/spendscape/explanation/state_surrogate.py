"""The explanation: one linear model of spending that reproduces the last hidden state (maths §4).

ĥ = a + x θ. Its direction from s₀ gives the segment, and θ W reads it in traits. No coefficient rests on fewer than a
stated number of customers: a class with fewer users shares the coefficient of the rare classes together. Columns are
used as far as the data determine them: where least squares does worse on left-out customers than a ridge, the ridge
that does best there is taken.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
from jaxtyping import Float, Int

from spendscape.core.arrays import Array, Floats, Integers, Names
from spendscape.core.geometry import normalised
from spendscape.core.json import from_json, to_json
from spendscape.core.statistics import correlation_interval
from spendscape.explanation.chart import Chart, angle_names

OWN, POOLED, UNUSED = "own", "pooled", "unused"
# Ridge penalties as shares of the mean squared column, least squares among them.
PENALTIES = (0.0, 1e-8, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1.0)
# A customer with less freedom than this is met exactly by a coefficient of its own, and left out it says nothing.
SATURATED = 1e-9


@dataclass(frozen=True)
class StateSurrogate:
    """The linear model, in the gauge in which the spend-weighted mean coefficient of each output is 0.

    Attributes
    ----------
    intercept : the prediction at average spending
    coefficients, standard_errors : per class and output; 0 and NaN for a class that no training customer uses
    average : the training customers' mean fractions, which weight the gauge
    users : training customers who spend in each class
    column : own, pooled (it shares the coefficient of the rare classes) or unused
    penalty : the ridge's share that left-out customers chose; 0 is least squares
    """

    intercept: Float[Floats, " K"]
    coefficients: Float[Floats, "C K"]
    standard_errors: Float[Floats, "C K"]
    average: Float[Floats, " C"]
    users: Int[Integers, " C"]
    column: Names
    penalty: float

    def __call__(self, fractions: Float[Array, "N C"]) -> Float[Floats, "N K"]:
        """Predictions for mean fractions."""
        return np.asarray(self.intercept + (fractions - self.average) @ self.coefficients)

    def through(self, matrix: Float[Floats, "K P"]) -> Float[Floats, "C P"]:
        """Each class's effect on what is linear in the outputs, such as the traits: θ W."""
        return np.asarray(self.coefficients @ matrix)


def fit_state(
    fractions: Float[Array, "N C"],
    states: Float[Array, "N K"],
    minimum_users: int,
    penalties: Sequence[float] = PENALTIES,
) -> StateSurrogate:
    """Fit the states of training customers on their mean fractions.

    Classes with fewer than `minimum_users` users share one column. If they have fewer users together, the class
    with the fewest users of those that have enough joins them.
    """
    x, y = np.asarray(fractions, np.float64), np.asarray(states, np.float64)
    used = x > 0
    users = used.sum(axis=0)
    pooled = _pooled(used, users, minimum_users)
    # [C, J]: which column each class is in. An unused class is in none.
    columns = np.zeros((x.shape[1], 0))
    own = np.flatnonzero(~pooled & (users > 0))
    columns = np.eye(x.shape[1])[:, own]
    if (pooled & (users > 0)).any():
        columns = np.column_stack([columns, (pooled & (users > 0)).astype(np.float64)])
    average = x.mean(axis=0)
    design = (x - average) @ columns
    coefficients, scatter, penalty, rank = _ridge(design, y - y.mean(axis=0), penalties)
    residual = y - y.mean(axis=0) - design @ coefficients
    variance = np.square(residual).sum(axis=0) / max(1, len(x) - 1 - rank)
    # An unused class has no share of the average, so that the gauge does not move it.
    gauge = columns - (average @ columns)[None, :] / max(average.sum(), np.finfo(float).tiny)
    gauge[users == 0] = 0
    error = np.sqrt(np.maximum(((gauge @ scatter) * gauge).sum(axis=1), 0)[:, None] * variance)
    error[users == 0] = np.nan
    column = np.where(users == 0, UNUSED, np.where(pooled, POOLED, OWN))
    return StateSurrogate(
        y.mean(axis=0),
        gauge @ coefficients,
        error,
        average,
        users.astype(np.int64),
        column,
        penalty,
    )


def write_surrogate(model: StateSurrogate, average_steps: Float[Floats, "T C"]) -> str:
    """surrogate/state.json: the model, and what the training customers spend in each step on average."""
    return to_json(vars(model) | {"average_steps": average_steps})


def read_surrogate(text: str) -> tuple[StateSurrogate, Float[Floats, "T C"]]:
    """What `write_surrogate` wrote."""
    values = json.loads(text)
    steps = np.array(values.pop("average_steps"), dtype=np.float64)
    return from_json(StateSurrogate, json.dumps(values)), steps


def coefficient_table(
    model: StateSurrogate,
    weights: Float[Floats, "K P"],
    classes: Sequence[str],
    traits: Sequence[str],
    nonzero: float,
) -> pd.DataFrame:
    """surrogate/coefficients.csv: the explanation by class, for each unit, and for each trait through W.

    A coefficient counts as non-zero when its magnitude is above `nonzero` times the mean magnitude of its
    output's coefficients: the study's footnote 2, with the threshold named.

    Returns
    -------
    Columns class, output (state_1, … and the traits), value, standard_error (not for traits: the units' errors
    are not independent), nonzero, users (training customers) and column (own, pooled or unused).
    """
    used = model.column != UNUSED
    names = [f"state_{k + 1}" for k in range(len(weights))]
    unknown = np.full((len(used), weights.shape[1]), np.nan)
    values = np.column_stack([model.coefficients, model.through(weights)])
    errors = np.column_stack([model.standard_errors, unknown])
    intercepts = np.append(model.intercept, model.intercept @ weights)
    threshold = (
        nonzero * np.abs(values[used]).mean(axis=0) if used.any() else np.zeros(len(values.T))
    )
    frames = [
        pd.DataFrame(
            {
                "class": list(classes),
                "output": name,
                "value": np.where(used, values[:, k], np.nan),
                "standard_error": errors[:, k],
                "nonzero": used & (np.abs(values[:, k]) > threshold[k]),
                "users": model.users,
                "column": model.column,
            }
        )
        for k, name in enumerate([*names, *traits])
    ]
    means = {
        "class": "(intercept)",
        "output": [*names, *traits],
        "value": intercepts,
        "nonzero": True,
    }
    return pd.concat([*frames, pd.DataFrame(means)], ignore_index=True)


def direction_columns(
    chart: Chart,
    model: StateSurrogate,
    hidden: Float[Array, "N T K"],
    fractions: Float[Floats, "N C"],
) -> dict[str, Floats]:
    """The columns of surrogate/directions_*.parquet: the trajectories' own directions, and the predicted ones.

    direction, its angles and distance (how far the last state is from the start: near it a direction is uncertain),
    and predicted_direction, its angles and predicted_distance.
    """
    first = hidden[:, 0].astype(np.float64) if np.isnan(chart.start).any() else chart.start
    columns: dict[str, Floats] = {}
    last = hidden[:, -1].astype(np.float64)
    for prefix, vectors in (("", last - first), ("predicted_", model(fractions) - first)):
        directions = normalised(vectors)
        names = angle_names(hidden.shape[-1])
        columns |= {f"{prefix}direction": directions}
        columns |= {
            f"{prefix}{n}": a for n, a in zip(names, chart.angles(directions).T, strict=True)
        }
        columns |= {f"{prefix}distance": np.linalg.norm(vectors, axis=1)}
    return columns


def correlations(
    model: StateSurrogate,
    weights: Float[Floats, "K P"],
    published: Float[Floats, "C P"],
    traits: Sequence[str],
) -> pd.DataFrame:
    """Pearson's correlation, over classes, of each trait's coefficients with those of the formula behind the targets.

    Both are in the same gauge. Classes without a coefficient of their own are left out; the interval is Fisher's.

    Returns
    -------
    Columns target, metric, value, low, high.
    """
    own = model.column == OWN
    ours, theirs = model.through(weights)[own], (published - model.average @ published)[own]
    rows = []
    for trait, one, other in zip(traits, ours.T, theirs.T, strict=True):
        constant = len(one) < 2 or np.ptp(one) == 0 or np.ptp(other) == 0
        value = np.nan if constant else float(np.corrcoef(one, other)[0, 1])
        rows.append(
            (trait, "correlation_with_coefficients", value, *correlation_interval(value, len(one)))
        )
    return pd.DataFrame(rows, columns=["target", "metric", "value", "low", "high"])


def _pooled(used: Array, users: Array, minimum_users: int) -> Array:
    """Which classes share a column."""
    rare = users < minimum_users
    together = int(used[:, rare].any(axis=1).sum())
    enough = np.flatnonzero(~rare)
    if 0 < together < minimum_users and len(enough):
        rare[enough[np.argmin(users[enough])]] = True
    return rare


class _Ridge(NamedTuple):
    """Coefficients [J, K], the matrix [J, J] that gives their covariance, the penalty, and the rank of the data."""

    coefficients: Floats
    scatter: Floats
    penalty: float
    rank: int


def _ridge(x: Floats, y: Floats, penalties: Sequence[float]) -> _Ridge:
    """The coefficients of centred data.

    The penalty is the one with the least squared error of customers that are left out one by one, in closed form
    from the singular values.
    """
    left, singular, right = _singular_values(x)
    if not len(singular):
        return _Ridge(np.zeros((x.shape[1], y.shape[1])), np.zeros((x.shape[1],) * 2), 0.0, 0)
    turned, unit = left.T @ y, float(np.square(singular).mean())
    best, error = max(penalties), np.inf
    for share in sorted(penalties):
        shrink = singular**2 / (singular**2 + share * unit)
        free = 1 - 1 / len(x) - np.square(left) @ shrink
        if free.min() < SATURATED:
            continue
        missed = (y - left @ (shrink[:, None] * turned)) / free[:, None]
        if np.square(missed).sum() < error * (1 - 1e-9):
            best, error = share, float(np.square(missed).sum())
    weight = singular / (singular**2 + best * unit)
    coefficients = right.T @ (weight[:, None] * turned)
    return _Ridge(coefficients, np.asarray((right.T * weight**2) @ right), best, len(singular))


def _singular_values(x: Floats) -> tuple[Floats, Floats, Floats]:
    """The singular value decomposition, without the directions that are rounding.

    Fractions are float32, and their sums are 1 to its rounding only: what a step's columns add up to is then nearly,
    not exactly, constant, and carries nothing but rounding. What is kept is so far from
    double precision's rounding that the small matrix XᵀX gives it as well, in a tenth of the time.
    """
    least = np.sqrt(max(x.shape)) * np.finfo(np.float32).eps
    if len(x) < x.shape[1]:
        left, singular, right = np.linalg.svd(x, full_matrices=False)
        kept = singular > least * singular.max(initial=0)
        return left[:, kept], singular[kept], right[kept]
    squares, axes = np.linalg.eigh(x.T @ x)
    singular = np.sqrt(np.maximum(squares, 0))
    kept = singular > least * singular.max(initial=0)
    singular, axes = singular[kept], axes[:, kept]
    return x @ (axes / singular), singular, axes.T
