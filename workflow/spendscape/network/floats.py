"""Plain floats as the arithmetic that a cell's map is written in (`network.cell.Arithmetic`)."""

from typing import Any

import numpy as np
from scipy.special import expit

from spendscape.core.arrays import Floats

# exp overflows beyond; a forget gate is 1 to the last bit long before.
LARGEST_EXPONENT = 700.0


def exp(a: Floats) -> Floats:
    """eᵃ, and e⁷⁰⁰ for a larger a, so that it stays finite."""
    return np.asarray(np.exp(np.minimum(a, LARGEST_EXPONENT)))


def sigmoid(a: Floats) -> Floats:
    """σ(a) = 1 / (1 + e⁻ᵃ)."""
    return np.asarray(expit(a))


def sigmoid_slope(a: Floats, value: Floats) -> Floats:
    """σ′(a), where `value` is σ(a)."""
    return value * (1 - value)


def tanh(a: Floats) -> Floats:
    """The hyperbolic tangent."""
    return np.asarray(np.tanh(a))


def tanh_slope(a: Floats, value: Floats) -> Floats:
    """tanh′(a), where `value` is tanh a."""
    return 1 - value**2


def damped(small: Floats, large: Floats) -> Floats:
    """small · large, where 0 · (a huge number) is 0: a saturated unit does not answer."""
    return np.where(small == 0, 0.0, small * large)


def product(left: Floats, right: Floats) -> Floats:
    """The matrix product."""
    return np.asarray(left @ right)


def join(parts: list[Any], axis: int) -> Floats:
    """Arrays put side by side along an axis."""
    return np.concatenate(parts, axis)
