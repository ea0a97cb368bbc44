"""Plain floats as the arithmetic that a cell's map is written in (`network.cell.Arithmetic`)."""

from typing import Any

import numpy as np

from spendscape.core.arrays import Floats

# exp overflows beyond; a forget gate is 1 to the last bit long before.
LARGEST_EXPONENT = 700.0
# Multiplications up to which OpenBLAS leaves a matrix product to one thread. Several threads that wait for each other
# take many times as long for such narrow matrices, above all beside other work.
ONE_THREAD = 2**18


def exp(a: Floats) -> Floats:
    """eᵃ, and e⁷⁰⁰ for a larger a, so that it stays finite."""
    return np.asarray(np.exp(np.minimum(a, LARGEST_EXPONENT)))


def sigmoid(a: Floats) -> Floats:
    """σ(a) = 1 / (1 + e⁻ᵃ), also where it is tiny right to a few units in the last place."""
    # Three times as fast as scipy.special.expit; e⁻ᵃ may overflow, and σ is 0 then.
    value = np.negative(a)
    with np.errstate(over="ignore"):
        np.exp(value, out=value)
    value += 1
    return np.divide(1, value, out=value)


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
    """The matrix product of [..., K] by [K, L] in float64, in memory as its left side is.

    The maps of a cell keep the order of what they are given. Unit by unit (`order="F"`), many customers'
    numbers of one gate lie side by side, which is several times as fast as customer by customer.
    """
    left = np.asarray(left, dtype=np.float64)
    if left.ndim == 2 and left.flags.f_contiguous:
        found = np.empty((right.shape[1], len(left)))
        step = max(1, ONE_THREAD // max(1, right.size))
        for first in range(0, len(left), step):
            some = slice(first, first + step)
            np.matmul(right.T, left.T[:, some], out=found[:, some])
        return found.T
    # One product of many rows, not one of a few rows for each customer.
    flat = left.reshape(-1, left.shape[-1]) @ right
    return np.asarray(flat.reshape(*left.shape[:-1], right.shape[1]))


def matrices(rows: Floats, columns: int) -> Floats:
    """Matrices [..., M, K] whose rows stand one after the other in the last axis [..., M · K]."""
    return rows.reshape(*rows.shape[:-1], rows.shape[-1] // columns, columns)


def parts(whole: Floats, count: int) -> list[Floats]:
    """The last axis cut into parts of equal size."""
    # `np.split` takes longer than what a step of a few customers does with the parts.
    width = whole.shape[-1] // count
    return [whole[..., k * width : (k + 1) * width] for k in range(count)]


def join(parts: list[Any], axis: int) -> Floats:
    """Arrays put side by side along an axis."""
    return np.concatenate(parts, axis)
