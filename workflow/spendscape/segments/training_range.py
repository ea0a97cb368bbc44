"""Scoring new customers: how far they are from those that the network was trained on."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from spendscape.core.arrays import Floats


@dataclass(frozen=True)
class TrainingRange:
    """Where the training customers are.

    Attributes
    ----------
    mean, deviation : of their mean fractions
    limit : the distance within which a given share of them lies
    """

    mean: Float[Floats, "C"]
    deviation: Float[Floats, "C"]
    limit: float

    def distance(self, fractions: Float[Floats, "N C"]) -> Float[Floats, "N"]:
        """Root mean square over the classes of (fractions − mean) / deviation."""
        # A class that no training customer bought has no deviation; a thousandth of the mean one
        # stands in for it.
        deviation = np.maximum(self.deviation, 1e-3 * self.deviation.mean())
        return np.asarray(np.sqrt(np.square((fractions - self.mean) / deviation).mean(axis=1)))


def fit_range(fractions: Float[Floats, "N C"], share: float) -> TrainingRange:
    """The range of training customers by their mean fractions; `share` of them lie within its limit."""
    mean, deviation = fractions.mean(axis=0), fractions.std(axis=0)
    inside = TrainingRange(mean, deviation, 0.0).distance(fractions)
    return TrainingRange(mean, deviation, float(np.quantile(inside, share)))
