"""The surrogate: families of models from spending to a trajectory's direction, and their scores (maths §4)."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Float
from sklearn.decomposition import PCA
from sklearn.linear_model import LinearRegression, RidgeCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures, StandardScaler
from sklearn.tree import DecisionTreeRegressor

from spendscape.core.arrays import Array, Floats, Indices, Names
from spendscape.core.statistics import bootstrap, r_squared, weighted_r_squared
from spendscape.explanation.chart import Chart, angle_names, fit_chart, wrap
from spendscape.explanation.linear_model import Linear, fit_linear, multiple_correlation

COLUMNS = ["family", "target", "split", "metric", "value", "low", "high"]
Family = Callable[[Floats], Floats]


@dataclass(frozen=True)
class Options:
    """How the families are fitted and scored; the names are those of the config's `surrogate`.

    Attributes
    ----------
    ridge : penalties that the ridge regression chooses from
    polynomial_components : principal components that the polynomial model sees, at most
    tree_leaf : customers in a leaf of the decision tree, at least
    bootstrap : resamples for each interval
    seed : of the families and of the resamples
    """

    ridge: Sequence[float]
    polynomial_components: int
    tree_leaf: int
    bootstrap: int
    seed: int


@dataclass(frozen=True)
class Explanation:
    """What the rule `surrogate` finds.

    Attributes
    ----------
    chart : in which directions are angles
    linear : the linear model of the angles, in a fixed gauge
    scores : COLUMNS, one row for each family, target, side of the split and metric
    """

    chart: Chart
    linear: Linear
    scores: pd.DataFrame


def explain(
    spending: Float[Array, "N T C"],
    hidden: Float[Array, "N T M"],
    split: Names,
    start: Float[Floats, "M"],
    slopes: Callable[[Floats], Floats],
    options: Options,
) -> Explanation:
    """Fit every family to the training customers, and score it on them and on the test customers.

    Parameters
    ----------
    spending : fractions of each step
    hidden : the network's states that they lead to
    split : each customer's side: train, validation or test
    start : where directions start (`chart.start_state`)
    slopes : of the traits' formula (`TraitFormula.slopes`), from mean fractions to one value for each
        class and trait; the surrogate's coefficients are compared with them
    """
    train, test = split == "train", split == "test"
    chart = fit_chart(hidden[train], start)
    # In double precision, because fractions that sum to 1 make the normal equations singular.
    fractions = np.asarray(spending.mean(axis=1, dtype=np.float64))
    directions = chart.directions(hidden)
    angles, names = chart.angles(directions), angle_names(hidden.shape[-1])
    draws, seed = options.bootstrap, options.seed
    frames = []
    for family, predict in fit_families(fractions[train], directions[train], chart, options):
        for side, rows in (("train", train), ("test", test)):
            found = predict(fractions[rows])
            scores = score_angles(angles[rows], found, chart, names, draws, seed)
            frames.append(scores.assign(family=family, split=side))
    states = score_states(
        (spending[train], spending[test]), (hidden[train], hidden[test]), draws, seed
    )
    linear = fit_linear(fractions[train], angles[train])
    published = slopes(fractions[train].mean(axis=0))
    related = multiple_correlation(linear, published, names, draws, seed)
    frames.append(states.assign(family="linear", split="test"))
    frames.append(related.assign(family="linear", split="train"))
    return Explanation(chart, linear, pd.concat(frames)[COLUMNS])


def fit_families(
    fractions: Float[Floats, "N C"],
    directions: Float[Floats, "N M"],
    chart: Chart,
    options: Options,
) -> Iterator[tuple[str, Family]]:
    """The surrogate families, each as its name and a function from fractions to angles.

    linear, polynomial (degree 2, of the leading principal components), ridge and decision_tree
    predict the angles, as the study does; unit_vector predicts the direction itself, linearly, and
    is read as angles afterwards, so that it knows no seam.
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
    yield "unit_vector", lambda x: chart.angles(vectors.predict(x))


def score_angles(
    truth: Float[Floats, "N K"],
    predicted: Float[Floats, "N K"],
    chart: Chart,
    names: Sequence[str],
    draws: int,
    seed: int,
) -> pd.DataFrame:
    """How well predicted angles meet the true ones, with bootstrap intervals over customers.

    Returns
    -------
    Columns target, metric, value, low, high. For each angle, `r2` (of errors that are wrapped) and
    `circular_r2`; for `direction`, the median and the 95th percentile of the angular error in degrees.
    """
    error = wrap(predicted - truth)
    cosine = np.sum(chart.vectors(truth) * chart.vectors(predicted), axis=1)
    degrees = np.degrees(np.arccos(np.clip(cosine, -1, 1)))

    def all_scores(rows: Indices) -> Floats:
        angle, miss = truth[rows], error[rows]
        centre = np.arctan2(np.sin(angle).mean(axis=0), np.cos(angle).mean(axis=0))
        spread = (1 - np.cos(angle - centre)).sum(axis=0)
        circular = 1 - (1 - np.cos(miss)).sum(axis=0) / spread
        return np.concatenate(
            [r_squared(angle, angle + miss), circular, np.quantile(degrees[rows], [0.5, 0.95])]
        )

    labels = [(name, metric) for metric in ("r2", "circular_r2") for name in names]
    labels += [("direction", "median_error_degrees"), ("direction", "p95_error_degrees")]
    low, high = bootstrap(all_scores, len(truth), draws, seed)
    frame = pd.DataFrame(labels, columns=["target", "metric"])
    return frame.assign(value=all_scores(np.arange(len(truth))), low=low, high=high)


def score_states(
    spending: tuple[Float[Array, "N T C"], Float[Array, "K T C"]],
    hidden: tuple[Float[Array, "N T M"], Float[Array, "K T M"]],
    draws: int,
    seed: int,
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
    predicted, truth = predict_states(x, y, x_test), y_test.reshape(len(y_test), -1)

    def score(rows: Indices) -> float:
        return weighted_r_squared(truth[rows], predicted[rows])

    low, high = bootstrap(score, len(truth), draws, seed)
    value = score(np.arange(len(truth)))
    return pd.DataFrame(
        [("states", "r2", value, low, high)], columns=["target", "metric", "value", "low", "high"]
    )


def predict_states(
    spending: Float[Array, "N T C"],
    hidden: Float[Array, "N T M"],
    others: Float[Array, "K T C"],
) -> Float[Floats, "K T*M"]:
    """All states of other customers by one linear model of all fractions, the steps side by side."""
    x, y, x_other = (array.reshape(len(array), -1) for array in (spending, hidden, others))
    return np.asarray(LinearRegression().fit(x, y).predict(x_other))
