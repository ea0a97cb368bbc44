"""segments.parquet: each customer's segment, how clear it is, and what is behind its nearest border (maths §4b, §7)."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
from jaxtyping import Float

from spendscape.core.arrays import Array
from spendscape.core.geometry import normalised
from spendscape.explanation.cells import nearest_border, residual_bias
from spendscape.explanation.inverse_map import invert
from spendscape.network.weights import Weights
from spendscape.segments.names import order
from spendscape.segments.naming import is_neutral, margin_of, named_segments


def segment_columns(
    weights: Weights, last: Float[Array, "N M"], depth: int, naming: Mapping[str, Any]
) -> dict[str, Any]:
    """The columns of segments.parquet, but for the ids and the angles.

    segment: the deepest named segment; level_1, …: the order of traits; neutral: whether the label is as likely noise,
    because the margin is below that of `naming`; margin: of the first over the second, in trait units;
    border_degrees: how far the direction from the neutral state may turn before another trait is the largest;
    behind: that trait; distance: of the state from the neutral state, near which directions are uncertain.

    Parameters
    ----------
    last : the network's last hidden states
    depth : most levels in a segment's name
    naming : segments/naming.json
    """
    outputs = weights.outputs(last)
    levels = order(outputs, weights.traits)
    away = last.astype(np.float64) - invert(weights.output, weights.output_bias).origin
    distance = np.linalg.norm(away, axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        shift = residual_bias(weights.output, weights.output_bias) / distance[:, None]
    border = nearest_border(weights.output, normalised(away), shift)
    named = named_segments(levels, depth, naming["published"])
    columns: dict[str, Any] = {"segment": pa.array(named, pa.string())}
    columns |= {f"level_{k + 1}": levels[:, k].copy() for k in range(levels.shape[1])}
    columns["margin"] = margin_of(outputs)
    columns["neutral"] = is_neutral(columns["margin"], naming["neutral_margin"])
    columns["border_degrees"] = border.degrees
    names = [weights.traits[k] if k >= 0 else None for k in border.behind]
    columns["behind"] = pa.array(names, pa.string())
    columns["distance"] = distance
    return columns
