"""Several networks side by side in the arrays of one: where the numbers of each of them stand.

An axis that counts units or outputs holds those of all networks, one network after the other, and a
gate's after those of another gate. What joins two networks is 0 and stays 0, so that the matrices of
the recurrence and of the output layer are diagonal in blocks.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from jaxtyping import Bool, Float32

from spendscape.core.arrays import Array, Bools, Indices

# The places of each network on one axis.
Axis = list[Indices]


@dataclass(frozen=True)
class Blocks:
    """Where the numbers of each of G networks stand in one array of all.

    Attributes
    ----------
    axes : for each axis the places of each network on it
    """

    axes: list[Axis]

    @cached_property
    def shape(self) -> tuple[int, ...]:
        """The shape of the array of all."""
        return tuple(1 + max(int(places.max()) for places in axis) for axis in self.axes)

    @cached_property
    def owners(self) -> Indices:
        """The network that each column of the last axis belongs to."""
        found = np.empty(self.shape[-1], dtype=np.intp)
        for network, places in enumerate(self.axes[-1]):
            found[places] = network
        return found

    @cached_property
    def inside(self) -> Bool[Bools, "..."]:
        """Where the array belongs to one network, rather than join two of them."""
        shapes = [tuple(map(len, places)) for places in zip(*self.axes, strict=True)]
        return self.join([np.ones(shape, np.float32) for shape in shapes]) > 0

    def join(self, parts: Sequence[Array]) -> Float32[Array, "..."]:
        """The array of all, of the array of each."""
        whole = np.zeros(self.shape, dtype=np.float32)
        for places, part in zip(zip(*self.axes, strict=True), parts, strict=True):
            whole[np.ix_(*places)] = part
        return whole

    def split(self, whole: Array) -> list[Array]:
        """The array of each, of the array of all."""
        return [whole[np.ix_(*places)] for places in zip(*self.axes, strict=True)]


def axis(lengths: Sequence[int], repeats: int) -> Axis:
    """The places of each network on an axis.

    Parameters
    ----------
    lengths : of the axis in the array of each network
    repeats : how many times the axis counts what each network has of its own; 0 where it counts what
        all networks share
    """
    if repeats == 0:
        return [np.arange(length) for length in lengths]
    sizes = [length // repeats for length in lengths]
    ends = np.cumsum([0, *sizes])
    return [
        np.concatenate([k * ends[-1] + np.arange(first, last) for k in range(repeats)])
        for first, last in pairwise(ends)
    ]
