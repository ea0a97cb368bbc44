"""Proofs that a fixed point exists, is the only one nearby, and attracts (maths §6, docs/explanation/dynamics.md).

Two tests in ball arithmetic, for all inputs at once. A proof is of the map with exactly the given float64
weights and drive. Where a test fails nothing is said: there may be a fixed point all the same.

Krawczyk's test on the M equations G(h) = h. With Y ≈ (I − G′(h̃))⁻¹ and the box X of radius r around h̃,

    |Y (G(h̃) − h̃)| + |I − Y (I − G′(X))| r < r     ⇒     X holds exactly one fixed point.

Banach's theorem on the whole map F of z = (h, c). With W ≈ V⁻¹, V the eigenvectors of F′ at z̃ or nearby,
‖x‖ = max |W x| and the ball B of radius s around z̃ in this norm,

    q = ‖F′(B)‖ < 1,   ‖F(z̃) − z̃‖ + q s ≤ s     ⇒     every trajectory in B ends in the one fixed point
                                                      in B, whose spectral radius is at most q.

For z̃ = (h̃, c*), with the memory that is at rest while the hidden state is held at h̃, F(z̃) − z̃ = (G(h̃) − h̃, 0). So G
in ball arithmetic serves both.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Inexact, Int

from spendscape.core.arrays import Array, Floats, Indices
from spendscape.dynamics import intervals
from spendscape.dynamics.intervals import Ball, exact
from spendscape.dynamics.maps import inverses, matmul, rows
from spendscape.dynamics.rollout import Rollout
from spendscape.network.cell import Cell
from spendscape.network.trajectories import BLOCK

# Of a neighbour's norm it is asked that it shrinks by this factor or a smaller one.
FAST = 0.995
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


@dataclass(frozen=True)
class Norms:
    """Norms ‖x‖ = max |W x|, in which a map contracts if its Jacobian is near to the one given.

    Attributes
    ----------
    matrix : W, exactly
    basis : nearly its inverse, which is basis · (I − E)⁻¹
    slip : a bound on ‖E‖
    span : the sums of |basis| by rows
    """

    matrix: Inexact[Array, "N K K"]
    basis: Inexact[Array, "N K K"]
    slip: Float[Floats, " N"]
    span: Float[Floats, "N K"]

    @classmethod
    def of(cls, jacobians: Float[Floats, "N K K"]) -> "Norms":
        """W ≈ V⁻¹, V the eigenvectors; NaN where a Jacobian is not finite."""
        sound = np.isfinite(jacobians).all(axis=(1, 2))
        basis = np.full(jacobians.shape, np.nan, dtype=np.complex128)
        basis[sound] = np.linalg.eig(jacobians[sound]).eigenvectors
        return cls._about(inverses(basis), basis)

    @classmethod
    def shared(
        cls, jacobians: Float[Floats, "N K K"], near: Int[Indices, "N L"], floor: float = 0.03
    ) -> "Norms":
        """Real ones, in which those other Jacobians shrink too that are named for each of these.

        The basis is that of the eigenvectors, a pair's real and imaginary parts, each with the weight that makes the
        largest ‖W J V‖ of the others about as small as weights can: the eigenvector of the largest
        |W J V| (Perron), to whose components `floor` is added.
        """
        values, vectors = np.linalg.eig(jacobians)
        basis = np.where(values.imag[:, None] < 0, vectors.imag, vectors.real)
        basis /= np.linalg.norm(basis, axis=1, keepdims=True)
        matrix = inverses(basis)
        sizes = np.abs(matrix[:, None] @ jacobians[near] @ basis[:, None]).max(axis=1) + floor
        weights = np.ones((*basis.shape[:2], 1))
        for _ in range(20):
            weights = sizes @ weights
            weights /= weights.max(axis=1, keepdims=True)
        return cls._about(matrix / weights, basis * np.swapaxes(weights, 1, 2))

    @classmethod
    def _about(cls, matrix: Array, basis: Array) -> "Norms":
        slip = _times(matrix, Ball(basis, np.zeros(basis.shape)), np.eye(basis.shape[2]))
        return cls(matrix, basis, slip, _up(np.abs(basis).sum(axis=2)))

    def take(self, chosen: Indices) -> "Norms":
        """Some of them, with repetitions."""
        return Norms(*(rows(values, chosen) for values in vars(self).values()))


def certify(
    cell: Cell,
    drive: Float[Floats, "N D"],
    hidden: Float[Floats, "N M"],
    memory: Float[Floats, "N K"],
    reached: tuple[Float[Floats, "N M"], Float[Floats, "N K"]] | None = None,
    radii: tuple[float, ...] = RADII,
    norms: Norms | None = None,
) -> Certificates:
    """Both tests for every point; `radius` alone is a proof for points that do not attract.

    Parameters
    ----------
    hidden, memory : h̃ and c̃, numerical fixed points
    reached : the state where each trajectory was left; then `contraction` holds for a ball with that
        state in it, so that it is proved where the trajectory ends
    radii : boxes tried, from the largest; the first that is proved counts
    norms : for Banach's test, say those of neighbours; None for those of the points themselves, which
        give the smallest contraction, and take most of the time
    """
    left = (hidden, memory) if reached is None else reached
    blocks = [slice(first, first + BLOCK) for first in range(0, max(1, len(drive)), BLOCK)]
    parts = []
    # A box too large for exp, or a point that is not one, makes infinity or NaN: it is not certified.
    with np.errstate(all="ignore"):
        for block in blocks:
            here = [np.asfortranarray(values[block]) for values in (drive, hidden, memory, *left)]
            point, end = Rollout(*here[1:3]), Rollout(*here[3:])
            shown, rest = cell.reduced_map(here[0], exact(point.hidden), intervals)
            off = Rollout((shown - point.hidden).magnitude, (rest - point.memory).magnitude)
            boxes = _krawczyk(cell, here[0], point.hidden, off.hidden, radii)
            own = None if norms is None else Norms(*(part[block] for part in vars(norms).values()))
            parts.append((*boxes, _contraction(cell, here[0], point, off, end, own)))
    radius, error, contraction = (np.concatenate(column) for column in zip(*parts, strict=True))
    return Certificates(radius, error, contraction)


def _krawczyk(
    cell: Cell, drive: Floats, hidden: Floats, miss: Floats, radii: tuple[float, ...]
) -> tuple[Floats, Floats]:
    """The radius of the proved box, and the distance of h̃ from the fixed point in it; [N] each.

    `miss` is a bound on |G(h̃) − h̃|.
    """
    count, units = hidden.shape
    radius, error = np.full(count, np.nan), np.full(count, np.nan)
    open_ = np.flatnonzero(np.isfinite(miss).all(axis=1))
    for r in radii:
        box = Ball(rows(hidden, open_), np.full((units, len(open_)), r).T)
        matrix = cell.reduced_map_and_jacobian(rows(drive, open_), box, intervals)[2]
        left = -matrix + np.eye(units)
        # Any Y gives a true proof; the midpoint's gives one of the largest boxes.
        inverse = inverses(left.mid)
        defect = _length(np.abs(inverse), rows(miss, open_))
        shrink = _times(inverse, left, np.eye(units))
        proved = _up(defect + shrink * r) < r
        found = open_[proved]
        radius[found] = r
        error[found] = _up(defect[proved] / _down(1 - shrink[proved]))
        open_ = open_[~proved]
        if not len(open_):
            break
    return radius, error


def _times(outer: Array, inner: Ball, target: Floats) -> Floats:
    """A bound on ‖target − outer · inner‖ in the maximum norm, [N]."""
    gamma = intervals.product_error(len(target))
    miss = np.abs(target - matmul(outer, inner.mid))
    spread = matmul(np.abs(outer), inner.rad + gamma * np.abs(inner.mid))
    return _up((miss + spread).sum(axis=2).max(axis=1))


def _down(value: Floats) -> Floats:
    """A bound > 0 that rounding has not made too large."""
    return np.asarray(value * (1 - 2.0**-42) - intervals.TINY)


def _up(value: Floats) -> Floats:
    """A bound ≥ 0 that rounding (of sums of at most some hundred terms) has not made too small."""
    return np.asarray(value * (1 + 2.0**-42) + intervals.TINY)


def _contraction(
    cell: Cell,
    drive: Floats,
    point: Rollout,
    off: Rollout,
    reached: Rollout,
    norms: Norms | None,
) -> Floats:
    """q [N] of Banach's test on a ball around (h̃, c*) that holds the state reached; NaN if it fails.

    `off` are bounds on |G(h̃) − h̃| and on |c* − c̃|.
    """
    hidden, memory, units = point.hidden, point.memory, cell.units
    # The ball holds its own image when its radius is at least defect / (1 − q); twice that is chosen.
    room = 2.0 / (1 - FAST)
    if norms is None:
        matrix = cell.step_and_jacobian(drive, hidden, memory)[2]
        norms = Norms.of(matrix)
        own = np.abs(_turned(norms, matrix)).sum(axis=2).max(axis=1)
        room = 2.0 / (1 - own)
    size = np.abs(norms.matrix)
    defect = _length(size[:, :, :units], off.hidden)
    # The ball is around c*, and what is proved of it around c̃, which is as good as the same.
    shift = _length(size[:, :, units:], off.memory)
    end = np.concatenate([reached.hidden, reached.memory], axis=1)
    away = (exact(end) - np.concatenate([hidden, memory], axis=1)).magnitude
    radius = np.maximum(_up(_length(size, away) + shift), room * defect)
    slip = norms.slip
    reach = _up(norms.span * (_up(radius + shift) / _down(1 - slip))[:, None])
    ball = Ball(hidden, reach[:, :units]), Ball(memory, reach[:, units:])
    around = cell.step_and_jacobian(drive, *ball, intervals)[2]
    error = around.rad + 3 * intervals.product_error(size.shape[1]) * np.abs(around.mid)
    spread = _apply(size, _apply(error, norms.span))
    bounds = (_sizes(_turned(norms, around.mid)).sum(axis=2) + spread).max(axis=1)
    bound = _up(_up(bounds) / _down(1 - slip))
    holds = (slip < 0.5) & (bound < 1) & (_up(defect + bound * radius) <= radius)
    return np.where(holds, bound, np.nan)


def _turned(norms: Norms, matrices: Floats) -> Array:
    """W · J · basis."""
    return matmul(matmul(norms.matrix, matrices), norms.basis)


def _apply(matrices: Floats, vectors: Floats) -> Floats:
    """The products [N, K] of matrices and vectors."""
    return np.asarray(np.einsum("nij,nj->ni", matrices, vectors))


def _sizes(values: Array) -> Floats:
    """Bounds on |z|, four times as fast as `np.abs`: up to 1e-150, which what underflows comes to."""
    if not np.iscomplexobj(values):
        return np.abs(values)
    squares = np.square(values.real) + np.square(values.imag)
    return np.asarray(np.sqrt(squares) * (1 + 2.0**-48) + 1e-150)


def _length(size: Floats, magnitude: Floats) -> Floats:
    """A bound on max |W x|, [N], of |W| and |x|."""
    return _up(_apply(size, magnitude).max(axis=1))
