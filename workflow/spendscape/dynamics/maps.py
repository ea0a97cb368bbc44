"""Linear algebra of a cell's maps, for many inputs at once: eigenvalues, tangents, Newton's steps (maths §6)."""

from typing import Any

import numpy as np
from jaxtyping import Complex128, Float, Inexact

from spendscape.core.arrays import Array, Floats
from spendscape.network.cell import Cell


def eigenvalues(
    cell: Cell,
    drive: Float[Floats, "N D"],
    hidden: Float[Floats, "N M"],
    memory: Float[Floats, "N K"],
) -> Complex128[Array, "N M+K"]:
    """Those of the Jacobian of (h, c); NaN where it is not finite."""
    matrices = cell.step_and_jacobian(drive, hidden, memory)[2]
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
    try:
        return np.asarray(np.linalg.solve(left, right[:, :, None])[:, :, 0])
    except np.linalg.LinAlgError:
        sound = np.isfinite(left).all(axis=(1, 2)) & (np.abs(np.linalg.det(left)) > 1e-300)
        solution = np.full_like(right, np.nan)
        solution[sound] = np.linalg.solve(left[sound], right[sound][:, :, None])[:, :, 0]
        return solution


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
