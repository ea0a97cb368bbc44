"""The shapes that attractors are drawn as, in the figures and in the explorer."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from jaxtyping import Float, Int
from scipy.spatial import ConvexHull, QhullError

from spendscape.core.arrays import Array, Floats, Indices
from spendscape.core.parquet import even_sample

# The fixed points of which a body's hull is drawn.
BODY = 300


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


def shape(entry: Mapping[str, Any], locus: Float[Floats, "n M"]) -> dict[str, Any]:
    """What an attractor is drawn as in 3-D: kind, points (line, corners or places), and `faces`, three corners each.

    Parameters
    ----------
    entry : of dynamics/attractors.json
    locus : the fixed points with its label
    """
    kind = entry.get("kind")
    points = np.empty((0, min(3, max(2, locus.shape[1]))))
    if kind in ("point", "points"):
        places = [location["position"] for location in entry["locations"]]
        points = shown(np.array(places, dtype=np.float64))
    elif kind == "curve":
        points = shown(curve(entry["polynomial"]))
    elif kind == "sheet":
        points = outline(locus)
    elif kind:
        points = shown(locus[even_sample(len(locus), BODY)])
    corners = _faces(points) if kind in ("sheet", "volume") else np.empty((0, 3), dtype=np.intp)
    return {"kind": kind, "points": points, "faces": corners}


def _faces(points: Float[Floats, "K D"]) -> Int[Indices, "F 3"]:
    """The triangles around a body; of a flat one, those that fill its corners in their order."""
    if points.shape[1] == 3 and len(points) > 3:
        try:
            return np.asarray(ConvexHull(points).simplices, dtype=np.intp)
        except QhullError:
            pass
    return np.array([[0, k, k + 1] for k in range(1, len(points) - 1)], dtype=np.intp).reshape(
        -1, 3
    )
