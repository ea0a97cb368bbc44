"""Segments as cells of the sphere of directions: which exist, how large they are, how far a border is (maths §4b).

From the neutral state s₀ the outputs are (h − s₀) W + r, and r, the part of the bias that W does not reach, is small
or 0. Then a direction alone decides the order of the traits, and trait i stands before trait j on one side of the
great circle with normal W_i − W_j (W_i is the i-th column of W). A cell is the set of directions of one order, or of
all orders that begin alike. Where r is not small, the borders are planes beside s₀, and cells are parts of the cube.
"""

from collections.abc import Sequence
from itertools import combinations, pairwise, permutations, product
from typing import NamedTuple

import numpy as np
import pandas as pd
from jaxtyping import Float, Int

from spendscape.core.arrays import Array, Floats, Indices

# Directions that are drawn where a solid angle has no closed form, as a power of two.
SAMPLE = 17
# A cell thinner than this, as the radius of a ball inside it, is rounding.
THINNEST = 1e-9
# With more traits than this the table lists the orders that exist or are occupied, and not every order.
MOST_LISTED = 7


def cover_count(traits: int, units: int) -> int:
    """How many orders of P points in general position the directions of M dimensions induce.

    Q(2, M) = 2, Q(P, 1) = 2, Q(P + 1, M) = Q(P, M) + P · Q(P, M − 1) (T. M. Cover 1967, SIAM J. Appl. Math. 15).
    """
    row = [min(traits, 2)] * units
    for points in range(2, traits):
        row = [2, *(row[m] + points * row[m - 1] for m in range(1, units))]
    return row[-1]


def residual_bias(weights: Float[Floats, "M P"], bias: Float[Floats, " P"]) -> Float[Floats, " P"]:
    """r = b − b W⁺ W, the part of the bias that no state cancels, in trait units."""
    return np.asarray(bias - bias @ np.linalg.pinv(weights) @ weights)


def cells(
    weights: Float[Floats, "M P"],
    offset: Float[Floats, " P"] | None = None,
    depth: int | None = None,
) -> list[tuple[int, ...]]:
    """Every order of traits that exists, as beginnings of every length up to `depth` (None: all P).

    A beginning is extended trait by trait, and kept where a linear program finds a point inside.

    Parameters
    ----------
    offset : the bias b: the cells are then those of the state cube; None: those of the directions from s₀
    """
    traits = weights.shape[1]
    found: list[tuple[int, ...]] = []
    waiting: list[tuple[int, ...]] = [()]
    while waiting:
        start = waiting.pop()
        for trait in range(traits):
            order = (*start, trait)
            if trait not in start and _exists(order, weights, offset):
                found.append(order)
                if len(order) < (depth or traits):
                    waiting.append(order)
    return sorted(found, key=lambda order: (len(order), order))


def solid_angles(
    weights: Float[Floats, "M P"], orders: Sequence[tuple[int, ...]]
) -> Float[Floats, " K"]:
    """The share of all directions that lie in each cell.

    Exact for up to three units; beyond, counted among 2^17 Sobol directions, with a standard error below .0014.
    """
    units = weights.shape[0]
    if units == 1:
        spread = np.sign(_borders(orders[0], weights)[0]) if orders else np.zeros((0, 1))
        return np.full(len(orders), 0.5 if spread.any() else 1.0)
    if units == 2:
        return np.array([_arc(_borders(order, weights)[0]) for order in orders])
    if units == 3:
        return np.array([_spherical_area(_borders(order, weights)[0]) for order in orders])
    sorted_traits = np.argsort(-(_sobol_directions(units) @ weights), axis=1)
    return np.array(
        [(sorted_traits[:, : len(order)] == np.array(order)).all(axis=1).mean() for order in orders]
    )


class Border(NamedTuple):
    """The border nearest to each direction: how far it is, in degrees, and which trait is behind it (−1: none)."""

    degrees: Float[Floats, " N"]
    behind: Int[Indices, " N"]


