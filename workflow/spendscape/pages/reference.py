"""The average training customer and the surrogate's usual error, which cards compare with."""

from typing import Any

import numpy as np
from jaxtyping import Float, Shaped

from spendscape.core.arrays import Array, Floats, Names
from spendscape.explanation.chart import Chart
from spendscape.pages.cards import angular_error
from spendscape.segments.training_range import fit_range
from spendscape.traits.targets import mean_fractions


def reference(
    spending: Float[Array, "N T C"],
    total: Float[Array, "N T"],
    split: Shaped[Names, " N"],
    angles: Float[Floats, "N K"],
    predicted: Float[Floats, "N K"],
    chart: Chart,
    mean: str,
    far: float,
) -> dict[str, Any]:
    """The values of explain/reference.json.

    Parameters
    ----------
    spending, total : fractions and money of each step of the long window
    split : each customer's side
    angles, predicted : of the trajectories and of the surrogate
    mean, far : `traits.mean` and `score.far` of the config
    """
    train = split == "train"
    fractions = spending.mean(axis=1, dtype=np.float64)
    return {
        "average": spending[train].mean(axis=(0, 1), dtype=np.float64),
        "average_traits": mean_fractions(spending, total, mean)[train].mean(axis=0),
        "median_error": float(np.nanmedian(angular_error(angles, predicted, chart))),
        "range": vars(fit_range(fractions[train], far)),
    }
