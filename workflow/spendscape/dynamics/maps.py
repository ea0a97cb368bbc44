"""Linear algebra of a cell's maps, for many inputs at once: eigenvalues, tangents, Newton's steps (maths §6)."""

from typing import Any

import numpy as np
from jaxtyping import Complex128, Float, Inexact

from spendscape.core.arrays import Array, Floats, Indices
from spendscape.network.cell import Cell


def rows(values: Float[Floats, "N K"], chosen: Indices) -> Float[Floats, "K2 K"]:
    """Some rows, unit by unit in memory: the order in which the maps are fastest (`floats.product`)."""
    return values.T.take(chosen, axis=1).T


def eigenvalues(
    cell: Cell,
    drive: Float[Floats, "N D"],
    hidden: Float[Floats, "N M"],
    memory: Float[Floats, "N K"],
) -> Complex128[Array, "N M+K"]:
    """Those of the Jacobian of (h, c); NaN where it is not finite."""
    matrices = np.ascontiguousarray(cell.step_and_jacobian(drive, hidden, memory)[2])
    finite = np.isfinite(matrices).all(axis=(1, 2))
    found = np.full(matrices.shape[:2], np.nan, dtype=np.complex128)
    found[finite] = np.linalg.eigvals(matrices[finite])
    return found


def spectral_radius(
    cell: Cell,
    drive: Float[Floats, "N D"],
    hidden: Float[Floats, "N M"],
    memory: Float[Floats, "N K"],
) -> Float[Floats, " N"]:
    """ρ of the Jacobian of (h, c); NaN where it is not finite."""
    return np.asarray(np.abs(eigenvalues(cell, drive, hidden, memory)).max(axis=1, initial=0))


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
    """The solutions by cross products; the study's three units, in a fifth of LAPACK's time."""
    one, two, three = (left[:, :, k].T for k in range(3))
    cross = _cross(two, three)
    both = np.stack([cross, _cross(three, one), _cross(one, two)])
    found = (both * right.T).sum(axis=1) / (one * cross).sum(axis=0)
    return np.where(np.isfinite(found), found, np.nan).T


def _cross(a: Floats, b: Floats) -> Floats:
    """a × b of vectors [3, N]."""
    return np.stack(
        [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
    )


def inverses(matrices: Inexact[Array, "N K K"]) -> Inexact[Array, "N K K"]:
    """The inverses; NaN where a matrix is singular or not finite."""
    sound: Any = np.isfinite(matrices).all(axis=(1, 2))
    found = np.full_like(matrices, np.nan)
    try:
        found[sound] = np.linalg.inv(matrices[sound])
    except np.linalg.LinAlgError:
        # The factors that `inv` uses tell which are singular to the last bit.
        sound[sound] = np.linalg.slogdet(matrices[sound])[1] > -np.inf
        found[sound] = np.linalg.inv(matrices[sound])
    return found