def nearest_border(
    weights: Float[Floats, "M P"],
    directions: Float[Array, "N M"],
    shift: Float[Floats, "N P"] | None = None,
) -> Border:
    """How far each direction may turn before another trait is the largest, and which that is.

    The distance to the circle n · u = c is arcsin(n · u) − arcsin(c), n of length 1; c is 0 for a great circle. The
    way to the nearest circle crosses no other one, so that it is the nearest border. A direction that is not known
    (NaN) has no border. One unit has two directions and no angle between them: degrees are NaN, and behind is what
    the other direction gives.

    Parameters
    ----------
    shift : what is added to each trait beside the direction: r over the distance from s₀; None: nothing. A trait that the
        network puts first is then never behind its own border, however near.
    """
    u = np.asarray(directions, dtype=np.float64)
    values = u @ weights
    added = np.zeros_like(values) if shift is None else shift
    rows = np.arange(len(u))
    first = np.argmax(values + added, axis=1)
    if u.shape[1] == 1:
        other = np.argmax(added - values, axis=1)
        known = np.isfinite(values).all(axis=1) & (other != first)
        return Border(np.full(len(u), np.nan), np.where(known, other, -1).astype(np.intp))
    normals = weights.T[first][:, None, :] - weights.T[None, :, :]
    length = np.linalg.norm(normals, axis=2)
    with np.errstate(invalid="ignore", divide="ignore"):
        sine = (values[rows, first][:, None] - values) / length
        border = (added - added[rows, first][:, None]) / length
        away = np.arcsin(np.clip(sine, -1, 1)) - np.arcsin(np.clip(border, -1, 1))
        # A trait that no direction tells from the first, or none at this distance, is behind no border.
        away[~(length > 0) | (np.abs(border) > 1)] = np.inf
    known = np.isfinite(u).all(axis=1) & np.isfinite(away).any(axis=1)
    behind = np.where(known, np.argmin(np.where(known[:, None], away, 0), axis=1), -1)
    nearest = np.where(known, away[rows, behind], np.nan)
    return Border(np.degrees(nearest), behind.astype(np.intp))


def cell_table(
    weights: Float[Floats, "M P"],
    bias: Float[Floats, " P"],
    traits: Sequence[str],
    outputs: Float[Array, "N P"],
    largest_residual: float,
) -> pd.DataFrame:
    """segments/cells.csv: every order of traits, as beginnings of every length.

    Parameters
    ----------
    outputs : of the customers, whose order is their segment
    largest_residual : up to this share of the largest output, r counts as small; above it the borders are planes,
        the cells parts of the state cube, and no solid angle stands for a cell

    Returns
    -------
    Columns level, order, parent, exists (some direction has this order), solid_angle (share of all directions),
    customers, share (of the customers).
    """
    residual = residual_bias(weights, bias)
    reach = np.abs(weights).sum(axis=0) + np.abs(bias)
    small = np.ptp(residual) <= largest_residual * reach.max(initial=0)
    found = cells(weights, None if small else bias)
    angle = dict(zip(found, solid_angles(weights, found), strict=True)) if small else {}
    ranks = np.argsort(-outputs, axis=1, kind="stable")
    rows = []
    for level in range(1, len(traits) + 1):
        starts, counts = np.unique(ranks[:, :level], axis=0, return_counts=True)
        occupied = dict(zip(map(tuple, starts.tolist()), counts.tolist(), strict=True))
        known = {order for order in found if len(order) == level}
        listed = known | occupied.keys()
        if len(traits) <= MOST_LISTED:
            listed = set(permutations(range(len(traits)), level))
        for order in sorted(listed):
            names = [traits[trait] for trait in order]
            count = occupied.get(order, 0)
            rows.append(
                {
                    "level": level,
                    "order": " > ".join(names),
                    "parent": " > ".join(names[:-1]) or "(all)",
                    "exists": order in known,
                    "solid_angle": angle.get(order, 0.0) if small else np.nan,
                    "customers": count,
                    "share": count / max(1, len(outputs)),
                }
            )
    return pd.DataFrame(rows)


