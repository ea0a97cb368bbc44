"""How well predicted directions meet the true ones, with intervals over customers (maths §4)."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float

from spendscape.core.arrays import Bools, Floats
from spendscape.core.statistics import bootstrap_sums
from spendscape.explanation.chart import Chart, wrap

COLUMNS = ["target", "metric", "value", "low", "high"]
QUANTILES = {"median_error_degrees": 0.5, "p95_error_degrees": 0.95}


def score_directions(
    truth: Float[Floats, "N M"],
    angles: Float[Floats, "N K"],
    predicted: Float[Floats, "N M"],
    chart: Chart,
    names: Sequence[str],
    draws: int,
    seed: int,
) -> pd.DataFrame:
    """Scores of one family of models on some customers.

    Parameters
    ----------
    truth : unit vectors
    angles : the predicted angles, as the family gives them
    predicted : the predicted unit vectors
    names : of the angles

    Returns
    -------
    COLUMNS. For each angle `r2` (errors wrapped) and `circular_r2`; for each component of the unit vector
    (`direction_1`, …) `r2`; for `direction` the median and the 95th percentile of the error in degrees.
    Customers without a direction (NaN) are left out.
    """
    known = np.isfinite(truth).all(axis=1) & np.isfinite(predicted).all(axis=1)
    truth, angles, predicted = truth[known], angles[known], predicted[known]
    actual = chart.angles(truth)
    missed = wrap(angles - actual)
    cosine = np.sum(truth * predicted, axis=1)
    degrees = np.sort(np.degrees(np.arccos(np.clip(cosine, -1, 1))))
    order = np.argsort(-cosine, kind="stable")
    labels = [(name, metric) for metric in ("r2", "circular_r2") for name in names]
    labels += [(f"direction_{m + 1}", "r2") for m in range(truth.shape[1])]
    labels += [("direction", metric) for metric in QUANTILES]

    def scores(counts: Float[Floats, "D N"]) -> Float[Floats, "D S"]:
        parts = [
            _r2(counts, actual, missed),
            _circular_r2(counts, actual, missed),
            _r2(counts, truth, predicted - truth),
            _quantiles(counts[:, order], degrees),
        ]
        return np.column_stack(parts)

    value = scores(np.ones((1, len(truth))))[0]
    low, high = bootstrap_sums(scores, len(truth), draws, seed)
    return pd.DataFrame(labels, columns=COLUMNS[:2]).assign(value=value, low=low, high=high)


def score_label(same: Bool[Bools, " N"], draws: int, seed: int) -> pd.DataFrame:
    """The share of customers for whom the surrogate's direction gives the network's label."""
    held = same.astype(np.float64)[:, None]
    low, high = bootstrap_sums(lambda counts: counts @ held / len(held), len(held), draws, seed)
    row = ("label", "agreement", float(same.mean()), low[0], high[0])
    return pd.DataFrame([row], columns=COLUMNS)


def _r2(counts: Floats, truth: Floats, missed: Floats) -> Floats:
    """R² of each column in each resample."""
    number = counts.sum(axis=1, keepdims=True)
    # Centred first, so that the difference of squares loses no digits.
    centred = truth - truth.mean(axis=0)
    spread = counts @ centred**2 - (counts @ centred) ** 2 / number
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(spread > 0, 1 - counts @ missed**2 / spread, np.nan))


def _circular_r2(counts: Floats, angles: Floats, missed: Floats) -> Floats:
    """1 − Σ(1 − cos error) / Σ(1 − cos(angle − mean angle)) in each resample."""
    number = counts.sum(axis=1, keepdims=True)
    spread = number - np.hypot(counts @ np.cos(angles), counts @ np.sin(angles))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(spread > 0, 1 - counts @ (1 - np.cos(missed)) / spread, np.nan))


def _quantiles(counts: Floats, degrees: Floats) -> Floats:
    """Quantiles of sorted errors in each resample, interpolated as `numpy.quantile` does."""
    behind = np.cumsum(counts, axis=1)
    found = []
    for share in QUANTILES.values():
        place = share * (behind[:, -1:] - 1)
        # The error at a place is the first one that more than so many rows are at or before.
        below, above = (
            np.array(
                [
                    np.searchsorted(row, at, side="right")
                    for row, at in zip(behind, places, strict=True)
                ]
            )
            for places in (np.floor(place[:, 0]), np.ceil(place[:, 0]))
        )
        part = (place - np.floor(place))[:, 0]
        found.append((1 - part) * degrees[below] + part * degrees[above])
    return np.stack(found, axis=1)
