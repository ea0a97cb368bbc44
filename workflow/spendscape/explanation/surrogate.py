"""The explanation: a linear model of spending that reproduces the trajectories' directions (MATHS §4)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from spendscape.core.arrays import Floats, Indices
from spendscape.core.errors import DataError
from spendscape.core.json import from_json, to_json
from spendscape.core.statistics import bootstrap, r_squared, weighted_r_squared


@dataclass(frozen=True)
class Chart:
    """The frame in which directions are read as angles: the mean training direction is its centre.

    Attributes
    ----------
    rotation : [M, M], proper; its first row is the mean training direction, the others the
        principal axes of the spread around it
    start : [M], where every direction starts; NaN when each starts at its own first step
    """

    rotation: Floats
    start: Floats

    def directions(self, hidden: NDArray[Any]) -> Floats:
        """Unit vectors [N, M] from the start to the last of the states [N, T, M].

        A trajectory that ends where it starts has no direction: NaN.
        """
        return unit_vectors(hidden, self.start)

    def angles(self, directions: Floats) -> Floats:
        """Azimuth, elevation, … in radians, [N, M − 1]; all 0 at the chart's centre."""
        u = directions @ self.rotation.T
        columns = [np.arctan2(u[:, 1], u[:, 0])]
        for k in range(2, u.shape[1]):
            columns.append(np.arctan2(u[:, k], np.linalg.norm(u[:, :k], axis=1)))
        return np.stack(columns, axis=1)

    def vectors(self, angles: Floats) -> Floats:
        """Unit vectors [N, M] of angles [N, M − 1], the inverse of `angles`."""
        u = np.stack([np.cos(angles[:, 0]), np.sin(angles[:, 0])], axis=1)
        for k in range(1, angles.shape[1]):
            u = np.column_stack([u * np.cos(angles[:, [k]]), np.sin(angles[:, k])])
        return np.asarray(u @ self.rotation)

    def to_json(self) -> str:
        """As JSON text."""
        return to_json(self)

    @classmethod
    def from_json(cls, text: str) -> "Chart":
        """The chart that `to_json` wrote."""
        return from_json(cls, text)


def unit_vectors(hidden: NDArray[Any], start: Floats) -> Floats:
    """Directions [N, M] of trajectories [N, T, M] from `start` [M], or from the first step if NaN."""
    origin = hidden[:, 0] if np.isnan(start).any() else start
    vectors = hidden[:, -1].astype(np.float64) - origin
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(length > 0, vectors / length, np.nan))


def fit_chart(hidden: NDArray[Any], start: Floats) -> Chart:
    """The chart of training trajectories [N, T, M] (MATHS §4).

    Raises
    ------
    DataError
        Fewer than two units: a direction on a line has no angle.
    """
    units = hidden.shape[-1]
    if units < 2:
        raise DataError("model.units: 1 was given; directions have angles from 2 units on")
    u = unit_vectors(hidden, start)
    u = u[np.isfinite(u).all(axis=1)]
    mean = u.mean(axis=0)
    centre = mean / np.linalg.norm(mean)
    spread = u - np.outer(u @ centre, centre)
    _, axes = np.linalg.eigh(spread.T @ spread)
    others = axes[:, ::-1][:, : units - 1].T
    others *= np.where(others[np.arange(units - 1), np.abs(others).argmax(axis=1)] < 0, -1, 1)[
        :, None
    ]
    rotation = np.vstack([centre, others])
    if np.linalg.det(rotation) < 0:
        rotation[-1] *= -1
    return Chart(rotation, start)


def angle_names(units: int) -> list[str]:
    """The names of the M − 1 angles: azimuth, elevation, elevation_2, …"""
    return ["azimuth", "elevation", *(f"elevation_{k}" for k in range(2, units - 1))][: units - 1]


def wrap(difference: Floats) -> Floats:
    """Differences of angles, brought to (−π, π]."""
    return np.asarray(np.pi - np.mod(np.pi - difference, 2 * np.pi))


