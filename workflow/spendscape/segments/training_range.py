"""Scoring new customers: how far they are from those that the network was trained on."""

from dataclasses import dataclass

import numpy as np

from spendscape.core.arrays import Floats


@dataclass(frozen=True)
class TrainingRange:
    """Where the training customers are.

    Attributes
    ----------
    mean, deviation : [C], of their mean fractions
    limit : the distance that a given share of them does not pass
    """

    mean: Floats
    deviation: Floats
    limit: float

    def distance(self, fractions: Floats) -> Floats:
        """Root mean square over the classes of (fractions − mean) / deviation, [N] of [N, C]."""
        # What no training customer bought has no deviation; a thousandth of the mean one stands for it.
        deviation = np.maximum(self.deviation, 1e-3 * self.deviation.mean())
        return np.asarray(np.sqrt(np.square((fractions - self.mean) / deviation).mean(axis=1)))


def fit_range(fractions: Floats, share: float) -> TrainingRange:
    """The range of training customers with mean fractions [N, C], of whom `share` lie within its limit."""
    mean, deviation = fractions.mean(axis=0), fractions.std(axis=0)
    inside = TrainingRange(mean, deviation, 0.0).distance(fractions)
    return TrainingRange(mean, deviation, float(np.quantile(inside, share)))
