"""What cards compare a customer with: explain/reference.json."""

from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import Float, Shaped

from spendscape.core.arrays import Floats, Names
from spendscape.core.geometry import degrees_between
from spendscape.segments.decisions import FEWEST_COMPARED, MOST_BINS, trust
from spendscape.segments.training_range import fit_range

QUANTILES = np.linspace(0, 1, 101)


def reference(
    fractions: Float[Floats, "N C"],
    split: Shaped[Names, " N"],
    formula: Shaped[Names, " N"],
    segments: pd.DataFrame,
    directions: Float[Floats, "N M"],
    predicted: Float[Floats, "N M"],
    far: float,
) -> dict[str, Any]:
    """The values of explain/reference.json.

    trust: how often the network's first trait is the formula's, by margin; margins and distances: their 0th to
    100th percentile; by_distance: the surrogate's median error, in degrees, by distance from the neutral state.

    Parameters
    ----------
    fractions : mean fractions over the long window
    split : each customer's side
    formula : the first trait by the formula, or as measured; '' where it is not known
    segments : columns level_1, margin and distance
    directions, predicted : unit vectors of the trajectories, and of the surrogate
    far : `score.far` of the config
    """
    train = split == "train"
    margin, distance = segments["margin"].to_numpy(), segments["distance"].to_numpy()
    error = degrees_between(directions, predicted)
    compared = np.isfinite(margin) & (formula != "")
    agreement = (
        trust(margin[compared], segments["level_1"].to_numpy()[compared], formula[compared])
        if compared.any()
        else pd.DataFrame()
    )
    return {
        "customers": len(split),
        "trust": agreement.to_dict("records"),
        "margins": _quantiles(margin),
        "distances": _quantiles(distance),
        "median_error": float(np.nanmedian(error)) if np.isfinite(error).any() else None,
        "by_distance": _by_distance(distance, error),
        "range": vars(fit_range(fractions[train], far)),
    }


def _quantiles(values: Floats) -> list[float]:
    known = values[np.isfinite(values)]
    return np.quantile(known, QUANTILES).tolist() if len(known) else []


def _by_distance(distance: Floats, error: Floats) -> list[dict[str, float]]:
    """The median error in bins of equally many customers, and each bin's largest distance."""
    known = np.flatnonzero(np.isfinite(error))
    ordered = known[np.argsort(distance[known], kind="stable")]
    bins = np.array_split(ordered, max(1, min(MOST_BINS, len(ordered) // FEWEST_COMPARED)))
    return [
        {"high": float(distance[rows[-1]]), "error": float(np.median(error[rows]))}
        for rows in bins
        if len(rows)
    ]
