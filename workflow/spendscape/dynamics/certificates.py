"""Proofs that a fixed point exists, is the only one nearby, and attracts (MATHS §6, docs/dynamics.md).

Two tests in ball arithmetic, for all inputs at once. A proof is of the map with exactly the given float64
weights and drive. Where a test fails nothing is said: there may be a fixed point all the same.

Krawczyk's test on the M equations G(h) = h. With Y ≈ (I − G′(h̃))⁻¹ and the box X of radius r around h̃,

    |Y (G(h̃) − h̃)| + |I − Y (I − G′(X))| r < r     ⇒     X holds exactly one fixed point.

Banach's theorem on the 2M-dimensional map F of z = (h, c). With W ≈ V⁻¹, V the eigenvectors of F′(z̃),
‖x‖ = max |W x| and the ball B of radius s around z̃ in this norm,

    q = ‖F′(B)‖ < 1,   ‖F(z̃) − z̃‖ + q s ≤ s     ⇒     every trajectory in B ends in the one fixed point
                                                      in B, whose spectral radius is at most q.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spendscape.core.arrays import Floats
from spendscape.dynamics import intervals as balls
from spendscape.dynamics.intervals import Ball, exact
from spendscape.network.lstm import BLOCK, Lstm

RADII = (1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9, 1e-10)


@dataclass(frozen=True)
class Certificates:
    """What is proved of each point [N]; NaN where nothing is.

    Attributes
    ----------
    radius : half the side of a box around h̃ that holds exactly one fixed point of the reduced map
    error : h̃ is at most so far from it, in each component
    contraction : q < 1, a bound on the spectral radius of the map at that fixed point; every trajectory
        that comes as near as the one given ends there
    """

    radius: Floats
    error: Floats
    contraction: Floats


def certify(
    weights: Lstm,
    drive: Floats,
    hidden: Floats,
    cell: Floats,
    reached: tuple[Floats, Floats] | None = None,
    radii: tuple[float, ...] = RADII,
) -> Certificates:
    """Both tests for every point; `radius` alone is a proof for points that do not attract.

    Parameters
    ----------
    drive : [N, 4M]
    hidden, cell : h̃ and c̃, [N, M] each, numerical fixed points
    reached : the hidden and cell states [N, M] where the trajectories were left; then `contraction` holds
        for a ball with that point in it, so that it is proved where the trajectory ends
    radii : boxes tried, from the largest; the first that is proved counts
    """
    left = (hidden, cell) if reached is None else reached
    blocks = [slice(first, first + BLOCK) for first in range(0, max(1, len(drive)), BLOCK)]
    parts = []
    # A box too large for exp, or a point that is not one, makes infinity or NaN: it is not certified.
    with np.errstate(all="ignore"):
        for block in blocks:
            rows = drive[block], hidden[block], cell[block]
            boxes = _krawczyk(weights, *rows[:2], radii)
            parts.append((*boxes, _contraction(weights, *rows, *(part[block] for part in left))))
    radius, error, contraction = (np.concatenate(column) for column in zip(*parts, strict=True))
    return Certificates(radius, error, contraction)


def _activity(weights: Lstm, drive: Floats, hidden: Ball) -> list[Ball]:
    """The four gates' a = drive + h R, [N, M] each."""
    units = weights.units
    whole = balls.product(hidden, weights.recurrent) + drive
    return [whole[:, k * units : (k + 1) * units] for k in range(4)]


def _reduced(weights: Lstm, drive: Floats, hidden: Ball) -> tuple[Ball, list[Ball]]:
    """G, [N, M], and its slopes ∂G/∂a of each gate."""
    i, f, g, o = _activity(weights, drive, hidden)
    forget = balls.exp(f)
    growth = forget + 1.0
    entering, candidate, leaving = balls.sigmoid(i), balls.tanh(g), balls.sigmoid(o)
    cell = entering * candidate * growth
    outer, after = leaving * balls.tanh_slope(cell), balls.tanh(cell)
    slopes = [
        outer * (balls.sigmoid_slope(i) * candidate * growth),
        outer * (entering * candidate * forget),
        outer * (entering * balls.tanh_slope(g) * growth),
        balls.sigmoid_slope(o) * after,
    ]
    return leaving * after, slopes


def _by_hidden(weights: Lstm, slopes: list[Ball], gates: list[int]) -> Ball:
    """Σ over gates of slope_m R_km, the derivative [N, M, M] by h of what has these slopes by a."""
    recurrent = np.split(weights.recurrent, 4, axis=1)
    total = exact(0.0)
    for slope, gate in zip(slopes, gates, strict=True):
        total = slope[:, :, None] * recurrent[gate].T + total
    return total


