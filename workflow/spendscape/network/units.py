"""How many units are enough, and what no number of them can exceed (maths §3)."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import Float

from spendscape.core.arrays import Array, Floats
from spendscape.core.statistics import bootstrap, r_squared, weighted_r_squared
from spendscape.network.trajectories import trajectories
from spendscape.network.weights import Weights

# Bootstrap draws behind the interval of a network's R²: one number has one interval wherever it is told.
DRAWS = 500


def rank_ceiling(traits: Float[Array, "N P"]) -> Float[Floats, " K"]:
    """The share of the label variance in the first 1 … P principal components.

    A linear read-out of M units confines outputs to an M-flat, so variance-weighted R² cannot exceed
    the M-th entry. Fewer customers than traits have fewer components.
    """
    values = np.linalg.svd(traits - traits.mean(axis=0), compute_uv=False) ** 2
    return np.asarray(np.cumsum(values) / values.sum())


def choose_units(scores: pd.DataFrame, tolerance: float) -> int | None:
    """The elbow: the fewest units whose mean R² is within one standard error, or `tolerance`, of the best.

    None where these are the most that were tried: whether more would be better is then not known.

    Parameters
    ----------
    scores : columns units, seed, r2; a row a trained network
    """
    by_units = scores.groupby("units")["r2"].agg(["mean", "sem"]).fillna(0.0)
    place = int(by_units["mean"].argmax())
    mean, error = float(by_units["mean"].iloc[place]), float(by_units["sem"].iloc[place])
    found = int(by_units.index[by_units["mean"] >= mean - max(error, tolerance)].min())
    return None if found == by_units.index.max() else found


def elbow_scores(
    networks: Iterable[tuple[int, Weights]],
    inputs: Float[Array, "N T C"],
    truth: Float[Array, "N P"],
) -> pd.DataFrame:
    """How well networks of several sizes answer at the last step.

    Parameters
    ----------
    networks : seed and weights of each
    inputs, truth : fractions and traits of customers that no network has seen

    Returns
    -------
    Columns units, seed, r2, ceiling (`rank_ceiling` for so many units), and R² of each trait.
    """
    # Each in the precision of the traits, as the table has always had it.
    ceiling, rows = rank_ceiling(truth), []
    for seed, weights in networks:
        predicted = last_outputs(weights, inputs)
        own = {
            "units": weights.units,
            "seed": seed,
            "r2": weighted_r_squared(truth, predicted),
            "ceiling": ceiling[min(weights.units, len(ceiling)) - 1],
        }
        rows.append(own | dict(zip(weights.traits, r_squared(truth, predicted), strict=True)))
    return pd.DataFrame(rows).sort_values(["units", "seed"], ignore_index=True)


def ceiling_of(units: int, traits: Float[Array, "N P"]) -> float:
    """The `rank_ceiling` of so many units."""
    ceiling = rank_ceiling(traits)
    return float(ceiling[min(units, len(ceiling)) - 1])


def last_outputs(weights: Weights, inputs: Float[Array, "N T C"]) -> Float[Floats, "N P"]:
    """What the network answers at the last step."""
    return weights.outputs(trajectories(weights.cell, inputs)[0][:, -1])


def scores(
    weights: Weights,
    inputs: Float[Array, "N T C"],
    truth: Float[Array, "N P"],
    seed: int,
    draws: int = DRAWS,
) -> dict[str, Any]:
    """How well one network answers at the last step, as model/metrics.json has it.

    Parameters
    ----------
    inputs, truth : fractions and traits of customers that the network has not seen
    seed, draws : of the bootstrap over these customers

    Returns
    -------
    r2 (trait to value, low, high), r2_all_traits and rank_ceiling.
    """
    predicted = last_outputs(weights, inputs)
    interval = bootstrap(
        lambda rows: r_squared(truth[rows], predicted[rows]), len(truth), draws, seed
    )
    columns = zip(r_squared(truth, predicted), *interval, strict=True)
    return {
        "r2": {
            trait: dict(zip(("value", "low", "high"), map(float, column), strict=True))
            for trait, column in zip(weights.traits, columns, strict=True)
        },
        "r2_all_traits": weighted_r_squared(truth, predicted),
        "rank_ceiling": ceiling_of(weights.units, truth),
    }