def _borders(
    order: tuple[int, ...], weights: Floats, offset: Floats | None = None
) -> tuple[Floats, Floats]:
    """The half-spaces n · x + e > 0 of a cell, n of length 1: normals [K, M] and offsets [K]."""
    rest = [trait for trait in range(weights.shape[1]) if trait not in order]
    pairs = [*pairwise(order), *((order[-1], trait) for trait in rest)]
    normals = np.array([weights[:, i] - weights[:, j] for i, j in pairs]).reshape(-1, len(weights))
    offsets = np.array([0.0 if offset is None else offset[i] - offset[j] for i, j in pairs])
    length = np.linalg.norm(normals, axis=1)
    scale = np.where(length > 0, length, 1.0)
    return normals / scale[:, None], offsets / scale


def _exists(order: tuple[int, ...], weights: Floats, offset: Floats | None) -> bool:
    """Is there a ball inside the cell, within the cube [−1, 1]^M?"""
    from scipy.optimize import linprog

    normals, offsets = _borders(order, weights, offset)
    if len(normals) == 0:
        return True
    units = normals.shape[1]
    found = linprog(
        np.append(np.zeros(units), -1.0),
        A_ub=np.column_stack([-normals, np.ones(len(normals))]),
        b_ub=offsets,
        bounds=[*[(-1.0, 1.0)] * units, (None, 1.0)],
    )
    return bool(found.status == 0 and -found.fun > THINNEST)


def _arc(normals: Floats) -> float:
    """The share of the circle where all normals [K, 2] have a positive product."""
    if len(normals) == 0:
        return 1.0
    angles = np.arctan2(normals[:, 1], normals[:, 0])
    ends = np.sort(np.concatenate([angles - np.pi / 2, angles + np.pi / 2]) % (2 * np.pi))
    gaps = np.diff(np.append(ends, ends[0] + 2 * np.pi))
    middle = ends + gaps / 2
    inside = (np.stack([np.cos(middle), np.sin(middle)], axis=1) @ normals.T > 0).all(axis=1)
    return float(gaps[inside].sum() / (2 * np.pi))


def _spherical_area(normals: Floats) -> float:
    """The share of the sphere where all normals [K, 3] have a positive product, octant by octant.

    Within an octant the part is a convex polygon, whose corners are the crossings of two of its circles.
    """
    return sum(
        _polygon(np.vstack([normals, np.diag(signs)])) for signs in product((1.0, -1.0), repeat=3)
    ) / (4 * np.pi)


def _polygon(normals: Floats) -> float:
    """The solid angle of a convex spherical polygon inside an octant, in steradians.

    A fan of triangles from its middle, each by Van Oosterom and Strackee (1983, IEEE Trans. Biomed. Eng. 30).
    """
    first, second = (list(part) for part in zip(*combinations(range(len(normals)), 2), strict=True))
    corners = np.cross(normals[first], normals[second])
    corners = np.vstack([corners, -corners])
    length = np.linalg.norm(corners, axis=1)
    corners = corners[length > 1e-12] / length[length > 1e-12, None]
    corners = corners[(corners @ normals.T > -1e-9).all(axis=1)]
    if len(corners) < 3:
        return 0.0
    middle = corners.mean(axis=0)
    middle /= np.linalg.norm(middle)
    across = corners[np.argmin(np.abs(corners @ middle))] - middle
    across -= (across @ middle) * middle
    around = np.arctan2(corners @ np.cross(middle, across), corners @ across)
    a = corners[np.argsort(around)]
    b = np.roll(a, -1, axis=0)
    volume = np.abs(np.cross(a, b) @ middle)
    return float(2 * np.arctan2(volume, 1 + a @ middle + b @ middle + (a * b).sum(axis=1)).sum())


def _sobol_directions(units: int) -> Floats:
    """2^17 directions [K, M], evenly spread and the same in every run."""
    from scipy.special import ndtri
    from scipy.stats import qmc

    points = qmc.Sobol(units, seed=0).random_base2(SAMPLE)
    return np.asarray(ndtri(np.clip(points, 1e-12, 1 - 1e-12)), dtype=np.float64)
