"""Linear algebra of a cell's maps, for many inputs at once: eigenvalues, tangents, Newton's steps (maths §6)."""

from typing import Any

import numpy as np
from jaxtyping import Complex128, Float, Inexact

from spendscape.core.arrays import Array, Floats, Indices
from spendscape.network.cell import Cell


def rows(values: Inexact[Array, "N *k"], chosen: Indices) -> Inexact[Array, "N2 *k"]:
    """Some rows, unit by unit in memory: the order in which the maps are fastest (`floats.product`)."""
    return values.T.take(chosen, axis=-1).T


def eigenvalues(
    cell: Cell,
    drive: Float[Floats, "N D"],
    hidden: Float[Floats, "N M"],
    memory: Float[Floats, "N K"],
) -> Complex128[Array, "N M+K"]:
    """Those of the Jacobian of (h, c); NaN where it is not finite."""
    return _eigenvalues(np.ascontiguousarray(cell.step_and_jacobian(drive, hidden, memory)[2]))


def _eigenvalues(matrices: Floats) -> Array:
    finite = np.isfinite(matrices).all(axis=(1, 2))
    found = np.full(matrices.shape[:2], np.nan, dtype=np.complex128)
    found[finite] = np.linalg.eigvals(matrices[finite])
    return found


def spectral_radius(jacobians: Float[Floats, "N K K"], units: int) -> Float[Floats, " N"]:
    """ρ of Jacobians of (h, c), of which h comes first; NaN where one is not finite.

    Where three eigenvalues are larger than all others, as in an LSTM of three units whose memory is slow and whose
    gates are quick, they are computed in closed form; where that is not exact to 1e-10, and for
    other sizes, by LAPACK.
    """
    found = np.full(len(jacobians), np.nan)
    if (jacobians.shape[1] - units or units) == 3:
        found = _largest_of_three(jacobians, units)
    rest = np.flatnonzero(np.isnan(found))
    if len(rest):
        values = _eigenvalues(np.ascontiguousarray(jacobians[rest]))
        found[rest] = np.abs(values).max(axis=1, initial=0)
    return found


def _largest_of_three(
    jacobians: Floats, units: int, rounds: int = 9, exact: float = 1e-9
) -> Floats:
    """ρ of those whose memory holds the three largest eigenvalues; NaN where this is not certain."""
    slow, others = jacobians, np.zeros(len(jacobians))
    lost = np.zeros(len(jacobians))
    if jacobians.shape[1] > units:
        a, b = jacobians[:, :units, :units], jacobians[:, :units, units:]
        c, slow = jacobians[:, units:, :units], jacobians[:, units:, units:]
        e, shown = slow, np.zeros_like(b)
        # The subspace (shown · x, x) that the map keeps, by iteration, which turns every other one into it.
        for _ in range(rounds):
            before, shown = shown, matmul(matmul(a, shown) + b, inverses(slow))
            slow = matmul(c, shown) + e
        lost = np.abs(shown - before).max(axis=(1, 2))
        others = np.abs(a - matmul(shown, c)).sum(axis=2).max(axis=1)
    # The roots of the characteristic polynomial, t³ − 3 p t − 2 q around their mean.
    mean = np.trace(slow, axis1=1, axis2=2) / 3
    around = slow - mean[:, None, None] * np.eye(3)
    p = np.einsum("nij,nji->n", around, around) / 6
    q = _cofactors(around)[1] / 2
    turn = q * q - p**3
    size = np.sqrt(np.abs(p))
    angle = np.arccos(np.clip(q / size**3, -1, 1)) / 3
    ends = [np.abs(mean + 2 * size * np.cos(angle + at)) for at in (0, 2 * np.pi / 3)]
    u = np.cbrt(np.abs(q) + np.sqrt(np.maximum(turn, 0)))
    v, sign = p / u, np.sign(q)
    pair = np.hypot(mean - sign * (u + v) / 2, np.sqrt(0.75) * (u - v))
    complex_ = np.maximum(np.abs(mean + sign * (u + v)), pair)
    radius = np.where(turn < 0, np.maximum(*ends), complex_)
    certain = (lost < exact) & (others < radius) & (np.abs(turn) > 1e-9 * (q * q + size**6))
    return np.where(certain, radius, np.nan)


def tangent(
    cell: Cell, drive: Float[Floats, "N D"], hidden: Float[Floats, "N M"]
) -> Float[Floats, "N M C"]:
    """How the fixed point moves with the input, (I − ∂G/∂h)⁻¹ ∂G/∂u (maths §6)."""
    jacobian = cell.reduced_map_and_jacobian(drive, hidden)[2]
    left = np.eye(cell.units) - jacobian
    return np.asarray(np.linalg.solve(left, cell.input_jacobian(drive, hidden)))


def solve(left: Float[Floats, "N M M"], right: Float[Floats, "N M"]) -> Float[Floats, "N M"]:
    """The solutions x of left · x = right; NaN where a matrix is singular."""
    if right.shape[1] == 3:
        return _cramer(left, right)
    left = np.ascontiguousarray(left)
    try:
        return np.asarray(np.linalg.solve(left, right[:, :, None])[:, :, 0])
    except np.linalg.LinAlgError:
        sound = np.isfinite(left).all(axis=(1, 2)) & (np.abs(np.linalg.det(left)) > 1e-300)
        solution = np.full_like(right, np.nan)
        solution[sound] = np.linalg.solve(left[sound], right[sound][:, :, None])[:, :, 0]
        return solution


def _cramer(left: Floats, right: Floats) -> Floats:
    """The solutions by Cramer's rule; the study's three units, in a fifth of LAPACK's time."""
    minors, volume = _cofactors(left)
    found = np.einsum("ijn,in->jn", minors, right.T) / volume
    return np.where(np.isfinite(found), found, np.nan).T


def _cofactors(matrices: Array) -> tuple[Array, Array]:
    """Those of matrices [N, 3, 3], as [3, 3, N], and the determinants [N]."""
    found = np.empty((3, 3, len(matrices)), dtype=matrices.dtype)
    rows = [matrices[:, i].T for i in range(3)]
    for i in range(3):
        one, two = rows[i - 2], rows[i - 1]
        for j in range(3):
            np.multiply(one[j - 2], two[j - 1], out=found[i, j])
            found[i, j] -= one[j - 1] * two[j - 2]
    return found, (rows[0] * found[0]).sum(axis=0)


def inverses(matrices: Inexact[Array, "N K K"]) -> Inexact[Array, "N K K"]:
    """The inverses; NaN where a matrix is singular or not finite."""
    if matrices.shape[1] == 3:
        minors, volume = _cofactors(matrices)
        minors /= np.where(volume == 0, np.nan, volume)
        return minors.T
    sound: Any = np.isfinite(matrices).all(axis=(1, 2))
    found = np.full_like(matrices, np.nan)
    try:
        found[sound] = np.linalg.inv(matrices[sound])
    except np.linalg.LinAlgError:
        # The factors that `inv` uses tell which are singular to the last bit.
        sound[sound] = np.linalg.slogdet(matrices[sound])[1] > -np.inf
        found[sound] = np.linalg.inv(matrices[sound])
    return found


def matmul(
    left: Inexact[Array, "N K K"], right: Inexact[Array, "N K K"]
) -> Inexact[Array, "N K K"]:
    """The products of matrices, fast where customers lie side by side in memory."""
    return np.asarray(np.einsum("nij,njk->nik", left, right))
