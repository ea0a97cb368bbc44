"""The reachable outputs and the inverse map from outputs to states (maths §5, study III-C)."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from spendscape.core.arrays import Array, Floats


def grid(units: int, points: int) -> Float[Floats, "{points**units} {units}"]:
    """The grid S′ over the state cube: `points` even values from −1 to 1 on each axis."""
    axis = np.linspace(-1, 1, points)
    return np.stack(np.meshgrid(*[axis] * units, indexing="ij"), axis=-1).reshape(-1, units)


@dataclass(frozen=True)
class Inverse:
    """The map between states and outputs: O = S W + b and S = (O − b) W⁺.

    Attributes
    ----------
    weights, bias : W and b of the output layer
    inverse : W⁺, exact on the reachable outputs; off them the outputs are projected orthogonally first
    origin : −b W⁺, the state of the output 0
    extent : D, the largest reachable output of each trait (Eq. 1)
    axes : D W⁺, the trait axes in state space (Eq. 2); the offsets cancel
    steepest : the direction in which each trait grows fastest, as long as the trait's axis
    rank, singular_values : of W
    """

    weights: Float[Floats, "M P"]
    bias: Float[Floats, "P"]
    inverse: Float[Floats, "P M"]
    origin: Float[Floats, "M"]
    extent: Float[Floats, "P"]
    axes: Float[Floats, "P M"]
    steepest: Float[Floats, "P M"]
    rank: int
    singular_values: Float[Floats, "K"]

    def states(self, outputs: Float[Array, "... P"]) -> Float[Floats, "... M"]:
        """The states that have these outputs: L of the study's Eq. 3, with its offset."""
        return np.asarray((outputs - self.bias) @ self.inverse)


def invert(weights: Float[Floats, "M P"], bias: Float[Floats, "P"]) -> Inverse:
    """The closed forms of maths §5 for an output layer of any numbers of units and traits.

    W⁺ = Wᵀ(WWᵀ)⁻¹ for P ≥ M and full rank, in general the pseudo-inverse through the SVD.
    A trait that no state brings above 0 has an extent ≤ 0, and its axis would point away from it:
    the extent is reported as it is, and the axis has length 0.
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


def regression(
    states: Float[Floats, "K M"], outputs: Float[Floats, "K P"]
) -> tuple[Float[Floats, "P M"], Float[Floats, "M"]]:
    """Inverse regression on a grid: least squares of states on outputs through the SVD.

    The data are centred first and the intercept stays out of the minimum-norm penalty, because the
    outputs have no higher rank than the states (maths §5).

    Returns
    -------
    slope, intercept : states = outputs · slope + intercept
    """
    mean_output, mean_state = outputs.mean(axis=0), states.mean(axis=0)
    slope = np.linalg.lstsq(outputs - mean_output, states - mean_state, rcond=1e-10)[0]
    return slope, mean_state - mean_output @ slope


def literal(
    states: Float[Floats, "K M"], outputs: Float[Floats, "K P"]
) -> tuple[Float[Floats, "P+1 M"], float]:
    """The study's printed formula (O′ᵀO′)⁻¹(O′ᵀS′) with `inv`, shown because it must not be used.

    O′ with its bias column has rank M + 1 of P + 1, so the inverse does not exist; NumPy may return
    numbers all the same.

    Returns
    -------
    The coefficients, the last row being the intercept, and the largest error with which they miss
    the grid; infinite when NumPy refuses to invert.
    """
    design = np.column_stack([outputs, np.ones(len(outputs))])
    try:
        found = np.linalg.inv(design.T @ design) @ (design.T @ states)
    except np.linalg.LinAlgError:
        return np.full((design.shape[1], states.shape[1]), np.nan), float("inf")
    return found, float(np.abs(design @ found - states).max())