def _krawczyk(
    weights: Lstm, drive: Floats, hidden: Floats, radii: tuple[float, ...]
) -> tuple[Floats, Floats]:
    """The radius of the proved box, and the distance of h̃ from the fixed point in it; [N] each."""
    count, units = hidden.shape
    radius, error = np.full(count, np.nan), np.full(count, np.nan)
    point, slopes = _reduced(weights, drive, exact(hidden))
    inverse = inverses(np.eye(units) - _by_hidden(weights, slopes, [0, 1, 2, 3]).mid)
    defect = _length(np.abs(inverse), (point - hidden).magnitude)
    open_ = np.flatnonzero(np.isfinite(defect))
    for r in radii:
        box = Ball(hidden[open_], np.full((len(open_), units), r))
        slopes = _reduced(weights, drive[open_], box)[1]
        left = -_by_hidden(weights, slopes, [0, 1, 2, 3]) + np.eye(units)
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
    gamma = balls.product_error(len(target))
    miss = np.abs(target - outer @ inner.mid)
    size = np.abs(outer)
    spread = size @ (inner.rad + gamma * np.abs(inner.mid))
    return _up((miss + spread).sum(axis=2).max(axis=1))


def _down(value: Floats) -> Floats:
    """A bound > 0 that rounding has not made too large."""
    return np.asarray(value * (1 - 2.0**-42) - balls.TINY)


def _up(value: Floats) -> Floats:
    """A bound ≥ 0 that rounding (of sums of at most some hundred terms) has not made too small."""
    return np.asarray(value * (1 + 2.0**-42) + balls.TINY)


def inverses(matrices: Any) -> Any:
    """The inverses of matrices [N, K, K]; NaN where one is singular or not finite."""
    sound = np.isfinite(matrices).all(axis=(1, 2))
    found = np.full_like(matrices, np.nan)
    try:
        found[sound] = np.linalg.inv(matrices[sound])
    except np.linalg.LinAlgError:
        # The factors that `inv` uses tell which are singular to the last bit.
        sound[sound] = np.linalg.slogdet(matrices[sound])[1] > -np.inf
        found[sound] = np.linalg.inv(matrices[sound])
    return found


def _map(weights: Lstm, drive: Floats, hidden: Ball, cell: Ball) -> tuple[Ball, Ball]:
    """F(h, c), [N, 2M], and its Jacobian, [N, 2M, 2M]."""
    i, f, g, o = _activity(weights, drive, hidden)
    entering, kept, candidate = balls.sigmoid(i), balls.sigmoid(f), balls.tanh(g)
    leaving = balls.sigmoid(o)
    after = kept * cell + entering * candidate
    slopes = [
        balls.sigmoid_slope(i) * candidate,
        balls.sigmoid_slope(f) * cell,
        entering * balls.tanh_slope(g),
    ]
    cell_by_hidden = _by_hidden(weights, slopes, [0, 1, 2])
    outer, shown = leaving * balls.tanh_slope(after), balls.tanh(after)
    gate = _by_hidden(weights, [balls.sigmoid_slope(o) * shown], [3])
    hidden_by_hidden = outer[:, :, None] * cell_by_hidden + gate
    diagonal = np.eye(weights.units)
    upper = _join(hidden_by_hidden, (outer * kept)[:, :, None] * diagonal, axis=2)
    lower = _join(cell_by_hidden, kept[:, :, None] * diagonal, axis=2)
    return _join(leaving * shown, after, axis=1), _join(upper, lower, axis=1)


def _join(first: Ball, second: Ball, axis: int) -> Ball:
    return Ball(
        np.concatenate([first.mid, second.mid], axis), np.concatenate([first.rad, second.rad], axis)
    )


def _contraction(
    weights: Lstm,
    drive: Floats,
    hidden: Floats,
    cell: Floats,
    reached_hidden: Floats,
    reached_cell: Floats,
) -> Floats:
    """q [N] of Banach's test on a ball around (h̃, c̃) that holds the state reached; NaN if it fails."""
    units = weights.units
    moved, matrix = _map(weights, drive, exact(hidden), exact(cell))
    largest, basis = _eigenvectors(matrix.mid)
    # The norm is that of this matrix, exactly; its inverse is basis · (I − E)⁻¹ with ‖E‖ ≤ slip.
    norm = inverses(basis)
    left, right = np.abs(norm), np.abs(basis)
    slip = _times(norm, Ball(basis, np.zeros_like(right)), np.eye(2 * units))
    state = np.concatenate([hidden, cell], axis=1)
    defect = _length(left, (moved - state).magnitude)
    reached = exact(np.concatenate([reached_hidden, reached_cell], axis=1))
    # The ball holds its own image when its radius is at least defect / (1 − q); twice that is chosen.
    size = np.maximum(_length(left, (reached - state).magnitude), 2 * defect / (1 - largest))
    reach = _up(_up(right.sum(axis=2)) * (size / _down(1 - slip))[:, None])
    parts = Ball(hidden, reach[:, :units]), Ball(cell, reach[:, units:])
    around = _map(weights, drive, *parts)[1]
    gamma = 3 * balls.product_error(2 * units)
    spread = left @ (around.rad + gamma * np.abs(around.mid)) @ right
    rows = (np.abs(norm @ around.mid @ basis) + spread).sum(axis=2).max(axis=1)
    bound = _up(_up(rows) / _down(1 - slip))
    holds = (slip < 0.5) & (bound < 1) & (_up(defect + bound * size) <= size)
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
