"""How well predicted directions meet the true ones, with intervals over customers (maths §4)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Float, Int

from spendscape.core.arrays import Bools, Floats, Indices
from spendscape.core.statistics import bootstrap_sums, intervals, mean
from spendscape.explanation.chart import Chart, wrap

COLUMNS = ["target", "metric", "value", "low", "high"]
QUANTILES = {"median_error_degrees": 0.5, "p95_error_degrees": 0.95}
# How far around a quantile its place in a resample is looked for, in standard deviations of that place.
AROUND = 8


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
    size, units = truth.shape
    actual = chart.angles(truth)
    angles = actual.shape[1]
    ranked = [_Ranked.of(truth, found.vectors[known]) for found in families.values()]
    # What only the truth decides is summed once for all families.
    linear = np.concatenate([actual, truth], axis=1)
    linear -= linear.sum(axis=0) / max(1, size)
    spread = [np.square(linear), linear, np.cos(actual), np.sin(actual)]
    shared = 2 * linear.shape[1] + 2 * angles
    columns = np.concatenate(
        [*spread, *(_missed(truth, actual, found, known) for found in families.values())]
        + [own.before(size) for own in ranked],
        axis=1,
    )

    def scores(counts: Float[Floats, "D N"]) -> Float[Floats, "D S"]:
        # [D, families, scores of one], side by side with each family's quantiles.
        sums = counts @ columns
        square, once, along, across = np.split(
            sums[:, :shared], np.cumsum([angles + units, angles + units, angles]), axis=1
        )
        straight = square - np.square(once) / size
        total = [straight[:, :angles], size - np.hypot(along, across), straight[:, angles:]]
        of_all = np.concatenate(total, axis=1)[:, None]
        ends = shared + len(ranked) * of_all.shape[2]
        missed = sums[:, shared:ends].reshape(len(counts), len(ranked), -1)
        with np.errstate(divide="ignore", invalid="ignore"):
            exact = np.where(of_all > 0, 1 - missed / of_all, np.nan)
        before = np.split(sums[:, ends:], len(ranked), axis=1)
        places = [own.quantiles(counts, behind) for own, behind in zip(ranked, before, strict=True)]
        return np.concatenate([exact, np.stack(places, axis=1)], axis=2).reshape(len(counts), -1)

    labels = [(name, metric) for metric in ("r2", "circular_r2") for name in names]
    labels += [(f"direction_{m + 1}", "r2") for m in range(units)]
    labels += [("direction", metric) for metric in QUANTILES]
    rows = [(family, *label) for family in families for label in labels]
    value = scores(np.ones((1, size)))[0]
    low, high = bootstrap_sums(scores, size, draws, seed)
    return pd.DataFrame(rows, columns=["family", *COLUMNS[:2]]).assign(
        value=value, low=low, high=high
    )


def _missed(truth: Floats, actual: Floats, predicted: Predicted, known: Bools) -> Floats:
    """What one family misses: squares of angles, 1 − cosines of angles, squares of components."""
    errors = wrap(predicted.angles[known] - actual)
    vectors = predicted.vectors[known]
    return np.concatenate(
        [np.square(errors), 1 - np.cos(errors), np.square(truth - vectors)], axis=1
    )


@dataclass(frozen=True)
class _Ranked:
    """Rows from the smallest error to the largest.

    Attributes
    ----------
    order : the rows' numbers
    degrees : their errors, ascending
    around : for each of QUANTILES the places between which it lies in nearly all resamples
    """

    order: Int[Indices, " N"]
    degrees: Float[Floats, " N"]
    around: list[slice]

    @classmethod
    def of(cls, truth: Float[Floats, "N M"], vectors: Float[Floats, "N M"]) -> "_Ranked":
        """By the angle between the true directions and the predicted ones."""
        cosine = np.sum(truth * vectors, axis=1)
        order, size = np.argsort(-cosine, kind="stable"), len(truth)
        around = []
        for share in QUANTILES.values():
            far = AROUND * np.sqrt(size * share * (1 - share)) + 2
            first, last = (int(np.clip(share * size + way * far, 0, size)) for way in (-1, 1))
            around.append(slice(first, last))
        return cls(order, np.degrees(np.arccos(np.clip(cosine[order], -1, 1))), around)

    def before(self, size: int) -> Float[Floats, "N Q"]:
        """For each quantile, 1 for the rows before those around it."""
        found = np.zeros((size, len(self.around)))
        for column, places in zip(found.T, self.around, strict=True):
            column[self.order[: places.start]] = 1
        return found

    def quantiles(
        self, counts: Float[Floats, "D N"], before: Float[Floats, "D Q"]
    ) -> Float[Floats, "D Q"]:
        """Quantiles of the errors in each resample, interpolated as `numpy.quantile` does.

        Parameters
        ----------
        before : how many resampled rows are before those around each quantile
        """
        found = []
        for share, places, first in zip(QUANTILES.values(), self.around, before.T, strict=True):
            at = share * (counts.shape[1] - 1)
            whole = self._errors(counts, places, first, [int(at), int(np.ceil(at))])
            part = at - int(at)
            found.append((1 - part) * whole[0] + part * whole[1])
        return np.stack(found, axis=1)

    def _errors(
        self,
        counts: Float[Floats, "D N"],
        places: slice,
        before: Float[Floats, " D"],
        at: list[int],
    ) -> list[Float[Floats, " D"]]:
        """The errors at some places of each resample's rows in order."""
        behind = before[:, None] + np.cumsum(counts[:, self.order[places]], axis=1)
        # The error at a place is the first one that more than so many rows are at or before.
        steps = [(behind <= place).sum(axis=1) for place in at]
        found = [
            self.degrees[np.minimum(places.start + step, len(self.degrees) - 1)] for step in steps
        ]
        # In a rare resample it lies elsewhere.
        far = (before > at[0]) | (steps[1] == behind.shape[1])
        if far.any() and places != slice(0, len(self.order)):
            every = slice(0, len(self.order))
            exact = self._errors(counts[far], every, np.zeros(int(far.sum())), at)
            for own, other in zip(found, exact, strict=True):
                own[far] = other
        return found


def score_labels(same: Mapping[str, Bools], draws: int, seed: int) -> pd.DataFrame:
    """The share of customers for whom each family's direction gives the network's label.

    Parameters
    ----------
    same : for each family, whose label is the same

    Returns
    -------
    Column family, and COLUMNS.
    """
    shares = [mean(own.astype(np.float64)) for own in same.values()]
    rows = [
        (family, "label", "agreement", *numbers)
        for family, numbers in zip(same, intervals(shares, draws, seed).tolist(), strict=True)
    ]
    return pd.DataFrame(rows, columns=["family", *COLUMNS])
