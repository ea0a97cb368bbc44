"""Several networks side by side in the arrays of one: where the numbers of each of them stand.

Networks stand in groups of about as many units (`groups`). An axis that counts units or outputs holds
those of a group's networks, one after the other, and a gate's after those of another gate; all groups
have the length of the longest, and what is left over belongs to no network. What joins two networks of
a group is 0 and stays 0, so that the matrices of the recurrence and of the output layer are diagonal in
blocks.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Bool, Float32

from spendscape.core.arrays import Array, Bools, Indices

# The places of each network on one axis.
Axis = list[Indices]


@dataclass(frozen=True)
class Blocks:
    """Where the numbers of each of G networks stand in one array of all.

    The array of all has the groups on its first axis and then the axes of a network's own array in
    reverse: a layer's last axis, which counts gates or outputs, comes before its first.

    Attributes
    ----------
    groups : of each network
    axes : for each axis of a network's own array the places of each network on it, within its group
    """

    groups: list[int]
    axes: list[Axis]

    @cached_property
    def shape(self) -> tuple[int, ...]:
        """The shape of the array of all."""
        lengths = [1 + max(int(places.max()) for places in axis) for axis in self.axes]
        return (1 + max(self.groups), *reversed(lengths))

    @cached_property
    def owners(self) -> Indices:
        """The network that each row belongs to, group by group; -1 where it belongs to none."""
        found = np.full(self.shape[:2], -1, dtype=np.intp)
        for network, (group, places) in enumerate(zip(self.groups, self.axes[-1], strict=True)):
            found[group, places] = network
        return found.ravel()

    @cached_property
    def inside(self) -> Bool[Bools, "..."]:
        """Where the array belongs to one network, rather than join two of them or belong to none."""
        shapes = [tuple(map(len, places)) for places in zip(*self.axes, strict=True)]
        return self.join([np.ones(shape, np.float32) for shape in shapes]) > 0

    def join(self, parts: Sequence[Array]) -> Float32[Array, "..."]:
        """The array of all, of the array of each."""
        whole = np.zeros(self.shape, dtype=np.float32)
        for network, part in enumerate(parts):
            whole[self._places(network)] = part.T
        return whole

    def part(self, whole: Array, network: int) -> Array:
        """The array of one network, of the array of all."""
        # In one piece, as the array was before it was joined.
        return np.ascontiguousarray(whole[self._places(network)].T)

    def _places(self, network: int) -> tuple[int | Indices, ...]:
        axes = (places[network] for places in reversed(self.axes))
        return self.groups[network], *np.ix_(*axes)


def groups(units: Sequence[int], most: int) -> list[int]:
    """A group for each network, so that all have about as many units, and no more than about `most`.

    The largest network comes first, and each goes where the fewest units are.
    """
    count = -(-sum(units) // max(most, *units))
    filled, found = [0] * count, [0] * len(units)
    for network in sorted(range(len(units)), key=lambda k: -units[k]):
        found[network] = filled.index(min(filled))
        filled[found[network]] += units[network]
    return found


def axis(lengths: Sequence[int], repeats: int, groups: Sequence[int]) -> Axis:
    """The places of each network on an axis.

    Parameters
    ----------
    lengths : of the axis in the array of each network
    repeats : how many times the axis counts what each network has of its own; 0 where it counts what
        all networks share
    groups : of each network
    """
    if repeats == 0:
        return [np.arange(length) for length in lengths]
    sizes = [length // repeats for length in lengths]
    filled, firsts = [0] * (1 + max(groups)), []
    for size, group in zip(sizes, groups, strict=True):
        firsts.append(filled[group])
        filled[group] += size
    return [
        np.concatenate([k * max(filled) + np.arange(first, first + size) for k in range(repeats)])
        for first, size in zip(firsts, sizes, strict=True)
    ]
