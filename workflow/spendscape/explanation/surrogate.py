"""The surrogate: families of models from spending to a trajectory's direction, and their scores (maths §4)."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
from jaxtyping import Float, Int

from spendscape.core.arrays import Array, Bools, Floats, Indices, Names
from spendscape.core.geometry import normalised
from spendscape.core.least_squares import Moments, blocks, in_blocks, leave_one_out, moments
from spendscape.core.parquet import even_sample
from spendscape.core.statistics import fit, intervals, mean_of_steps
from spendscape.explanation.chart import Chart, angle_names, fit_chart
from spendscape.explanation.direction_scores import Predicted, score_directions, score_labels
from spendscape.explanation.state_surrogate import StateSurrogate, correlations, fit_states

# The start from which a direction gives the order of the traits.
ORIGIN = "origin"
COLUMNS = ["family", "start", "target", "split", "metric", "value", "low", "high"]
Family = Callable[[Floats], Floats]
# Training customers that the decision tree sees, at most: its time grows faster than they do.
TREE_CUSTOMERS = 50_000


@dataclass(frozen=True)
class Options:
    """How the families are fitted and scored; the names are those of the config's `surrogate`.

    Attributes
    ----------
    ridge : penalties that the ridge regression chooses from
    polynomial_components : principal components that the polynomial model sees, at most
    tree_leaf : customers in a leaf of the decision tree, at least
    minimum_users : training customers who use a class that has a coefficient of its own, at least
    bootstrap : resamples for each interval
    seed : of the families and of the resamples
    """

    ridge: Sequence[float]
    polynomial_components: int
    tree_leaf: int
    minimum_users: int
    bootstrap: int
    seed: int


@dataclass(frozen=True)
class Explanation:
    """What the rule `surrogate` finds.

    Attributes
    ----------
    chart : in which directions from the chosen start are angles
    state : the linear model of the last state: the explanation
    average_steps : the training customers' mean fractions of each step
    scores : COLUMNS, one row for each family, start, target, side of the split and metric
    """

    chart: Chart
    state: StateSurrogate
    average_steps: Float[Floats, "T C"]
    scores: pd.DataFrame


def explain(
    spending: Float[Array, "N T C"],
    hidden: Float[Array, "N T M"],
    split: Names,
    starts: Mapping[str, Float[Floats, "M"]],
    weights: Float[Floats, "M P"],
    traits: Sequence[str],
    slopes: Callable[[Floats], Floats],
    options: Options,
) -> Explanation:
    """Fit every family to the training customers, and score it on them and on the test customers.

    Parameters
    ----------
    spending : fractions of each step
    hidden : the network's states that they lead to
    split : each customer's side: train, validation or test
    starts : where directions start, by name; the first is the run's own, and the others are for the table
    weights : of the output layer, by which states are read in traits
    traits : their names
    slopes : of the traits' formula (`TraitFormula.slopes`), from mean fractions to one value for each
        class and trait; the surrogate's coefficients are compared with them
    """
    train, test = split == "train", split == "test"
    # In double precision, because fractions that sum to 1 make the normal equations singular.
    fractions = mean_of_steps(spending)
    last, rows, fewest = hidden[:, -1], np.flatnonzero(train), options.minimum_users
    state = fit_states(fractions, [last], rows, fewest)[0]
    by_step = spending.reshape(len(spending), -1)
    every, steps = fit_states(by_step, [last, hidden.reshape(len(hidden), -1)], rows, fewest)
    states = {"state": state(fractions), "state_by_step": every(by_step)}
    frames = list(_score_starts(starts, hidden, fractions, states, weights, (train, test), options))
    whole = score_states(hidden[test], steps(by_step[test]), options)
    frames.append(whole.assign(family="linear", split="test"))
    published = slopes(state.average)
    related = correlations(state, weights, published, traits)
    frames.append(related.assign(family="state", split="train"))
    chart = fit_chart(hidden[train], next(iter(starts.values())))
    average = every.average.reshape(spending.shape[1:])
    return Explanation(chart, state, average, pd.concat(frames)[COLUMNS])


def by_mean(values: Float[Array, "N C"], rows: Int[Indices, " R"]) -> Float[Floats, " C"]:
    """The mean of some rows, block by block."""
    total = np.zeros(values.shape[1])
    for part in blocks(len(rows), values.shape[1]):
        total += values[rows[part]].sum(axis=0, dtype=np.float64)
    return total / len(rows)


def _score_starts(
    starts: Mapping[str, Float[Floats, "M"]],
    hidden: Float[Array, "N T M"],
    fractions: Float[Floats, "N C"],
    states: Mapping[str, Float[Floats, "N M"]],
    weights: Float[Floats, "M P"],
    sides: tuple[Bools, Bools],
    options: Options,
) -> Iterator[pd.DataFrame]:
    """The scores of all families for directions from each start."""
    train = sides[0]
    charts = {name: fit_chart(hidden[train], start) for name, start in starts.items()}
    directions = {name: chart.directions(hidden) for name, chart in charts.items()}
    angles = [charts[name].angles(found) for name, found in directions.items()]
    known = np.isfinite(np.concatenate(list(directions.values()), axis=1)).all(axis=1)
    fitted = np.flatnonzero(train & known)
    families = dict(fit_families(fractions, angles, list(directions.values()), fitted, options))
    for start, (name, chart) in enumerate(charts.items()):
        found = {}
        for family, made in families.items():
            vectors = family == "unit_vector"
            own = chart.angles(made[start]) if vectors else made[start]
            # A direction of one unit has no angles to come back from.
            turned = chart.vectors(own) if own.shape[1] else normalised(made[start])
            found[family] = Predicted(own, turned)
        first = hidden[:, 0].astype(np.float64) if np.isnan(chart.start).any() else chart.start
        for family, predicted in states.items():
            away = normalised(predicted - first)
            found[family] = Predicted(chart.angles(away), away)
        scores = pd.concat(
            _score_start(name, directions[name], found, chart, weights, sides, options)
        )
        place_of = {family: place for place, family in enumerate(found)}
        yield scores.sort_values("family", key=lambda column: column.map(place_of), kind="stable")


def _score_start(
    name: str,
    directions: Float[Floats, "N M"],
    families: Mapping[str, Predicted],
    chart: Chart,
    weights: Float[Floats, "M P"],
    sides: tuple[Bools, Bools],
    options: Options,
) -> Iterator[pd.DataFrame]:
    """The scores of all families for directions from one start."""
    draws, seed = options.bootstrap, options.seed
    names = angle_names(directions.shape[1])
    for side, rows in zip(("train", "test"), sides, strict=True):
        own = {
            family: Predicted(found.angles[rows], found.vectors[rows])
            for family, found in families.items()
        }
        scores = score_directions(directions[rows], own, chart, names, draws, seed)
        yield scores.assign(split=side, start=name)
    if name == ORIGIN:
        test = sides[1]
        network = np.argmax(directions[test] @ weights, axis=1)
        labels = {
            k: np.argmax(found.vectors[test] @ weights, axis=1) for k, found in families.items()
        }
        same = {family: label == network for family, label in labels.items()}
        yield score_labels(same, draws, seed).assign(split="test", start=name)


def fit_families(
    fractions: Float[Floats, "N C"],
    angles: Sequence[Float[Floats, "N _"]],
    directions: Sequence[Float[Floats, "N _"]],
    rows: Int[Indices, " R"],
    options: Options,
) -> Iterator[tuple[str, list[Floats]]]:
    """The families that predict the direction: the name of each, and what it says of every customer for each start.

    linear, polynomial (degree 2, of the leading principal components), ridge and decision_tree
    predict the angles, as the study does; unit_vector predicts the direction itself, linearly, so
    that it knows no seam. The decision tree sees at most `TREE_CUSTOMERS` of the training customers, evenly spread.
    One unit has no angle, and only the last of these families.

    Parameters
    ----------
    angles, directions : of all customers, from each start
    rows : the training customers' numbers
    """
    targets = np.concatenate([*angles, *directions], axis=1)
    split, width = np.cumsum([part.shape[1] for part in (*angles, *directions)])[:-1], len(angles)

    def all_rows(found: Moments, features: Family, coefficients: Floats) -> list[Floats]:
        made = in_blocks(lambda x: found.predict(features(x), coefficients), fractions)
        return np.split(made, split, axis=1)

    plain = moments(lambda part: fractions[part], targets, rows, fractions.shape[1])
    linear = all_rows(plain, lambda x: x, plain.coefficients())
    if not angles[0].shape[1]:
        yield "unit_vector", linear[width:]
        return
    yield "linear", linear[:width]
    square = _squares(plain, options.polynomial_components)
    size = len(square(np.zeros((1, len(plain.mean))))[0])
    found = moments(lambda part: square(fractions[part]), targets, rows, size)
    yield "polynomial", all_rows(found, square, found.coefficients())[:width]
    ends = np.array([0, *split, targets.shape[1]])
    yield "ridge", _ridge(fractions, targets, rows, ends[: width + 1], options.ridge)
    some = rows[even_sample(len(rows), TREE_CUSTOMERS)]
    yield "decision_tree", [_tree(fractions, own, some, options) for own in angles]
    yield "unit_vector", linear[width:]


def _squares(found: Moments, components: int) -> Family:
    """Fractions ↦ their leading principal components, at most so many, with unit deviation, and the products of any two."""
    axes = found.axes[:, :components]
    scale = np.sqrt(len(found.rows)) / found.singular[:components]

    def features(x: Float[Floats, "B C"]) -> Float[Floats, "B J"]:
        # A feature behind the other, because numbers that are side by side are multiplied many at once.
        z = np.ascontiguousarray(((x - found.mean) @ axes * scale).T)
        pairs = (z[k] * z[k:] for k in range(len(z)))
        return np.concatenate([z, *pairs]).T

    return features


def _ridge(
    fractions: Floats, targets: Floats, rows: Indices, ends: Indices, penalties: Sequence[float]
) -> list[Floats]:
    """A ridge regression of classes with unit deviation, for each group of targets with the penalty that left-out
    customers choose; groups lie between `ends`."""
    mean = by_mean(fractions, rows)
    deviation = np.sqrt(
        sum(
            np.square(fractions[rows[part]] - mean).sum(axis=0)
            for part in blocks(len(rows), len(mean))
        )
        / len(rows)
    )
    scale = np.where(deviation > 0, deviation, 1.0)

    def scaled(part: Indices) -> Floats:
        return np.asarray((fractions[part] - mean) / scale)

    found, shares = moments(scaled, targets, rows, len(mean)), sorted(penalties)
    errors = leave_one_out(scaled, targets, found, shares)
    made = []
    for first, last in pairwise(ends):
        own = slice(first, last)
        coefficients = found.coefficients(shares[errors.best(own)])[:, own] / scale[:, None]
        start = found.target_mean[own]
        made.append(
            in_blocks(lambda x, s=start, c=coefficients: s + (x - mean) @ c, fractions)  # type: ignore[misc]
        )
    return made


def _tree(fractions: Floats, angles: Floats, rows: Indices, options: Options) -> Floats:
    """A decision tree's angles of every customer."""
    # Takes a while to import.
    from sklearn.tree import DecisionTreeRegressor

    tree = DecisionTreeRegressor(min_samples_leaf=options.tree_leaf, random_state=options.seed)
    tree.fit(fractions[rows], angles[rows])
    # It compares in single precision, to which scikit-learn would bring the numbers more slowly. One angle, that of two
    # units, comes as a row of numbers.
    return np.concatenate(
        [
            np.reshape(tree.predict(fractions[part].astype(np.float32)), (-1, angles.shape[1]))
            for part in blocks(*fractions.shape)
        ]
    )


def score_states(
    truth: Float[Array, "N T M"], predicted: Float[Floats, "N K"], options: Options
) -> pd.DataFrame:
    """R² of all states from all fractions by one linear model, the study's F_θ(I) ↦ S.

    Parameters
    ----------
    truth : the states of customers whom the model has not seen
    predicted : the same by the model, flattened

    Returns
    -------
    One row, with columns target, metric, value, low, high.
    """
    own = fit(truth.reshape(len(truth), -1), predicted)
    numbers = intervals([own], options.bootstrap, options.seed)[0]
    return pd.DataFrame(
        [("states", "r2", *numbers)], columns=["target", "metric", "value", "low", "high"]
    )
