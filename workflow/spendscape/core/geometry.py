"""Directions as unit vectors."""

import numpy as np
from jaxtyping import Float

from spendscape.core.arrays import Floats


def normalised(vectors: Float[Floats, "N M"]) -> Float[Floats, "N M"]:
    """The vectors at length 1; NaN for a vector without length, which has no direction."""
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(length > 0, vectors / length, np.nan))


def degrees_between(
    directions: Float[Floats, "N M"], others: Float[Floats, "N M"]
) -> Float[Floats, " N"]:
    """The angle in degrees between unit vectors; NaN where one has no direction."""
    chord = np.linalg.norm(directions - others, axis=1)
    return np.asarray(np.degrees(2 * np.arcsin(np.minimum(1, chord / 2))))
