"""All fixed points under one input, and which of them the saddles lie between (docs/explanation/dynamics.md)."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Complex128, Float, Int

from spendscape.core.arrays import Array, Floats, Integers
from spendscape.dynamics.certificates import certify
from spendscape.dynamics.maps import eigenvalues
from spendscape.dynamics.newton import newton
from spendscape.dynamics.rollout import Rollout, follow
from spendscape.network.cell import Cell


@dataclass(frozen=True)
class Portrait:
    """The fixed points that were found under one input, those that attract first.

    Attributes
    ----------
    state, memory : h* and c*
    eigenvalues : of the Jacobian of (h, c)
    unstable : number of directions in which a disturbance grows: 0 for a point that attracts
    radius : half the side of a box around the state proved to hold this fixed point alone; or NaN
    """

    state: Float[Floats, "N M"]
    memory: Float[Floats, "N K"]
    eigenvalues: Complex128[Array, "N M+K"]
    unstable: Int[Integers, " N"]
    radius: Float[Floats, " N"]


def starts_between(
    states: Float[Floats, "N M"], count: int, seed: int
) -> Float[Floats, "{count} M"]:
    """Start states for the search: half on lines between states that the network visits, half in the cube."""
    random = np.random.default_rng(seed)
    first, second = states[random.integers(0, len(states), (2, count - count // 2))]
    share = random.uniform(0, 1, (len(first), 1))
    cube = random.uniform(-1, 1, (count // 2, states.shape[1]))
    return np.concatenate([first * share + second * (1 - share), cube])


def portrait(
    cell: Cell, drive: Float[Floats, " D"], starts: Float[Floats, "N M"], near: float = 1e-6
) -> Portrait:
    """The fixed points that Newton's method reaches from the starts, each once, with its stability.

    What the starts do not lead to is not found: the number of points is a lower bound.

    Parameters
    ----------
    drive : of one input, by `Cell.drive`
    starts : hidden states
    near : points nearer to each other than this in every component count as one
    """
    with np.errstate(all="ignore"):
        reached, _, found = newton(cell, np.tile(drive, (len(starts), 1)), starts)
    left, kept = reached[found], []
    while len(left):
        kept.append(left[0])
        left = left[np.abs(left - left[0]).max(axis=1) >= near]
    state = np.array(kept).reshape(-1, cell.units)
    drives = np.tile(drive, (len(state), 1))
    memory = cell.reduced_map(drives, state)[1]
    values = eigenvalues(cell, drives, state, memory)
    unstable = (np.abs(values) > 1).sum(axis=1)
    order = np.lexsort((*state.T[::-1], unstable))
    radius = certify(cell, drives, state, memory).radius
    return Portrait(state[order], memory[order], values[order], unstable[order], radius[order])


def ways_down(
    cell: Cell,
    drive: Float[Floats, " D"],
    found: Portrait,
    push: float = 1e-4,
    limit: int = 20_000,
) -> Int[Integers, "S 2"]:
    """The attracting points on both sides of each saddle with one unstable direction.

    A saddle is pushed both ways along its unstable direction and followed; −1 where the way does not
    end at a point of the portrait. The saddles come in the portrait's order.
    """
    saddles = np.flatnonzero(found.unstable == 1)
    drives = np.tile(drive, (len(saddles), 1))
    both = found.state[saddles], found.memory[saddles]
    values, vectors = np.linalg.eig(cell.step_and_jacobian(drives, *both)[2])
    fastest = np.abs(values).argmax(axis=1)[:, None, None]
    direction = np.take_along_axis(vectors, fastest, axis=2)[:, :, 0].real
    attracting = found.state[found.unstable == 0]
    ends = []
    for side in (-push, push):
        shift = np.split(side * direction, [cell.units], axis=1)
        start = Rollout(both[0] + shift[0], both[1] + shift[1])
        end = follow(cell, drives, start, limit).hidden
        distance = np.abs(end[:, None] - attracting).max(axis=2)
        near = distance.min(axis=1, initial=np.inf) < 1e-6
        ends.append(np.where(near, distance.argmin(axis=1) if len(attracting) else 0, -1))
    return np.stack(ends, axis=1)
