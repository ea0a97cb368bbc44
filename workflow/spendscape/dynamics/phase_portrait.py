"""All fixed points under one input, and which of them the saddles lie between (docs/dynamics.md)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spendscape.core.arrays import Floats
from spendscape.dynamics.certificates import certify
from spendscape.dynamics.fixed_points import (
    Rollout,
    eigenvalues,
    follow,
    jacobian,
    newton,
    reduced_map,
)
from spendscape.network.lstm import Lstm


@dataclass(frozen=True)
class Portrait:
    """The fixed points that were found under one input, those that attract first.

    Attributes
    ----------
    state, cell : [K, M]
    eigenvalues : of the Jacobian of (h, c), [K, 2M]
    unstable : [K], number of directions in which a disturbance grows: 0 for a point that attracts
    radius : [K], half the side of a box around the state proved to hold this fixed point alone; or NaN
    """

    state: Floats
    cell: Floats
    eigenvalues: NDArray[np.complex128]
    unstable: NDArray[np.int64]
    radius: Floats


def starts_between(states: Floats, count: int, seed: int) -> Floats:
    """Start states [count, M] for the search: half on lines between visited states, half in the cube.

    Parameters
    ----------
    states : [K, M], states that the network visits
    """
    random = np.random.default_rng(seed)
    first, second = states[random.integers(0, len(states), (2, count - count // 2))]
    share = random.uniform(0, 1, (len(first), 1))
    cube = random.uniform(-1, 1, (count // 2, states.shape[1]))
    return np.concatenate([first * share + second * (1 - share), cube])


def portrait(weights: Lstm, drive: Floats, starts: Floats, near: float = 1e-6) -> Portrait:
    """The fixed points that Newton's method reaches from the starts, each once, with its stability.

    What the starts do not lead to is not found: a count is a lower bound, each point is a proof.

    Parameters
    ----------
    drive : [4M], of `Lstm.drive`
    starts : [S, M]
    near : points nearer than this in every component are one
    """
    with np.errstate(all="ignore"):
        reached, found = newton(weights, np.tile(drive, (len(starts), 1)), starts)
    left, kept = reached[found], []
    while len(left):
        kept.append(left[0])
        left = left[np.abs(left - left[0]).max(axis=1) >= near]
    state = np.array(kept).reshape(-1, weights.units)
    drives = np.tile(drive, (len(state), 1))
    cell = reduced_map(weights, drives, state)[1]
    values = eigenvalues(weights, drives, state, cell)
    unstable = (np.abs(values) > 1).sum(axis=1)
    order = np.lexsort((*state.T[::-1], unstable))
    radius = certify(weights, drives, state, cell).radius
    return Portrait(state[order], cell[order], values[order], unstable[order], radius[order])


def ways_down(
    weights: Lstm, drive: Floats, found: Portrait, push: float = 1e-4, limit: int = 20_000
) -> NDArray[np.int64]:
    """The attracting points [S, 2] on both sides of each saddle with one unstable direction.

    A saddle is pushed both ways along its unstable direction and followed; −1 where the way does not
    end at a point of the portrait. The saddles come in the portrait's order.
    """
    saddles = np.flatnonzero(found.unstable == 1)
    drives = np.tile(drive, (len(saddles), 1))
    both = found.state[saddles], found.cell[saddles]
    values, vectors = np.linalg.eig(jacobian(weights, drives, *both))
    fastest = np.abs(values).argmax(axis=1)[:, None, None]
    direction = np.take_along_axis(vectors, fastest, axis=2)[:, :, 0].real
    attracting = found.state[found.unstable == 0]
    ends = []
    for side in (-push, push):
        shift = np.split(side * direction, 2, axis=1)
        start = Rollout(both[0] + shift[0], both[1] + shift[1])
        end = follow(weights, drives, start, limit).hidden
        distance = np.abs(end[:, None] - attracting).max(axis=2)
        near = distance.min(axis=1, initial=np.inf) < 1e-6
        ends.append(np.where(near, distance.argmin(axis=1) if len(attracting) else 0, -1))
    return np.stack(ends, axis=1)
