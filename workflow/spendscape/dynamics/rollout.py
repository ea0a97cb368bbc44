"""Rollouts: the map applied again and again under constant inputs, plainly or by leaps."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from spendscape.core.arrays import Floats, Indices, Integers
from spendscape.dynamics.maps import rows
from spendscape.network.cell import Cell
from spendscape.network.trajectories import zero_state

# Steps between two looks whether a trajectory has come so near to its end that it can be left.
EVERY = 4


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
    here, hidden, memory = (np.asfortranarray(values) for values in (drive, h, c))
    for _ in range(limit):
        before, before_memory = hidden, memory
        hidden, memory = cell.step(here, hidden, memory)
        change = largest(hidden - before, memory - before_memory)
        on = (change >= small) & (change < np.inf)
        if not on.all():
            h[moving[~on]], c[moving[~on]] = hidden[~on], memory[~on]
            kept, moving = np.flatnonzero(on), moving[on]
            here, hidden, memory = (rows(values, kept) for values in (here, hidden, memory))
        if not len(moving):
            break
    h[moving], c[moving] = hidden, memory
    lost = ~np.isfinite(np.concatenate([h, c], axis=1)).all(axis=1)
    h[lost] = c[lost] = np.nan
    return Rollout(h, c)


def largest(*parts: Float[Floats, "N _"]) -> Float[Floats, " N"]:
    """The largest |component| [N] of vectors that stand in parts [N, …], column by column."""
    largest = np.zeros(len(parts[0]))
    for part in parts:
        for column in part.T:
            np.maximum(largest, np.abs(column), out=largest)
    return largest


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


def approach(
    cell: Cell,
    drive: Float[Floats, "N D"],
    point: Rollout,
    limit: int,
    until: float = 1e-3,
    near: float = 1e-3,
) -> tuple[Rollout, Int[Integers, " N"]]:
    """Follow trajectories from the zero state until they have come to the points, or the limit is reached.

    Parameters
    ----------
    point : of each trajectory, where it may be going
    until : where both h and c (relative for |c| > 1) are so near, a trajectory is left
    near : the distance of h that counts as arrived, at least `until`

    Returns
    -------
    where they were left, and the steps until h first came within `near`; −1 when it never did
    """
    steps = np.full(len(drive), -1, dtype=np.int64)
    end = Rollout(np.full_like(point.hidden, np.nan), np.full_like(point.memory, np.nan))
    scale = np.maximum(1, np.abs(point.memory))
    here = [np.asfortranarray(values) for values in (drive, point.hidden, point.memory, 1 / scale)]
    h, c = (np.asfortranarray(values) for values in zero_state(cell, len(drive)))
    moving = np.arange(len(drive))
    far, on = np.ones((2, len(drive)), dtype=bool)
    for t in range(1, limit + 1):
        h, c = cell.step(here[0], h, c)
        away = _square(h - here[1])
        close = np.flatnonzero(far & (away < near**2))
        far[close], steps[moving[close]] = False, t
        if t % EVERY and t < limit:
            continue
        there = np.flatnonzero(
            on & (away < until**2) & (_square((c - here[2]) * here[3]) < until**2)
        )
        end.put(moving[there], Rollout(h[there], c[there]))
        on[there] = False
        # To leave those out that have come takes time too, so it waits until they are many.
        kept = np.flatnonzero(on)
        if len(kept) < 0.8 * len(on):
            moving, far, on = moving[kept], far[kept], on[kept]
            h, c, *here = (rows(values, kept) for values in (h, c, *here))
        if not len(kept):
            break
    end.put(moving[on], Rollout(h[on], c[on]))
    return end, steps


def _square(vectors: Floats) -> Floats:
    """Squared lengths."""
    return np.asarray(np.einsum("nm,nm->n", vectors, vectors))
