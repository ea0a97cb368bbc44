"""The reachable outputs and the inverse map from outputs to states (MATHS §5, study III-C)."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spendscape.core.arrays import Floats
from spendscape.core.errors import DataError


def grid(units: int, points: int, maximum_rows: int) -> Floats:
    """The grid S′ over the state cube, [points^units, units], values evenly from −1 to 1.

    Raises
    ------
    DataError
        More rows than `maximum_rows`.
    """
    if points**units > maximum_rows:
        raise DataError(
            f"space.grid_points: {points} was given, which makes {points**units:,} rows with {units} units; "
            f"space.maximum_rows is {maximum_rows:,}, so take at most {int(maximum_rows ** (1 / units) + 1e-9)}"
        )
    axis = np.linspace(-1, 1, points)
    return np.stack(np.meshgrid(*[axis] * units, indexing="ij"), axis=-1).reshape(-1, units)


@dataclass(frozen=True)
class Inverse:
    """The map between states [M] and outputs [P]: O = S W + b and S = (O − b) W⁺.

    Attributes
    ----------
    weights, bias : W [M, P] and b [P]
    inverse : W⁺ [P, M], exact on the reachable outputs, the orthogonal projection off them
    origin : [M], −b W⁺, the state of the output 0
    extent : D [P], the largest reachable output of each trait (Eq. 1)
    axes : D W⁺ [P, M], the trait axes in state space (Eq. 2); the offsets cancel
    steepest : [P, M], the direction in which each trait grows fastest, of the axis' length
    rank, singular_values : of W
    """

    weights: Floats
    bias: Floats
    inverse: Floats
    origin: Floats
    extent: Floats
    axes: Floats
    steepest: Floats
    rank: int
    singular_values: Floats

    def states(self, outputs: NDArray[Any]) -> Floats:
        """States [..., M] of outputs [..., P]: L of the study's Eq. 3, with its offset."""
        return np.asarray((outputs - self.bias) @ self.inverse)


def invert(weights: Floats, bias: Floats) -> Inverse:
    """The closed forms of MATHS §5 for an output layer W [M, P], b [P], of any M and P.

    W⁺ = Wᵀ(WWᵀ)⁻¹ for P ≥ M and full rank, in general the pseudo-inverse through the SVD.
    A trait that no state brings above 0 has extent ≤ 0 and so an axis that points away from it;
    its extent is reported as it is, and its axis has length 0.
    """
    singular_values = np.linalg.svd(weights, compute_uv=False)
    inverse = np.asarray(np.linalg.pinv(weights), dtype=np.float64)
    extent = np.abs(weights).sum(axis=0) + bias
    axes = np.maximum(extent, 0)[:, None] * inverse
    columns = weights.T / np.maximum(np.linalg.norm(weights, axis=0), np.finfo(float).tiny)[:, None]
    return Inverse(
        weights,
        bias,
        inverse,
        -bias @ inverse,
        extent,
        axes,
        columns * np.linalg.norm(axes, axis=1, keepdims=True),
        int(np.linalg.matrix_rank(weights)),
        np.asarray(singular_values, dtype=np.float64),
    )


def regression(states: Floats, outputs: Floats) -> tuple[Floats, Floats]:
    """Inverse regression on a grid: least squares of states on outputs through the SVD.

    The data are centred first and the intercept stays out of the minimum-norm penalty, as the
    outputs [K, P] of states [K, M] have rank M only (MATHS §5).

    Returns
    -------
    slope [P, M], intercept [M] : states = outputs · slope + intercept
    """
    mean_output, mean_state = outputs.mean(axis=0), states.mean(axis=0)
    slope = np.linalg.lstsq(outputs - mean_output, states - mean_state, rcond=1e-10)[0]
    return slope, mean_state - mean_output @ slope


def literal(states: Floats, outputs: Floats) -> tuple[Floats, float]:
    """The study's printed formula (O′ᵀO′)⁻¹(O′ᵀS′) with `inv`, shown because it must not be used.

    O′ with its bias column has rank M + 1 of P + 1, so the inverse does not exist; NumPy may return
    numbers all the same.

    Returns
    -------
    coefficients [P + 1, M], and the largest error with which they miss the grid (infinite when
    NumPy refuses to invert)
    """
    design = np.column_stack([outputs, np.ones(len(outputs))])
    try:
        found = np.linalg.inv(design.T @ design) @ (design.T @ states)
    except np.linalg.LinAlgError:
        return np.full((design.shape[1], states.shape[1]), np.nan), float("inf")
    return found, float(np.abs(design @ found - states).max())
