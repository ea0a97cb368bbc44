"""What some hundred solved inputs say of the many others: where they will rest, and in which norm (maths §6).

A guess only: what is made of it is proved afterwards, or not used.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from spendscape.core.arrays import Array, Floats
from spendscape.dynamics.certificates import Norms
from spendscape.dynamics.rollout import Rollout
from spendscape.network.cell import Cell
from spendscape.network.floats import ONE_THREAD, product

# So many neighbours of a solved input have a say in its norm, itself among them.
NEAR = 16


@dataclass(frozen=True)
class Predictor:
    """A linear model of h*, and a norm in which the map contracts at each of the solved inputs.

    Attributes
    ----------
    coefficients : of a constant and the drive
    state : h* of the solved inputs
    solved : the norms of their own Jacobians
    """

    coefficients: Float[Floats, "D1 M"]
    state: Float[Floats, "S M"]
    solved: Norms

    @classmethod
    def fit(cls, cell: Cell, drive: Float[Floats, "S D"], point: Rollout) -> "Predictor":
        """From inputs whose fixed points are known, by least squares."""
        matrices = cell.step_and_jacobian(drive, point.hidden, point.memory)[2]
        coefficients = np.linalg.lstsq(_with_constant(drive), point.hidden, rcond=None)[0]
        distances = _distances(point.hidden, point.hidden)
        near = np.argpartition(distances, min(NEAR, len(drive)) - 1, axis=1)[:, :NEAR]
        return cls(np.asarray(coefficients), point.hidden, Norms.shared(matrices, near))

    def states(self, drive: Float[Floats, "N D"]) -> Float[Floats, "N M"]:
        """Where each input is expected to rest, within the cube."""
        guess = product(np.asfortranarray(drive), self.coefficients[1:]) + self.coefficients[0]
        return np.asarray(np.clip(guess, -1, 1))

    def norms(self, state: Float[Floats, "N M"], rank: int = 0) -> Norms:
        """Those of the solved inputs that rest nearest to each state, or next nearest by rank."""
        nearest = np.empty(len(state), dtype=np.intp)
        step = max(1, ONE_THREAD // (self.state.size + len(self.state)))
        for first in range(0, len(state), step):
            some = slice(first, first + step)
            distances = _distances(state[some], self.state)
            if rank:
                nearest[some] = np.argpartition(distances, rank, axis=1)[:, rank]
            else:
                nearest[some] = distances.argmin(axis=1)
        return self.solved.take(nearest)


def _distances(states: Floats, others: Floats) -> Array:
    """‖x − y‖² / 2 less ‖x‖² / 2, which is the same for all y, as exact as it takes to compare them."""
    ours = np.column_stack([states, np.ones(len(states))]).astype(np.float32)
    theirs = np.column_stack([-others, np.square(others).sum(axis=1) / 2])
    return ours @ theirs.astype(np.float32).T


def _with_constant(drive: Floats) -> Floats:
    return np.column_stack([np.ones(len(drive)), drive])
