"""Linear models of many rows: sums over blocks of rows, so that memory does not grow with them.

Columns are used as far as the data determine them, and a ridge is chosen by leaving each row out, in closed form.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from spendscape.core.arrays import Array, Floats, Indices

# Numbers of a block that are in memory at once.
BLOCK = 2**22
# A row with less freedom than this is met exactly by a coefficient of its own, and left out it says nothing.
SATURATED = 1e-9

# Rows' numbers ↦ their columns, in double precision.
Features = Callable[[Int[Indices, " B"]], Float[Floats, "B J"]]


@dataclass(frozen=True)
class Moments:
    """What least squares needs of R rows: means, and the singular value decomposition of the centred columns.

    Attributes
    ----------
    rows : the rows' numbers
    mean, target_mean : of the columns and of the targets
    singular, axes : singular values, the largest first, and right singular vectors, without those that are rounding
    turned : the centred targets along the left singular vectors
    """

    rows: Int[Indices, " R"]
    mean: Float[Floats, " J"]
    target_mean: Float[Floats, " K"]
    singular: Float[Floats, " S"]
    axes: Float[Floats, "J S"]
    turned: Float[Floats, "S K"]

    def coefficients(self, penalty: float = 0.0) -> Float[Floats, "J K"]:
        """Those of the centred columns that have the least squares, or the least of squares + penalty · |coefficients|²."""
        weight = self.singular / (self.singular**2 + penalty)
        return np.asarray(self.axes @ (weight[:, None] * self.turned))

    def predict(
        self, columns: Float[Floats, "B J"], coefficients: Float[Floats, "J K"]
    ) -> Float[Floats, "B K"]:
        """The targets of other rows."""
        return np.asarray(self.target_mean + (columns - self.mean) @ coefficients)


def blocks(count: int, width: int) -> Iterator[slice]:
    """Parts of so many rows, each with about `BLOCK` numbers at this width."""
    size = max(1, BLOCK // max(1, width))
    return (slice(first, min(first + size, count)) for first in range(0, count, size))


def in_blocks(
    function: Callable[[Float[Floats, "B C"]], Float[Floats, "B K"]], values: Float[Array, "N C"]
) -> Float[Floats, "N K"]:
    """What a function makes of rows, computed block by block in double precision."""
    parts = [
        function(values[part].astype(np.float64)) for part in blocks(len(values), values.shape[1])
    ]
    return np.concatenate(parts) if parts else function(values.astype(np.float64))


def moments(
    features: Features, targets: Float[Array, "N K"], rows: Int[Indices, " R"], width: int
) -> Moments:
    """The moments of some rows, in one pass over blocks of them.

    Parameters
    ----------
    features : the columns of rows
    targets : of all rows
    rows : the numbers of those that are used
    width : how many columns there are

    Notes
    -----
    What is dropped as rounding is rounding of float32: fractions are float32, and their sums are 1 to its rounding
    only, so that what a step's columns add up to is nearly, not exactly, constant. What is kept is so far from double
    precision's rounding that the small matrix XᵀX gives it as well as X.
    """
    parts = [rows[part] for part in blocks(len(rows), width)]
    target_mean = np.asarray(targets[rows].mean(axis=0, dtype=np.float64))
    least = np.sqrt(max(len(rows), width)) * np.finfo(np.float32).eps
    if len(rows) < width:
        columns = features(rows)
        mean = columns.mean(axis=0)
        _, singular, right = np.linalg.svd(columns - mean, full_matrices=False)
        axes, cross = right.T, (columns - mean).T @ (targets[rows] - target_mean)
    else:
        # Around the mean of some rows, which is near that of all, squares lose no digits.
        near = features(parts[0]).mean(axis=0)
        total, squares = np.zeros(width), np.zeros((width, width))
        cross = np.zeros((width, targets.shape[1]))
        for part in parts:
            centred = features(part) - near
            total += centred.sum(axis=0)
            squares += centred.T @ centred
            cross += centred.T @ (targets[part] - target_mean)
        away = total / len(rows)
        # The targets' sum is 0, so that `cross` stays as it is.
        mean, squares = near + away, squares - np.outer(away, total)
        values, axes = np.linalg.eigh(squares)
        singular, axes = np.sqrt(np.maximum(values[::-1], 0)), axes[:, ::-1]
    kept = singular > least * singular.max(initial=0)
    singular, axes = singular[kept], axes[:, kept]
    return Moments(rows, mean, target_mean, singular, axes, (axes / singular).T @ cross)


@dataclass(frozen=True)
class LeftOut:
    """Squared errors by penalty [Q] and target [K].

    Attributes
    ----------
    left_out : of rows that are left out one by one; infinite where a row is met by a coefficient of its own
    fitted : of the rows that are fitted
    """

    left_out: Float[Floats, "Q K"]
    fitted: Float[Floats, "Q K"]

    def best(self, targets: slice = slice(None)) -> int:
        """The number of the penalty with the least error of some targets; the smaller one where it makes no difference."""
        chosen, error = len(self.left_out) - 1, np.inf
        for number, total in enumerate(self.left_out[:, targets].sum(axis=1)):
            if total < error * (1 - 1e-9):
                chosen, error = number, float(total)
        return chosen


def leave_one_out(
    features: Features,
    targets: Float[Array, "N K"],
    found: Moments,
    penalties: Sequence[float],
) -> LeftOut:
    """The errors of rows that are left out one by one, in closed form from the singular values, in one pass.

    Parameters
    ----------
    features, targets : as for `moments`, which found them
    penalties : ascending
    """
    width, count = found.axes.shape[0], found.turned.shape[1]
    shrink = found.singular**2 / (found.singular**2 + np.array(penalties)[:, None])
    models = np.concatenate([part[:, None] * found.turned for part in shrink], axis=1)
    scaled = found.axes / found.singular
    left_out, fitted = np.zeros((2, len(penalties), count))
    least = np.full(len(penalties), np.inf)
    for part in (found.rows[place] for place in blocks(len(found.rows), width)):
        left = (features(part) - found.mean) @ scaled
        free = 1 - 1 / len(found.rows) - np.square(left) @ shrink.T
        least = np.minimum(least, free.min(axis=0))
        truth = (targets[part] - found.target_mean)[:, None]
        missed = np.square(truth - (left @ models).reshape(len(part), len(penalties), count))
        fitted += missed.sum(axis=0)
        with np.errstate(divide="ignore", invalid="ignore"):
            left_out += (missed / np.square(free)[:, :, None]).sum(axis=0)
    left_out[least < SATURATED] = np.inf
    return LeftOut(left_out, fitted)
