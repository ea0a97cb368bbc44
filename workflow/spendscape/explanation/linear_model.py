"""A linear model of spending fractions with its gauge fixed: the explanation's coefficients (maths §4)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Float

from spendscape.core.arrays import Array, Floats, Indices
from spendscape.core.statistics import bootstrap, r_squared


@dataclass(frozen=True)
class Linear:
    """A linear model with its gauge fixed: outputs = intercept + fractions · coefficients.

    Attributes
    ----------
    intercept : the mean outputs of the customers it was fitted to
    coefficients, standard_errors : of each class and output; the mean of each column, weighted with
        the mean spending, is 0
    """

    intercept: Float[Floats, "K"]
    coefficients: Float[Floats, "C K"]
    standard_errors: Float[Floats, "C K"]

    def __call__(self, fractions: Float[Array, "N C"]) -> Float[Floats, "N K"]:
        """Predictions for customers with these fractions."""
        return np.asarray(self.intercept + fractions.astype(np.float64) @ self.coefficients)


def fit_linear(fractions: Float[Floats, "N C"], outputs: Float[Floats, "N K"]) -> Linear:
    """Least squares of outputs on fractions that sum to 1, in a fixed gauge (maths §4).

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

    A coefficient counts as non-zero when its magnitude is above `nonzero` times the mean magnitude
    of its output's coefficients: the study's footnote 2, with the threshold named.
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
    model: Linear, published: Float[Floats, "C P"], names: Sequence[str], draws: int, seed: int
) -> pd.DataFrame:
    """How well each output's coefficients follow from those that made the traits.

    The multiple correlation, over classes, between a column of the surrogate and the columns of B
    (study IV, "a strong correlation to the original non-zero coefficients").

    Parameters
    ----------
    published : B, the coefficients of the traits' formula
    names : of the model's outputs
    draws, seed : of the bootstrap, which resamples classes

    Returns
    -------
    Columns target, metric, value, low, high.
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
