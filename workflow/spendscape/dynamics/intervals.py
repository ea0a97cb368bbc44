"""Numbers that are known up to a radius: an arithmetic whose results hold with certainty.

It has the functions that a cell's map is written in (`network.cell.Arithmetic`). A ball ⟨mid, rad⟩ stands for every real number x with |x − mid| ≤ rad. Each operation returns a ball
that holds every value the operation can take, rounding included (midpoint-radius arithmetic, Rump 1999).

What is assumed of the machine, and nothing else:

- `+ − × ÷` and `√` are those of IEEE 754 in double precision, rounded to nearest: relative error at
  most u = 2⁻⁵³, or half the smallest subnormal number where a product underflows;
- `numpy.exp` has a relative error of at most 2⁻⁵⁰ (eight u; glibc states less than one ulp, NumPy's own
  kernels less), or an absolute one of 10⁻³⁰⁰. A test holds it against 40-digit arithmetic.

Every radius is computed from sums and products of numbers ≥ 0, at most a dozen of them in a row, so that
`SLACK` covers what rounding takes from it. NaN and infinity pass through, and no comparison holds for NaN.
"""

from dataclasses import dataclass
from typing import Any, Union

import numpy as np

from spendscape.core.arrays import Floats
from spendscape.network import floats

ROUNDING = 2.0**-53
LIBRARY = 2.0**-50
SLACK = 1 + 2.0**-48
TINY = 1e-300


