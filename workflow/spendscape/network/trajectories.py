"""The states of a network over time: along the steps of a window, or on and on under one input."""

import numpy as np
from jaxtyping import Float, Float32

from spendscape.core.arrays import Array, Floats
from spendscape.network.cell import Cell

# Customers at a time, so that what is computed on the way fits into the processor's memory.
BLOCK = 8192


def zero_state(cell: Cell, count: int) -> tuple[Float[Floats, "N M"], Float[Floats, "N K"]]:
    """The hidden states and memories of `count` trajectories that begin, in memory unit by unit (`floats.product`)."""
    hidden, memory = (np.zeros((count, k), order="F") for k in (cell.units, cell.memory_units))
    return hidden, memory


def trajectories(
    cell: Cell, spending: Float[Array, "N T C"]
) -> tuple[Float[Floats, "N T M"], Float[Floats, "N T K"]]:
    """The hidden states and the memories over time, from the zero state.

    Parameters
    ----------
    spending : fractions
    """
    customers, steps, _ = spending.shape
    hidden = np.empty((customers, steps, cell.units))
    memory = np.empty((customers, steps, cell.memory_units))
    for first in range(0, customers, BLOCK):
        block = slice(first, first + BLOCK)
        drive = cell.drive(spending[block])
        h, c = zero_state(cell, len(drive))
        for t in range(steps):
            h, c = cell.step(np.asfortranarray(drive[:, t]), h, c)
            hidden[block, t], memory[block, t] = h, c
    return hidden, memory


def extended(cell: Cell, drive: Float[Floats, "N D"], steps: int) -> Float32[Array, "N T M"]:
    """The hidden states from the zero state under a constant drive (the study's I′, Fig. 3)."""
    drive, (h, c) = np.asfortranarray(drive), zero_state(cell, len(drive))
    hidden = np.empty((len(drive), steps, cell.units), dtype=np.float32)
    for t in range(steps):
        h, c = cell.step(drive, h, c)
        hidden[:, t] = h
    return hidden