def fit_families(
    fractions: Floats,
    directions: Floats,
    chart: Chart,
    ridge: Sequence[float],
    polynomial_components: int,
    tree_leaf: int,
    seed: int,
) -> Iterator[tuple[str, Any]]:
    """The surrogate families, each as (name, function from fractions [N, C] to angles [N, M − 1]).

    linear, polynomial (degree 2, of the leading principal components), ridge and decision_tree
    predict the angles as the study does; unit_vector predicts the direction itself, linearly, and
    renormalises, so that it knows no seam.
    """
    from sklearn.decomposition import PCA
    from sklearn.linear_model import LinearRegression, RidgeCV
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import PolynomialFeatures, StandardScaler
    from sklearn.tree import DecisionTreeRegressor

    angles = chart.angles(directions)
    rank = int(np.linalg.matrix_rank(fractions - fractions.mean(axis=0)))
    components = min(polynomial_components, rank)
    models = {
        "linear": LinearRegression(),
        "polynomial": make_pipeline(
            PCA(components, svd_solver="full", random_state=seed),
            StandardScaler(),
            PolynomialFeatures(2, include_bias=False),
            LinearRegression(),
        ),
        "ridge": make_pipeline(StandardScaler(), RidgeCV(list(ridge))),
        "decision_tree": DecisionTreeRegressor(min_samples_leaf=tree_leaf, random_state=seed),
    }
    for name, model in models.items():
        yield name, model.fit(fractions, angles).predict
    vectors = LinearRegression().fit(fractions, directions)
    yield "unit_vector", lambda x: chart.angles(vectors.predict(x))


