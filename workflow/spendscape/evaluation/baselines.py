"""What the network must beat, and whether its predictions can be taken at their word."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from spendscape.core.arrays import Bools, Floats
from spendscape.core.statistics import bootstrap, r_squared


def least_squares(features: NDArray[Any], truth: NDArray[Any], train: Bools) -> Floats:
    """Predictions [N, P] by ordinary least squares from features [N, K], fitted on the rows of `train`."""
    with_one = np.column_stack([features.astype(np.float64), np.ones(len(features))])
    fit = np.linalg.lstsq(with_one[train], truth[train].astype(np.float64), rcond=None)[0]
    return np.asarray(with_one @ fit)


def compare(
    truth: NDArray[Any],
    predictions: Mapping[str, NDArray[Any]],
    test: Bools,
    traits: Sequence[str],
    draws: int,
    seed: int,
) -> pd.DataFrame:
    """Test R² of each way of predicting: model, trait, r2, low, high (95 %, over customers).

    Parameters
    ----------
    truth : [N, P]
    predictions : name of each way and what it predicts, [N, P]
    test : [N], the customers that none of them has seen
    """
    rows = []
    own = truth[test].astype(np.float64)
    for name, predicted in predictions.items():
        found = predicted[test].astype(np.float64)
        score = partial(_score, own, found)
        low, high = bootstrap(score, len(own), draws, seed)
        scores = zip(traits, r_squared(own, found), low, high, strict=True)
        rows += [(name, trait, *map(float, ends)) for trait, *ends in scores]
    return pd.DataFrame(rows, columns=["model", "trait", "r2", "low", "high"])


def _score(truth: Floats, predicted: Floats, rows: NDArray[np.intp]) -> Floats:
    """R² over some rows."""
    return r_squared(truth[rows], predicted[rows])


def calibration(
    truth: NDArray[Any], predicted: NDArray[Any], traits: Sequence[str], draws: int, seed: int
) -> pd.DataFrame:
    """The line of truth on prediction of each trait: 1 and 0 where predictions mean what they say.

    Parameters
    ----------
    truth, predicted : [n, P], of unseen customers

    Returns
    -------
    trait, slope, slope_low, slope_high, intercept, intercept_low, intercept_high, bias in the lowest
    and the highest tenth of the predictions (mean of truth − prediction).
    """
    true, found = truth.astype(np.float64), predicted.astype(np.float64)

    def line(rows: NDArray[np.intp]) -> Floats:
        x, y = found[rows], true[rows]
        centred = x - x.mean(axis=0)
        slope = (centred * (y - y.mean(axis=0))).sum(axis=0) / np.square(centred).sum(axis=0)
        return np.stack([slope, y.mean(axis=0) - slope * x.mean(axis=0)])

    values = line(np.arange(len(true)))
    low, high = bootstrap(line, len(true), draws, seed)
    ends = np.quantile(found, [0.1, 0.9], axis=0)
    error = true - found
    rows = []
    for k, trait in enumerate(traits):
        bottom = error[found[:, k] <= ends[0, k], k].mean()
        top = error[found[:, k] >= ends[1, k], k].mean()
        parts = [(values[i, k], low[i, k], high[i, k]) for i in (0, 1)]
        rows.append((trait, *parts[0], *parts[1], bottom, top))
    columns = ["slope", "slope_low", "slope_high", "intercept", "intercept_low", "intercept_high"]
    return pd.DataFrame(rows, columns=["trait", *columns, "bias_lowest", "bias_highest"])
