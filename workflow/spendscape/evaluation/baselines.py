"""What the network must beat, and how well its predictions are calibrated."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float

from spendscape.core.arrays import Array, Bools, Floats, Indices
from spendscape.core.least_squares import in_blocks, moments
from spendscape.core.statistics import bootstrap, fit, intervals

NETWORK = "network (LSTM)"


def least_squares(
    features: Float[Array, "N K"], truth: Float[Array, "N P"], train: Bool[Bools, "N"]
) -> Float[Floats, "N P"]:
    """Predictions by ordinary least squares from features, fitted on the rows of `train`."""
    rows = np.flatnonzero(train)
    found = moments(lambda part: features[part].astype(np.float64), truth, rows, features.shape[1])
    coefficients = found.coefficients()
    return in_blocks(lambda part: found.predict(part, coefficients), features)


def predictions(
    truth: Float[Array, "N P"],
    train: Bool[Bools, "N"],
    fractions: Float[Floats, "N C"],
    network: Float[Floats, "N P"],
    codes: Mapping[str, Float[Array, "N K"]],
) -> dict[str, Float[Array, "N P"]]:
    """What each way of predicting says of every customer, by the way's name.

    Parameters
    ----------
    fractions : mean spending fractions
    network : the outputs of this run's network at the last step
    codes : by the name of another network, what it makes of each customer; traits are predicted from
        it by least squares
    """
    mean = truth[train].mean(axis=0, dtype=float)
    made = {
        "mean of the training customers": np.broadcast_to(mean, truth.shape),
        "least squares from mean fractions": least_squares(fractions, truth, train),
        NETWORK: network,
    }
    for name, code in codes.items():
        made[f"code of the {name.replace('_', '-')}"] = least_squares(code, truth, train)
    return made


def compare(
    truth: Float[Array, "N P"],
    predicted: Mapping[str, Float[Array, "N P"]],
    test: Bool[Bools, "N"],
    traits: Sequence[str],
    draws: int,
    seed: int,
) -> pd.DataFrame:
    """R² of each way of predicting on customers that none of them has seen.

    Parameters
    ----------
    predicted : by the name of each way
    test : the unseen customers
    draws, seed : of the bootstrap over these customers

    Returns
    -------
    Columns model, trait, r2, low, high.
    """
    own = truth[test].astype(np.float64)
    rows = [(name, trait) for name in predicted for trait in traits]
    scores = [
        fit(own[:, [k]], values[test][:, [k]].astype(np.float64))
        for values in predicted.values()
        for k in range(len(traits))
    ]
    numbers = pd.DataFrame(intervals(scores, draws, seed), columns=["r2", "low", "high"])
    return pd.concat([pd.DataFrame(rows, columns=["model", "trait"]), numbers], axis=1)


def calibration(
    truth: Float[Array, "N P"],
    predicted: Float[Array, "N P"],
    traits: Sequence[str],
    fewest: int,
    draws: int,
    seed: int,
) -> pd.DataFrame:
    """The line of truth on prediction of each trait: slope 1 and intercept 0 where predictions mean what they say.

    Parameters
    ----------
    truth, predicted : of unseen customers
    fewest : customers of a tenth whose error is told
    draws, seed : of the bootstrap over these customers

    Returns
    -------
    Columns trait, slope, slope_low, slope_high, intercept, intercept_low, intercept_high,
    bias_lowest and bias_highest: the mean of truth − prediction in the lowest and the highest tenth
    of the predictions, NaN for a tenth of fewer than `fewest` customers.
    """
    true, found = truth.astype(np.float64), predicted.astype(np.float64)

    def line(rows: Indices) -> Floats:
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
        tenths = found[:, k] <= ends[0, k], found[:, k] >= ends[1, k]
        bias = [error[own, k].mean() if own.sum() >= fewest else np.nan for own in tenths]
        parts = [(values[i, k], low[i, k], high[i, k]) for i in (0, 1)]
        rows.append((trait, *parts[0], *parts[1], *bias))
    columns = ["slope", "slope_low", "slope_high", "intercept", "intercept_low", "intercept_high"]
    return pd.DataFrame(rows, columns=["trait", *columns, "bias_lowest", "bias_highest"])
