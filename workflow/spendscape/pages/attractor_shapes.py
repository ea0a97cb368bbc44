"""The shapes that attractors are drawn as, in the figures and in the explorer."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from jaxtyping import Float
from scipy.spatial import ConvexHull, QhullError

from spendscape.core.arrays import Array, Floats


def shown(points: Float[Array, "... M"]) -> Float[Floats, "... _"]:
    """What a picture shows of states: their first three units, both of two, or one with a 0 beside it."""
    places = np.asarray(points[..., :3], dtype=np.float64)
    if places.shape[-1] > 1:
        return places
    return np.concatenate([places, np.zeros_like(places)], axis=-1)


def curve(polynomial: Mapping[str, Any], points: int = 60) -> Float[Floats, "{points} M"]:
    """Positions along a polynomial of dynamics/attractors.json."""
    first, last = polynomial["range"]
    t = np.linspace(first, last, points)
    return np.asarray(t[:, None] ** np.arange(3) @ np.array(polynomial["coefficients"]))


def outline(points: Float[Array, "N M"], share: float = 0.95) -> Float[Floats, "K _"]:
    """The corners around the central `share` of states, as they are shown, in their best plane."""
    places = shown(points)
    centre = places.mean(axis=0)
    distance = np.linalg.norm(places - centre, axis=1)
    inner = places[distance <= np.quantile(distance, share)]
    away = inner - centre
    # Of the products, not of the states: the same axes, whatever the number of states.
    plane = np.linalg.svd(away.T @ away)[2][:2]
    return np.asarray(hull(away @ plane.T) @ plane + centre)


def hull(points: Float[Floats, "N 2"]) -> Float[Floats, "K 2"]:
    """The corners of the points' convex hull; of points on a line, its two ends."""
    try:
        return np.asarray(points[ConvexHull(points).vertices])
    except (QhullError, ValueError):
        along = (points - points.mean(axis=0)) @ np.ones(2)
        return points[[along.argmin(), along.argmax()]]
