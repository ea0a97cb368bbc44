"""Rollouts: the map applied again and again under constant inputs, plainly or by leaps."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from spendscape.core.arrays import Floats, Indices, Integers
from spendscape.network.cell import Cell
from spendscape.network.trajectories import zero_state


@dataclass(frozen=True)
class Rollout:
    """Where rollouts were left: hidden states and memories."""

    hidden: Float[Floats, "N M"]
    memory: Float[Floats, "N K"]

    def take(self, rows: Indices) -> "Rollout":
        """These rows alone."""
        return Rollout(self.hidden[rows], self.memory[rows])

    def put(self, rows: Indices, other: "Rollout") -> None:
        """Put the rows of `other` in the place of these rows."""
        self.hidden[rows], self.memory[rows] = other.hidden, other.memory


def rollout(
    cell: Cell,
    drive: Float[Floats, "N D"],
    limit: int,
    small: float = 1e-9,
    start: Rollout | None = None,
) -> Rollout:
    """Apply the map under each input until its steps are below `small`, at most `limit` times.

    NaN for an input that is not finite, or that brings the state beyond all bounds.

    Parameters
    ----------
    start : where to start; None for the zero state
    """
    h, c = (
        zero_state(cell, len(drive))
        if start is None
        else (start.hidden.copy(), start.memory.copy())
    )
    moving = np.arange(len(drive))
    for _ in range(limit):
        h_new, c_new = cell.step(drive[moving], h[moving], c[moving])
        change = np.abs(np.concatenate([h_new - h[moving], c_new - c[moving]], axis=1)).max(axis=1)
        h[moving], c[moving] = h_new, c_new
        moving = moving[(change >= small) & (change < np.inf)]
        if not len(moving):
            break
    lost = ~np.isfinite(np.concatenate([h, c], axis=1)).all(axis=1)
    h[lost] = c[lost] = np.nan
    return Rollout(h, c)


def follow(
    cell: Cell,
    drive: Float[Floats, "N D"],
    start: Rollout,
    limit: int,
    still: float = 1e-13,
    plain_steps: int = 20,
    leap: float = 1e-3,
    bend: float = 0.1,
) -> Rollout:
    """Follow trajectories that have become slow, by leaps along their slow direction (docs/explanation/dynamics.md).

    Fast directions die out within some plain steps; what is left moves by Δ, which changes by a factor
    λ from step to step. While λ is near 1 the next n steps are nearly n Δ, and a leap takes them at
    once (projective integration, Gear & Kevrekidis 2003): as many as change the pace by no more than
    the share `bend`, and the state by no more than `leap`. It passes what is left of two fixed points
    that have just met (a ghost), where plain steps take time without bound.

    Parameters
    ----------
    limit : most plain steps
    still : a trajectory whose steps are shorter (relative for |c| > 1) has ended
    """
    h, c = start.hidden.copy(), start.memory.copy()
    moving = np.arange(len(drive))
    before = np.full((len(drive), cell.units + cell.memory_units), np.nan)
    for t in range(1, limit + 1):
        h_new, c_new = cell.step(drive[moving], h[moving], c[moving])
        change = np.concatenate([h_new - h[moving], c_new - c[moving]], axis=1)
        h[moving], c[moving] = h_new, c_new
        scale = np.maximum(1, np.abs(np.concatenate([h_new, c_new], axis=1)))
        if t % plain_steps == 0:
            count = _leap(change, before, scale.max(axis=1), leap, bend)[:, None]
            h[moving] += count * change[:, : cell.units]
            c[moving] += count * change[:, cell.units :]
        on = (np.abs(change) / scale).max(axis=1) >= still
        moving, before = moving[on], change[on]
        if not len(moving):
            break
    return Rollout(h, c)


def _leap(change: Floats, before: Floats, scale: Floats, leap: float, bend: float) -> Floats:
    """How many steps [N] may be taken at once after the last two steps [N, 2M]; 0 where it is not slow."""
    length = np.linalg.norm(change, axis=1)
    # Steps that differ by rounding only seem to be equal; taken for that they would leap out of the basin.
    noise = 8 * np.finfo(np.float64).eps * scale
    with np.errstate(divide="ignore", invalid="ignore"):
        turned = (np.linalg.norm(change - before, axis=1) + noise) / length
        count = np.minimum(bend / turned, leap / length)
    return np.where((turned < bend / 10) & (count > 1), np.floor(count), 0.0)


def steps_until(
    cell: Cell,
    drive: Float[Floats, "N D"],
    state: Float[Floats, "N M"],
    limit: int,
    near: float = 1e-3,
) -> Int[Integers, " N"]:
    """Steps from the zero state until h first comes within `near` of `state`; −1 when it never does."""
    steps = np.full(len(drive), -1, dtype=np.int64)
    h, c = zero_state(cell, len(drive))
    moving = np.arange(len(drive))
    for t in range(1, limit + 1):
        h, c = cell.step(drive[moving], h, c)
        there = np.linalg.norm(h - state[moving], axis=1) < near
        steps[moving[there]] = t
        h, c, moving = h[~there], c[~there], moving[~there]
        if not len(moving):
            break
    return steps