def score_angles(
    truth: Floats, predicted: Floats, chart: Chart, names: Sequence[str], draws: int, seed: int
) -> pd.DataFrame:
    """How well predicted angles [N, M − 1] meet the true ones, with bootstrap intervals.

    Returns
    -------
    Columns target, metric, value, low, high: per angle `r2` (errors wrapped) and `circular_r2`;
    for `direction` the median and 95th percentile of the angular error in degrees.
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
    spending: tuple[NDArray[Any], NDArray[Any]],
    hidden: tuple[NDArray[Any], NDArray[Any]],
    draws: int,
    seed: int,
) -> pd.DataFrame:
    """R² of all states from all fractions by one linear model, the study's F_θ(I) ↦ S.

    Parameters
    ----------
    spending : [N, T, C] of the training and of the test customers
    hidden : [N, T, M] of the same
    """
    from sklearn.linear_model import LinearRegression

    (x, x_test), (y, y_test) = (
        tuple(a.reshape(len(a), -1).astype(np.float64) for a in pair) for pair in (spending, hidden)
    )
    predicted = LinearRegression().fit(x, y).predict(x_test)

    def score(rows: Indices) -> float:
        return weighted_r_squared(y_test[rows], predicted[rows])

    low, high = bootstrap(score, len(y_test), draws, seed)
    value = score(np.arange(len(y_test)))
    return pd.DataFrame(
        [("states", "r2", value, low, high)], columns=["target", "metric", "value", "low", "high"]
    )


@dataclass(frozen=True)
class Linear:
    """A linear model with its gauge fixed: outputs = intercept + fractions · coefficients.

    Attributes
    ----------
    intercept : [K]
    coefficients, standard_errors : [C, K]; the spend-weighted mean of each column is 0
    """

    intercept: Floats
    coefficients: Floats
    standard_errors: Floats

    def __call__(self, fractions: NDArray[Any]) -> Floats:
        """Predictions [N, K] for fractions [N, C]."""
        return np.asarray(self.intercept + fractions.astype(np.float64) @ self.coefficients)


def fit_linear(fractions: Floats, outputs: Floats) -> Linear:
    """Least squares of outputs [N, K] on fractions [N, C] that sum to 1, in a fixed gauge (MATHS §4).

    As each row sums to 1, a constant can move between a column of coefficients and its intercept.
    The gauge chosen makes the mean coefficient, weighted with the mean spending, 0: a coefficient
    then says what a class does compared with average spending, and the intercept is the mean output.
    Standard errors are those of ordinary least squares in the same gauge.
    """
    weights = fractions.mean(axis=0)
    centred = fractions - weights
    gram = np.linalg.pinv(centred.T @ centred, hermitian=True, rcond=1e-12)
    coefficients = gram @ (centred.T @ (outputs - outputs.mean(axis=0)))
    rank = int(np.linalg.matrix_rank(gram, hermitian=True))
    residual = outputs - outputs.mean(axis=0) - centred @ coefficients
    variance = np.square(residual).sum(axis=0) / max(1, len(outputs) - 1 - rank)
    gauge = np.eye(len(weights)) - weights / weights.sum()
    scatter = np.einsum("ij,jk,ik->i", gauge, gram, gauge)
    return Linear(
        outputs.mean(axis=0),
        gauge @ coefficients,
        np.sqrt(np.maximum(scatter, 0)[:, None] * variance),
    )


def coefficient_table(
    model: Linear, classes: Sequence[str], outputs: Sequence[str], nonzero: float
) -> pd.DataFrame:
    """The explanation as a table: class, output, value, standard_error, nonzero.

    A coefficient counts as non-zero when it is above `nonzero` times the mean magnitude of its
    output's coefficients, the study's footnote 2 with the threshold named.
    """
    threshold = nonzero * np.abs(model.coefficients).mean(axis=0)
    frames = [
        pd.DataFrame(
            {
                "class": list(classes),
                "output": name,
                "value": model.coefficients[:, k],
                "standard_error": model.standard_errors[:, k],
                "nonzero": np.abs(model.coefficients[:, k]) > threshold[k],
            }
        )
        for k, name in enumerate(outputs)
    ]
    intercepts = pd.DataFrame(
        {"class": "(intercept)", "output": list(outputs), "value": model.intercept, "nonzero": True}
    )
    return pd.concat([*frames, intercepts], ignore_index=True)


def read_linear(table: pd.DataFrame, classes: Sequence[str], outputs: Sequence[str]) -> Linear:
    """The linear model that `coefficient_table` wrote, its rows in the order of `classes`."""
    indexed = table.set_index(["class", "output"])

    def matrix(column: str) -> Floats:
        values = indexed[column].unstack("output").loc[list(classes), list(outputs)]
        return values.to_numpy(dtype=np.float64)

    intercept = [indexed.loc[("(intercept)", name), "value"] for name in outputs]
    return Linear(np.array(intercept, dtype=np.float64), matrix("value"), matrix("standard_error"))


def multiple_correlation(
    model: Linear, published: Floats, names: Sequence[str], draws: int, seed: int
) -> pd.DataFrame:
    """How well each output's coefficients follow from those that made the traits.

    The multiple correlation, over classes, between a column of the surrogate and the P columns of
    B (study IV, "a strong correlation to the original non-zero coefficients"); the interval
    resamples classes.

    Parameters
    ----------
    published : B, [C, P]
    """
    design = np.column_stack([np.ones(len(published)), published])

    def correlations(rows: Indices) -> Floats:
        x, y = design[rows], model.coefficients[rows]
        fitted = x @ np.linalg.lstsq(x, y, rcond=None)[0]
        return np.asarray(np.sqrt(np.clip(r_squared(y, fitted), 0, 1)))

    low, high = bootstrap(correlations, len(published), draws, seed)
    value = correlations(np.arange(len(published)))
    return pd.DataFrame(
        {
            "target": list(names),
            "metric": "correlation_with_coefficients",
            "value": value,
            "low": low,
            "high": high,
        }
    )


def start_state(kind: str, units: int, inverse: Mapping[str, Any]) -> Floats:
    """Where directions start: the zero state, each first step (NaN), or where all traits are 0."""
    if kind == "origin":
        return np.array(inverse["origin"], dtype=np.float64)
    return np.zeros(units) if kind == "zero" else np.full(units, np.nan)
