"""Proofs that a fixed point exists, is the only one nearby, and attracts (maths §6, docs/explanation/dynamics.md).

Two tests in ball arithmetic, for all inputs at once. A proof is of the map with exactly the given float64
weights and drive. Where a test fails nothing is said: there may be a fixed point all the same.

Krawczyk's test on the M equations G(h) = h. With Y ≈ (I − G′(h̃))⁻¹ and the box X of radius r around h̃,

    |Y (G(h̃) − h̃)| + |I − Y (I − G′(X))| r < r     ⇒     X holds exactly one fixed point.

Banach's theorem on the whole map F of z = (h, c). With W ≈ V⁻¹, V the eigenvectors of F′(z̃),
‖x‖ = max |W x| and the ball B of radius s around z̃ in this norm,

    q = ‖F′(B)‖ < 1,   ‖F(z̃) − z̃‖ + q s ≤ s     ⇒     every trajectory in B ends in the one fixed point
                                                      in B, whose spectral radius is at most q.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from numpy.typing import NDArray

from spendscape.core.arrays import Floats
from spendscape.dynamics import intervals
from spendscape.dynamics.intervals import Ball, exact
from spendscape.dynamics.maps import inverses
from spendscape.network.cell import Cell
from spendscape.network.trajectories import BLOCK

RADII = (1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9, 1e-10)


@dataclass(frozen=True)
class Certificates:
    """What is proved of each point; NaN where nothing is.

    Attributes
    ----------
    radius : half the side of a box around h̃ that holds exactly one fixed point of the reduced map
    error : h̃ is at most so far from it, in each component
    contraction : q < 1, a bound on the spectral radius of the map at that fixed point; every trajectory
        that comes as near as the one given ends there
    """

    radius: Float[Floats, " N"]
    error: Float[Floats, " N"]
    contraction: Float[Floats, " N"]


def certify(
    cell: Cell,
    drive: Float[Floats, "N D"],
    hidden: Float[Floats, "N M"],
    memory: Float[Floats, "N K"],
    reached: tuple[Float[Floats, "N M"], Float[Floats, "N K"]] | None = None,
    radii: tuple[float, ...] = RADII,
) -> Certificates:
    """Both tests for every point; `radius` alone is a proof for points that do not attract.

    Parameters
    ----------
    hidden, memory : h̃ and c̃, numerical fixed points
    reached : the state where each trajectory was left; then `contraction` holds for a ball with that
        state in it, so that it is proved where the trajectory ends
    radii : boxes tried, from the largest; the first that is proved counts
    """
    left = (hidden, memory) if reached is None else reached
    blocks = [slice(first, first + BLOCK) for first in range(0, max(1, len(drive)), BLOCK)]
    parts = []
    # A box too large for exp, or a point that is not one, makes infinity or NaN: it is not certified.
    with np.errstate(all="ignore"):
        for block in blocks:
            rows = drive[block], hidden[block], memory[block]
            boxes = _krawczyk(cell, *rows[:2], radii)
            parts.append((*boxes, _contraction(cell, *rows, (left[0][block], left[1][block]))))
    radius, error, contraction = (np.concatenate(column) for column in zip(*parts, strict=True))
    return Certificates(radius, error, contraction)


def _krawczyk(
    cell: Cell, drive: Floats, hidden: Floats, radii: tuple[float, ...]
) -> tuple[Floats, Floats]:
    """The radius of the proved box, and the distance of h̃ from the fixed point in it; [N] each."""
    count, units = hidden.shape
    radius, error = np.full(count, np.nan), np.full(count, np.nan)
    point, _, matrix = cell.reduced_map_and_jacobian(drive, exact(hidden), intervals)
    inverse = inverses(np.eye(units) - matrix.mid)
    defect = _length(np.abs(inverse), (point - hidden).magnitude)
    open_ = np.flatnonzero(np.isfinite(defect))
    for r in radii:
        box = Ball(hidden[open_], np.full((len(open_), units), r))
        matrix = cell.reduced_map_and_jacobian(drive[open_], box, intervals)[2]
        left = -matrix + np.eye(units)
        shrink = _times(inverse[open_], left, np.eye(units))
        proved = _up(defect[open_] + shrink * r) < r
        rows = open_[proved]
        radius[rows] = r
        error[rows] = _up(defect[rows] / _down(1 - shrink[proved]))
        open_ = open_[~proved]
        if not len(open_):
            break
    return radius, error


def _times(outer: Floats, inner: Ball, target: Floats) -> Floats:
    """A bound on ‖target − outer · inner‖ in the maximum norm, [N]."""
    gamma = intervals.product_error(len(target))
    miss = np.abs(target - outer @ inner.mid)
    size = np.abs(outer)
    spread = size @ (inner.rad + gamma * np.abs(inner.mid))
    return _up((miss + spread).sum(axis=2).max(axis=1))


def _down(value: Floats) -> Floats:
    """A bound > 0 that rounding has not made too large."""
    return np.asarray(value * (1 - 2.0**-42) - intervals.TINY)


def _up(value: Floats) -> Floats:
    """A bound ≥ 0 that rounding (of sums of at most some hundred terms) has not made too small."""
    return np.asarray(value * (1 + 2.0**-42) + intervals.TINY)


def _contraction(
    cell: Cell, drive: Floats, hidden: Floats, memory: Floats, reached: tuple[Floats, Floats]
) -> Floats:
    """q [N] of Banach's test on a ball around (h̃, c̃) that holds the state reached; NaN if it fails."""
    *parts, matrix = cell.step_and_jacobian(drive, exact(hidden), exact(memory), intervals)
    moved = intervals.join(parts, 1)
    largest, basis = _eigenvectors(matrix.mid)
    # The norm is that of this matrix, exactly; its inverse is basis · (I − E)⁻¹ with ‖E‖ ≤ slip.
    norm = inverses(basis)
    left, right = np.abs(norm), np.abs(basis)
    size = basis.shape[-1]
    slip = _times(norm, Ball(basis, np.zeros_like(right)), np.eye(size))
    state = np.concatenate([hidden, memory], axis=1)
    defect = _length(left, (moved - state).magnitude)
    end = exact(np.concatenate(reached, axis=1))
    # The ball holds its own image when its radius is at least defect / (1 − q); twice that is chosen.
    radius = np.maximum(_length(left, (end - state).magnitude), 2 * defect / (1 - largest))
    reach = _up(_up(right.sum(axis=2)) * (radius / _down(1 - slip))[:, None])
    units = cell.units
    ball = Ball(hidden, reach[:, :units]), Ball(memory, reach[:, units:])
    around = cell.step_and_jacobian(drive, *ball, intervals)[2]
    gamma = 3 * intervals.product_error(size)
    spread = left @ (around.rad + gamma * np.abs(around.mid)) @ right
    rows = (np.abs(norm @ around.mid @ basis) + spread).sum(axis=2).max(axis=1)
    bound = _up(_up(rows) / _down(1 - slip))
    holds = (slip < 0.5) & (bound < 1) & (_up(defect + bound * radius) <= radius)
    return np.where(holds, bound, np.nan)


def _eigenvectors(matrices: Floats) -> tuple[Floats, NDArray[np.complex128]]:
    """The largest |eigenvalue| of matrices [N, K, K], and their eigenvectors as columns; NaN where one is
    not finite."""
    sound = np.isfinite(matrices).all(axis=(1, 2))
    largest = np.full(len(matrices), np.nan)
    vectors = np.full(matrices.shape, np.nan, dtype=np.complex128)
    values, vectors[sound] = np.linalg.eig(matrices[sound])
    largest[sound] = np.abs(values).max(axis=1, initial=0)
    return largest, vectors


def _length(size: Floats, magnitude: Floats) -> Floats:
    """A bound on max |W x|, [N], of |W| and |x|."""
    return _up((size @ magnitude[:, :, None])[:, :, 0].max(axis=1))
