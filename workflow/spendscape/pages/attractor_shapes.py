"""The shapes that attractors are drawn as, in the figures and in the explorer."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import ConvexHull, QhullError

from spendscape.core.arrays import Floats


def shown(points: NDArray[Any]) -> Floats:
    """The coordinates [..., 2 or 3] of states [..., M] that a picture shows: the first three units."""
    return np.asarray(points[..., :3], dtype=np.float64)


def curve(polynomial: Mapping[str, Any], points: int = 60) -> Floats:
    """Positions [points, M] along a polynomial of dynamics/attractors.json."""
    first, last = polynomial["range"]
    t = np.linspace(first, last, points)
    return np.asarray(t[:, None] ** np.arange(3) @ np.array(polynomial["coefficients"]))


def outline(points: NDArray[Any], share: float = 0.95) -> Floats:
    """The corners [K, 2 or 3] around the central `share` of states [N, M], in their best plane."""
    places = shown(points)
    centre = places.mean(axis=0)
    distance = np.linalg.norm(places - centre, axis=1)
    inner = places[distance <= np.quantile(distance, share)]
    plane = np.linalg.svd(inner - centre, full_matrices=True)[2][:2]
    return np.asarray(hull((inner - centre) @ plane.T) @ plane + centre)


def hull(points: Floats) -> Floats:
    """The corners [K, 2] of the convex hull of points [N, 2]; of points on a line, its two ends."""
    try:
        return np.asarray(points[ConvexHull(points).vertices])
    except (QhullError, ValueError):
        along = (points - points.mean(axis=0)) @ np.ones(2)
        return points[[along.argmin(), along.argmax()]]
