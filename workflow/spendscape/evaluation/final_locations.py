"""Where a trajectory was predicted to end, beside the fixed point where it does (maths §5, §6; study, Eq. 3)."""

from typing import Any

import numpy as np
from jaxtyping import Float

from spendscape.core.arrays import Array
from spendscape.dynamics.fixed_points import UNCONVERGED, FixedPoints
from spendscape.explanation.inverse_map import invert
from spendscape.network.weights import Weights
from spendscape.traits.targets import dominant


def location_columns(
    weights: Weights,
    found: FixedPoints,
    traits: Float[Array, "N P"],
    last: Float[Array, "N M"],
    extended: Float[Array, "N M"],
) -> dict[str, Any]:
    """The columns of fixed_points.parquet beside the fixed points themselves.

    label: the trait that the output layer gives at the fixed point, empty where none was found; location_traits and
    location_output: the states that the inverse map predicts from the true traits and from the last output;
    extended_distance: from the end of the extended trajectory to the fixed point.

    Parameters
    ----------
    found : the fixed points of all customers
    traits : the true traits
    last, extended : the last states of the long window, and of the extended trajectories
    """
    inverse = invert(weights.output, weights.output_bias)
    label = dominant(weights.outputs(found.state), weights.traits)
    return {
        "label": np.where(found.verdict == UNCONVERGED, "", label),
        "location_traits": inverse.states(traits),
        "location_output": inverse.states(weights.outputs(last)),
        "extended_distance": np.linalg.norm(extended.astype(np.float64) - found.state, axis=1),
    }
