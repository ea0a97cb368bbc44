"""The explanation: one linear model of spending that reproduces the last hidden state (maths §4).

ĥ = a + x θ. Its direction from s₀ gives the segment, and θ W reads it in traits. No coefficient rests on fewer than a
stated number of customers: a class with fewer users shares the coefficient of the rare classes together. Columns are
used as far as the data determine them: where least squares does worse on left-out customers than a ridge, the ridge
that does best there is taken.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float, Int

from spendscape.core.arrays import Array, Bools, Floats, Indices, Integers, Names
from spendscape.core.geometry import normalised
from spendscape.core.json import from_json, to_json
from spendscape.core.least_squares import blocks, in_blocks, leave_one_out, moments
from spendscape.core.statistics import correlation_interval
from spendscape.explanation.chart import Chart, angle_names

OWN, POOLED, UNUSED = "own", "pooled", "unused"
# Ridge penalties as shares of the mean squared column, least squares among them.
PENALTIES = (0.0, 1e-8, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1.0)


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
        return in_blocks(
            lambda part: np.asarray(self.intercept + (part - self.average) @ self.coefficients),
            fractions,
        )

    def through(self, matrix: Float[Floats, "K P"]) -> Float[Floats, "C P"]:
        """Each class's effect on what is linear in the outputs, such as the traits: θ W."""
        return np.asarray(self.coefficients @ matrix)


def fit_state(
    fractions: Float[Array, "N C"],
    states: Float[Array, "N K"],
    minimum_users: int,
    penalties: Sequence[float] = PENALTIES,
) -> StateSurrogate:
    """Fit the states of training customers on their mean fractions; see `fit_states`."""
    rows = np.arange(len(fractions))
    return fit_states(fractions, [states], rows, minimum_users, penalties)[0]


def fit_states(
    fractions: Float[Array, "N C"],
    states: Sequence[Float[Array, "N _"]],
    rows: Int[Indices, " R"],
    minimum_users: int,
    penalties: Sequence[float] = PENALTIES,
) -> list[StateSurrogate]:
    """Fit several kinds of states of training customers on the same fractions, a surrogate each.

    Classes with fewer than `minimum_users` users share one column. If they have fewer users together, the class
    with the fewest users of those that have enough joins them.

    Parameters
    ----------
    fractions, states : of all customers
    rows : the training customers' numbers
    penalties : ridge penalties to choose from, as shares of the mean squared column
    """
    users, average, pooled = _users(fractions, rows, minimum_users)
    own, shared = np.flatnonzero(~pooled & (users > 0)), np.flatnonzero(pooled & (users > 0))
    width = len(own) + bool(len(shared))

    def design(chosen: Int[Indices, " B"]) -> Floats:
        x = fractions[chosen].astype(np.float64) - average
        # A view where every class has a column of its own.
        columns = x if len(own) == x.shape[1] else x[:, own]
        return np.column_stack([columns, x[:, shared].sum(axis=1)]) if len(shared) else columns

    targets = np.concatenate(states, axis=1)
    found = moments(design, targets, rows, width)
    unit = float(np.square(found.singular).mean()) if len(found.singular) else 0.0
    shares = sorted(penalties)
    errors = leave_one_out(design, targets, found, [share * unit for share in shares])
    # [C, J]: which column each class is in. An unused class is in none.
    columns = np.eye(len(users))[:, own]
    if len(shared):
        columns = np.column_stack([columns, np.isin(np.arange(len(users)), shared)])
    # An unused class has no share of the average, so that the gauge does not move it.
    gauge = columns - (average @ columns)[None, :] / max(average.sum(), np.finfo(float).tiny)
    gauge[users == 0] = 0
    column = np.where(users == 0, UNUSED, np.where(pooled, POOLED, OWN))
    made, first = [], 0
    for kind in states:
        part = slice(first, first + kind.shape[1])
        first = part.stop
        number = errors.best(part)
        penalty = shares[number] * unit
        weight = found.singular / (found.singular**2 + penalty)
        freedom = max(1, len(rows) - 1 - len(found.singular))
        spread = np.square((gauge @ found.axes) * weight).sum(axis=1)
        error = np.sqrt(spread[:, None] * errors.fitted[number, part] / freedom)
        error[users == 0] = np.nan
        coefficients = gauge @ found.coefficients(penalty)[:, part]
        intercept = found.target_mean[part]
        made.append(
            StateSurrogate(intercept, coefficients, error, average, users, column, shares[number])
        )
    return made


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


def _users(
    fractions: Float[Array, "N C"], rows: Int[Indices, " R"], minimum_users: int
) -> tuple[Int[Integers, " C"], Float[Floats, " C"], Bool[Bools, " C"]]:
    """How many customers use each class, their mean fractions, and which classes share a column."""
    classes = fractions.shape[1]
    users, average = np.zeros(classes, dtype=np.int64), np.zeros(classes)
    for part in (rows[place] for place in blocks(len(rows), classes)):
        x = fractions[part]
        users += (x > 0).sum(axis=0)
        average += x.sum(axis=0, dtype=np.float64)
    rare = users < minimum_users
    some = np.flatnonzero(rare & (users > 0))
    together = sum(
        int((fractions[np.ix_(rows[place], some)] > 0).any(axis=1).sum())
        for place in blocks(len(rows), classes)
    )
    enough = np.flatnonzero(~rare)
    if 0 < together < minimum_users and len(enough):
        rare[enough[np.argmin(users[enough])]] = True
    return users, average / len(rows), rare