@dataclass(frozen=True)
class Ball:
    """Arrays of midpoints (real, or complex for matrix products) and radii, of one shape."""

    # Any, because NumPy gives numbers, not arrays, of no dimensions.
    mid: Any
    rad: Any

    @property
    def shape(self) -> tuple[int, ...]:
        """Of the array of balls; with `dtype` an annotation such as `Float[Ball, "N M"]` is checked."""
        return np.shape(self.mid)

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type of the midpoints."""
        return np.asarray(self.mid).dtype

    def __add__(self, other: Union["Ball", Floats, float]) -> "Ball":
        theirs, radius = (other.mid, other.rad) if isinstance(other, Ball) else (other, None)
        mid = self.mid + theirs
        rad = ROUNDING * np.abs(mid)
        rad += self.rad
        if radius is not None:
            rad += radius
        return Ball(mid, _up(rad))

    def __neg__(self) -> "Ball":
        return Ball(-self.mid, self.rad)

    def __sub__(self, other: Union["Ball", Floats, float]) -> "Ball":
        return self + -other

    def __mul__(self, other: Union["Ball", Floats, float]) -> "Ball":
        if not isinstance(other, Ball):
            mid = self.mid * other
            return Ball(mid, _up(ROUNDING * np.abs(mid) + self.rad * np.abs(other)))
        mid = self.mid * other.mid
        size = np.abs(other.mid)
        size += other.rad
        rad = self.rad * size
        rad += np.abs(self.mid) * other.rad
        rad += ROUNDING * np.abs(mid)
        return Ball(mid, _up(rad))

    def __getitem__(self, key: Any) -> "Ball":
        return Ball(self.mid[key], self.rad[key])

    @property
    def magnitude(self) -> Floats:
        """The largest |x| in the ball."""
        return np.asarray(_up(np.abs(self.mid) + self.rad))


def exact(value: Ball | Floats | float) -> Ball:
    """A ball as it is; a number as the ball that holds it alone."""
    if isinstance(value, Ball):
        return value
    mid = np.asarray(value, dtype=np.float64)
    return Ball(mid, np.zeros_like(mid))


def _up(radius: Any) -> Any:
    """A radius that rounding has not made too small, in the place of the one given."""
    radius *= SLACK
    radius += TINY
    return radius


def exp(ball: Ball) -> Ball:
    """eˣ."""
    mid = np.exp(ball.mid)
    return Ball(mid, _up((mid + TINY) * _growth(ball.rad)))


def sigmoid(ball: Ball) -> Ball:
    """σ(x) = 1 / (1 + e⁻ˣ)."""
    # ln σ answers to ln e⁻ˣ with a slope in (−1, 0), so that the error of exp comes through at most whole;
    # the sum and the quotient add 2u: `mid` is right to 10u, σ′ = σ (1 − σ) to 12u σ.
    # ln σ′ has a slope in (−1, 1), so that σ changes by σ′ (eʳ − 1) at most.
    mid = floats.sigmoid(ball.mid)
    rad = (1 + 2 * LIBRARY) - mid
    rad *= _growth(ball.rad)
    rad += 2 * LIBRARY
    rad *= mid + TINY
    return Ball(mid, _up(rad))


def sigmoid_slope(ball: Ball, value: Ball) -> Ball:
    """σ′(x) = σ(x) (1 − σ(x)), where `value` is `sigmoid(ball)`."""
    at = value.mid
    mid = at * (1 - at)
    rad = (mid + (2 * LIBRARY + TINY)) * _bend(1 - 2 * at, ball.rad)
    rad += 2 * LIBRARY
    return Ball(mid, _up(rad))


def tanh(ball: Ball) -> Ball:
    """tanh x = 2 σ(2x) − 1."""
    half = sigmoid(Ball(2 * ball.mid, 2 * ball.rad))
    mid, rad = 2 * half.mid, 2 * half.rad
    mid -= 1
    rad += 2 * ROUNDING
    return Ball(mid, rad)


def tanh_slope(ball: Ball, value: Ball) -> Ball:
    """1 − tanh² x = 4 σ′(2x), where `value` is `tanh(ball)`."""
    at = value.mid
    # `at` is right to 22u.
    mid = (1 - at) * (1 + at)
    rad = (mid + 6 * LIBRARY) * _bend(at, 2 * ball.rad)
    rad += 6 * LIBRARY
    return Ball(mid, _up(rad))


def _growth(rad: Any) -> Any:
    """A bound on eʳ − 1."""
    growth = np.exp(rad)
    growth -= 1 - 4 * LIBRARY
    return growth


def _bend(slope: Any, rad: Any) -> Any:
    """A bound on the change of σ′ over a radius, as a share of it; `slope` is σ″ / σ′ in the middle."""
    # |σ‴| ≤ σ′, so that σ″ changes by σ′ r eʳ at most.
    bend = np.exp(rad)
    bend *= 0.51 * rad
    bend += np.abs(slope)
    bend += 8 * LIBRARY
    bend *= rad
    return bend


def damped(small: Ball, large: Ball) -> Ball:
    """The product: here 0 times a number without bound may be anything."""
    return small * large


def product_error(terms: int) -> float:
    """γ with |fl(A B) − A B| ≤ γ |A| |B| for matrices with so many terms in a sum.

    Of any order of summation, with or without fused operations, real or complex (Higham 2002, §3).
    """
    return 8 * (terms + 4) * ROUNDING


def product(left: Ball, right: Floats) -> Ball:
    """The matrix product of a ball [..., K] by exact numbers [K, L]."""
    error = product_error(len(right))
    rad = error * np.abs(left.mid)
    rad += left.rad
    spread = floats.product(rad, np.abs(right))
    spread *= 1 + error
    return Ball(floats.product(left.mid, right), _up(spread))


def matrices(rows: Ball, columns: int) -> Ball:
    """Matrices of balls [..., M, K] whose rows stand one after the other in the last axis."""
    return Ball(floats.matrices(rows.mid, columns), floats.matrices(rows.rad, columns))


def parts(whole: Ball, count: int) -> list[Ball]:
    """The last axis cut into parts of equal size."""
    halves = (floats.parts(half, count) for half in (whole.mid, whole.rad))
    return [Ball(mid, rad) for mid, rad in zip(*halves, strict=True)]


def join(parts: list[Ball], axis: int) -> Ball:
    """Arrays of balls put side by side along an axis."""
    mids, radii = [part.mid for part in parts], [part.rad for part in parts]
    return Ball(np.concatenate(mids, axis), np.concatenate(radii, axis))
