"""The sphere of directions on paper: its axes, an equal-area map, and the exact borders of cells.

From s₀ a direction u gives the outputs u W (+ r), so that trait i stands before trait j on one side of
the great circle with normal W_i − W_j (maths §4b; `explanation/cells.py`). The map is Hammer's: equal
areas of the sphere are equal areas of the paper, so that densities can be compared. Of more than
three units the map shows the sphere of three directions: the customers' mean one, which lies in the
middle, and the two along which theirs differ most.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from jaxtyping import Float, Int

from spendscape.core.arrays import Array, Floats, Indices

# Half the width and half the height of the map.
ACROSS, UP = 2 * np.sqrt(2), np.sqrt(2)
# Points on each great circle: a quarter of a degree apart.
STEPS = 1441


def frame(directions: Float[Floats, "N M"]) -> Float[Floats, "K M"]:
    """Up to three orthonormal directions: the mean one, then those along which the others differ most."""
    known = directions[np.isfinite(directions).all(axis=1)]
    mean = known.mean(axis=0)
    first = mean / max(float(np.linalg.norm(mean)), np.finfo(float).tiny)
    if not first.any():
        first[0] = 1.0
    rest = known - np.outer(known @ first, first)
    # The mean direction itself is kept out of the further ones, however little these differ.
    spread = rest.T @ rest - len(known) * np.outer(first, first)
    axes = np.linalg.eigh(spread)[1].T[::-1][: min(3, len(first)) - 1]
    largest = np.take_along_axis(axes, np.abs(axes).argmax(axis=1)[:, None], axis=1)
    return np.vstack([first, axes * np.sign(largest)])


@dataclass(frozen=True)
class Directions:
    """Customers' directions from s₀ as a map or a globe shows them.

    Attributes
    ----------
    seen : in the frame of `frame`, of length 1; NaN where there is no direction
    frame : its directions, as rows
    weights : W in the same frame
    kept : the share of the directions' squared length that lies in the frame; 1 up to three units
    right : the share of customers whose direction alone gives their first trait
    """

    seen: Float[Floats, "N K"]
    frame: Float[Floats, "K M"]
    weights: Float[Floats, "K P"]
    kept: float
    right: float


def directions_from(
    states: Float[Floats, "N M"],
    origin: Float[Floats, " M"],
    weights: Float[Floats, "M P"],
    first: Int[Indices, " N"],
) -> Directions:
    """The directions of states from s₀.

    Parameters
    ----------
    origin : s₀
    first : the place of each customer's first trait among the traits
    """
    away = states - origin
    length = np.linalg.norm(away, axis=1, keepdims=True)
    unit = np.divide(away, length, out=np.full_like(away, np.nan), where=length > 0)
    axes = frame(unit)
    seen = unit @ axes.T
    size = np.linalg.norm(seen, axis=1, keepdims=True)
    seen = np.divide(seen, size, out=np.full_like(seen, np.nan), where=size > 0)
    right = float(np.mean(np.argmax(unit @ weights, axis=1) == first))
    return Directions(seen, axes, axes @ weights, float(np.nanmean(np.square(size))), right)


def hammer(points: Float[Floats, "*n 3"]) -> Float[Floats, "*n 2"]:
    """Where directions lie on the map; (1, 0, 0) is its middle."""
    longitude = np.arctan2(points[..., 1], points[..., 0])
    sine = np.clip(points[..., 2], -1, 1)
    cosine = np.sqrt(1 - sine**2)
    scale = 1 / np.sqrt(1 + cosine * np.cos(longitude / 2))
    return np.stack([ACROSS * cosine * np.sin(longitude / 2) * scale, UP * sine * scale], axis=-1)


def from_hammer(places: Float[Floats, "*n 2"]) -> Float[Floats, "*n 3"]:
    """The direction at each place of the map; NaN outside it."""
    x, y = places[..., 0], places[..., 1]
    with np.errstate(invalid="ignore"):
        z = np.sqrt(1 - (x / 4) ** 2 - (y / 2) ** 2)
        z[(x / ACROSS) ** 2 + (y / UP) ** 2 > 1] = np.nan
        longitude = 2 * np.arctan2(z * x, 2 * (2 * z**2 - 1))
        latitude = np.arcsin(z * y)
    flat = np.cos(latitude)
    parts = [flat * np.cos(longitude), flat * np.sin(longitude), np.sin(latitude)]
    return np.stack(parts, axis=-1)


def cell_of(
    directions: Float[Array, "*n K"], weights: Float[Floats, "K P"], parent: Sequence[int]
) -> Int[Indices, "*n"]:
    """The trait that comes after `parent` in the order of traits in each direction; −1 outside it.

    Parameters
    ----------
    weights : W, seen in the frame of the directions
    parent : the first traits in their order
    """
    values = directions @ weights
    order = np.argsort(-values, axis=-1, kind="stable")
    inside = (order[..., : len(parent)] == np.array(parent, dtype=np.intp)).all(axis=-1)
    known = inside & np.isfinite(values).all(axis=-1)
    return np.where(known, order[..., len(parent)], -1)


def borders(weights: Float[Floats, "3 P"], parent: Sequence[int]) -> list[Float[Floats, "_ 3"]]:
    """The arcs of great circles that part the children of a parent, as points along them.

    On the circle of two traits their outputs are equal. It is a border where just the traits of
    the parent, in their order, have larger outputs.
    """
    turn = np.linspace(0, 2 * np.pi, STEPS)
    arcs = []
    for i, j in combinations(range(weights.shape[1]), 2):
        normal = weights[:, i] - weights[:, j]
        if i in parent or j in parent or not normal.any():
            continue
        _, _, basis = np.linalg.svd(normal[None])
        circle = np.outer(np.cos(turn), basis[1]) + np.outer(np.sin(turn), basis[2])
        values = circle @ weights
        others = np.delete(values, [i, j], axis=1)
        larger = (others > values[:, [i]]).sum(axis=1)
        order = np.argsort(-values, axis=1)[:, : len(parent)]
        there = (larger == len(parent)) & (order == np.array(parent, dtype=np.intp)).all(axis=1)
        arcs += _runs(circle, there)
    return arcs


def on_paper(arc: Float[Floats, "N 3"]) -> Float[Floats, "_ 2"]:
    """An arc on the map, interrupted where it leaves at one side and comes back at the other."""
    places = hammer(arc)
    turned = np.abs(np.diff(np.arctan2(arc[:, 1], arc[:, 0])))
    return np.insert(places, np.flatnonzero(turned > np.pi) + 1, np.nan, axis=0)


def _runs(circle: Floats, there: Array) -> list[Floats]:
    """The connected parts of a closed circle."""
    ends = np.flatnonzero(np.diff(np.concatenate([[0], there.astype(int), [0]])))
    return [circle[first:last] for first, last in ends.reshape(-1, 2)]
