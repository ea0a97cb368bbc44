"""How well predicted directions meet the true ones, with intervals over customers (maths §4)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float

from spendscape.core.arrays import Bools, Floats, Indices
from spendscape.core.statistics import Sums, bootstrap_sums, fit, intervals, mean, together
from spendscape.explanation.chart import Chart, wrap

COLUMNS = ["target", "metric", "value", "low", "high"]
QUANTILES = {"median_error_degrees": 0.5, "p95_error_degrees": 0.95}


@dataclass(frozen=True)
class Predicted:
    """What a family of models says of the directions.

    Attributes
    ----------
    angles : as the family gives them
    vectors : unit vectors
    """

    angles: Float[Floats, "N K"]
    vectors: Float[Floats, "N M"]


def score_directions(
    truth: Float[Floats, "N M"],
    families: Mapping[str, Predicted],
    chart: Chart,
    names: Sequence[str],
    draws: int,
    seed: int,
) -> pd.DataFrame:
    """Scores of families of models on some customers, all in the same resamples.

    Parameters
    ----------
    truth : unit vectors
    names : of the angles

    Returns
    -------
    Column family, and COLUMNS. For each angle `r2` (errors wrapped) and `circular_r2`; for each component of the unit
    vector (`direction_1`, …) `r2`; for `direction` the median and the 95th percentile of the error in degrees.
    Customers without a direction (NaN) are left out.
    """
    known = np.asarray(np.isfinite(truth).all(axis=1))
    for predicted in families.values():
        known = known & np.isfinite(predicted.vectors).all(axis=1)
    truth = truth[known]
    actual = chart.angles(truth)
    parts = [_sums(truth, actual, found, known) for found in families.values()]
    errors = [_errors(truth, found.vectors[known]) for found in families.values()]
    sums = together([part for family in parts for part in family])

    def scores(counts: Float[Floats, "D N"]) -> Float[Floats, "D S"]:
        # [D, families, scores of one], side by side with each family's quantiles.
        exact = sums.of(counts @ sums.columns).reshape(len(counts), len(errors), -1)
        places = np.stack([_quantiles(counts[:, order], own) for order, own in errors], axis=1)
        return np.concatenate([exact, places], axis=2).reshape(len(counts), -1)

    labels = [(name, metric) for metric in ("r2", "circular_r2") for name in names]
    labels += [(f"direction_{m + 1}", "r2") for m in range(truth.shape[1])]
    labels += [("direction", metric) for metric in QUANTILES]
    rows = [(family, *label) for family in families for label in labels]
    value = scores(np.ones((1, len(truth))))[0]
    low, high = bootstrap_sums(scores, len(truth), draws, seed)
    return pd.DataFrame(rows, columns=["family", *COLUMNS[:2]]).assign(
        value=value, low=low, high=high
    )


def _sums(truth: Floats, actual: Floats, predicted: Predicted, known: Bools) -> list[Sums]:
    """The scores of one family but the quantiles, in the order of `score_directions`."""
    missed = wrap(predicted.angles[known] - actual)
    angles = [(actual[:, [k]], missed[:, [k]]) for k in range(actual.shape[1])]
    vectors = predicted.vectors[known]
    return [
        *(fit(angle, angle + error) for angle, error in angles),
        *(circular_fit(angle[:, 0], error[:, 0]) for angle, error in angles),
        *(fit(truth[:, [m]], vectors[:, [m]]) for m in range(truth.shape[1])),
    ]


def _errors(truth: Floats, vectors: Floats) -> tuple[Indices, Floats]:
    """The rows from the smallest error to the largest, and these errors in degrees."""
    cosine = np.sum(truth * vectors, axis=1)
    order = np.argsort(-cosine, kind="stable")
    return order, np.degrees(np.arccos(np.clip(cosine[order], -1, 1)))


def circular_fit(angles: Float[Floats, " N"], missed: Float[Floats, " N"]) -> Sums:
    """1 − Σ(1 − cos error) / Σ(1 − cos(angle − mean angle))."""
    columns = np.column_stack([1 - np.cos(missed), np.cos(angles), np.sin(angles)])

    def of(sums: Floats) -> Floats:
        spread = len(angles) - np.hypot(sums[:, 1], sums[:, 2])
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(np.where(spread > 0, 1 - sums[:, 0] / spread, np.nan))

    return Sums(columns, of)


def score_label(same: Bool[Bools, " N"], draws: int, seed: int) -> pd.DataFrame:
    """The share of customers for whom the surrogate's direction gives the network's label."""
    numbers = intervals([mean(same.astype(np.float64))], draws, seed)[0]
    row = ("label", "agreement", *numbers)
    return pd.DataFrame([row], columns=COLUMNS)


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
