"""The surrogate: families of models from spending to a trajectory's direction, and their scores (maths §4)."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Float
from sklearn.decomposition import PCA
from sklearn.linear_model import LinearRegression, RidgeCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures, StandardScaler
from sklearn.tree import DecisionTreeRegressor

from spendscape.core.arrays import Array, Bools, Floats, Indices, Names
from spendscape.core.geometry import normalised
from spendscape.core.statistics import bootstrap, weighted_r_squared
from spendscape.explanation.chart import Chart, angle_names, fit_chart
from spendscape.explanation.direction_scores import score_directions, score_label
from spendscape.explanation.state_surrogate import StateSurrogate, correlations, fit_state

# The start from which a direction gives the order of the traits.
ORIGIN = "origin"
COLUMNS = ["family", "start", "target", "split", "metric", "value", "low", "high"]
Family = Callable[[Floats], Floats]


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
    fractions = np.asarray(spending.mean(axis=1, dtype=np.float64))
    by_step = spending.reshape(len(spending), -1).astype(np.float64)
    last = hidden[:, -1].astype(np.float64)
    state = fit_state(fractions[train], last[train], options.minimum_users)
    every = fit_state(by_step[train], last[train], options.minimum_users)
    states = {"state": state(fractions), "state_by_step": every(by_step)}
    frames = [
        _score_start(name, start, hidden, fractions, states, weights, (train, test), options)
        for name, start in starts.items()
    ]
    sides = (spending[train], spending[test]), (hidden[train], hidden[test])
    frames.append(score_states(*sides, options).assign(family="linear", split="test"))
    published = slopes(state.average)
    related = correlations(state, weights, published, traits)
    frames.append(related.assign(family="state", split="train"))
    chart = fit_chart(hidden[train], next(iter(starts.values())))
    steps = np.asarray(spending[train].mean(axis=0, dtype=np.float64))
    return Explanation(chart, state, steps, pd.concat(frames)[COLUMNS])


def _score_start(
    name: str,
    start: Float[Floats, "M"],
    hidden: Float[Array, "N T M"],
    fractions: Float[Floats, "N C"],
    states: Mapping[str, Float[Floats, "N M"]],
    weights: Float[Floats, "M P"],
    sides: tuple[Bools, Bools],
    options: Options,
) -> pd.DataFrame:
    """The scores of all families for directions from one start."""
    train, test = sides
    chart = fit_chart(hidden[train], start)
    directions, names = chart.directions(hidden), angle_names(hidden.shape[-1])
    first = hidden[:, 0].astype(np.float64) if np.isnan(start).any() else start
    families: list[tuple[str, Floats, Floats]] = []
    fitted = train & np.isfinite(directions).all(axis=1)
    for family, predict in fit_families(fractions[fitted], directions[fitted], chart, options):
        # Some models give one angle, that of two units, as a row of numbers.
        found = np.reshape(predict(fractions), (len(fractions), -1))
        angles = found if family != "unit_vector" else chart.angles(found)
        families.append((family, angles, chart.vectors(angles)))
    for family, predicted in states.items():
        vectors = normalised(predicted - first)
        families.append((family, chart.angles(vectors), vectors))
    frames = []
    for family, angles, vectors in families:
        for side, rows in (("train", train), ("test", test)):
            scores = score_directions(
                directions[rows], angles[rows], vectors[rows], chart, names,
                options.bootstrap, options.seed,
            )  # fmt: skip
            frames.append(scores.assign(family=family, split=side))
        if name == ORIGIN:
            label, network = (np.argmax(u[test] @ weights, axis=1) for u in (vectors, directions))
            same = score_label(label == network, options.bootstrap, options.seed)
            frames.append(same.assign(family=family, split="test"))
    return pd.concat(frames).assign(start=name)


def fit_families(
    fractions: Float[Floats, "N C"],
    directions: Float[Floats, "N M"],
    chart: Chart,
    options: Options,
) -> Iterator[tuple[str, Family]]:
    """The families that predict the direction, each as its name and a function of fractions.

    linear, polynomial (degree 2, of the leading principal components), ridge and decision_tree
    predict the angles, as the study does; unit_vector predicts the direction itself, linearly, so
    that it knows no seam.
    """
    angles = chart.angles(directions)
    rank = int(np.linalg.matrix_rank(fractions - fractions.mean(axis=0)))
    components = min(options.polynomial_components, rank)
    models = {
        "linear": LinearRegression(),
        "polynomial": make_pipeline(
            PCA(components, svd_solver="full", random_state=options.seed),
            StandardScaler(),
            PolynomialFeatures(2, include_bias=False),
            LinearRegression(),
        ),
        "ridge": make_pipeline(StandardScaler(), RidgeCV(list(options.ridge))),
        "decision_tree": DecisionTreeRegressor(
            min_samples_leaf=options.tree_leaf, random_state=options.seed
        ),
    }
    for name, model in models.items():
        yield name, model.fit(fractions, angles).predict
    vectors = LinearRegression().fit(fractions, directions)
    yield "unit_vector", vectors.predict


def score_states(
    spending: tuple[Float[Array, "N T C"], Float[Array, "K T C"]],
    hidden: tuple[Float[Array, "N T M"], Float[Array, "K T M"]],
    options: Options,
) -> pd.DataFrame:
    """R² of all states from all fractions by one linear model, the study's F_θ(I) ↦ S.

    Parameters
    ----------
    spending : of the training and of the test customers
    hidden : the states of the same

    Returns
    -------
    One row, with columns target, metric, value, low, high.
    """
    (x, x_test), (y, y_test) = (
        tuple(array.astype(np.float64) for array in pair) for pair in (spending, hidden)
    )
    x, x_test, y, truth = (array.reshape(len(array), -1) for array in (x, x_test, y, y_test))
    predicted = fit_state(x, y, options.minimum_users)(x_test)

    def score(rows: Indices) -> float:
        return weighted_r_squared(truth[rows], predicted[rows])

    low, high = bootstrap(score, len(truth), options.bootstrap, options.seed)
    value = score(np.arange(len(truth)))
    return pd.DataFrame(
        [("states", "r2", value, low, high)], columns=["target", "metric", "value", "low", "high"]
    )
