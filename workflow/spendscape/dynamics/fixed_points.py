"""The fixed point that each constant input leads to, its stability and its proof (maths §6)."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int, Shaped

from spendscape.core.arrays import Bools, Floats, Indices, Integers, Names
from spendscape.dynamics.certificates import certify
from spendscape.dynamics.maps import solve, spectral_radius
from spendscape.dynamics.rollout import Rollout, follow, rollout, steps_until
from spendscape.network.cell import Cell
from spendscape.network.trajectories import BLOCK

CERTIFIED, VERIFIED = "certified", "verified"
UNSTABLE, UNCONVERGED = "unstable", "unconverged"
# The verdicts on a fixed point that is known to attract, proved or to rounding error.
ATTRACTING = (CERTIFIED, VERIFIED)


@dataclass(frozen=True)
class FixedPoints:
    """The fixed point of every input, as values with a verdict.

    Of an `unconverged` input nothing is known: its numbers are NaN, and `steps` is −1.

    Attributes
    ----------
    state, cell : h*, and the memory c* (an LSTM's cell state)
    residual : the largest component of |F(h*, c*) − (h*, c*)|, relative for |c*| > 1
    spectral_radius : ρ of the Jacobian of (h, c)
    time_constant : −1 / ln ρ in steps; infinite for ρ ≥ 1
    steps : from the zero state until h first comes within 1e-3 of h*; −1 when not within the rollout
    fixed_points, stable : how many were found from several starts, and how many of them attract
    certified_radius : half the side of a box around h* proved to hold exactly one fixed point
    certified_error : h* is proved to be at most so far from it; both NaN where nothing is proved
    spectral_radius_bound : a proved bound on ρ; NaN where none below 1 is proved
    verdict : `certified` (proved to exist, to be alone in its box, to attract, and to attract the state where
        the rollout was left), `verified` (the same to rounding error: the residual is within
        tolerance, the rollout reached it, ρ < 1), `unstable` (ρ ≥ 1) or `unconverged`
    """

    state: Float[Floats, "N M"]
    cell: Float[Floats, "N K"]
    residual: Float[Floats, " N"]
    spectral_radius: Float[Floats, " N"]
    time_constant: Float[Floats, " N"]
    steps: Int[Integers, " N"]
    fixed_points: Int[Integers, " N"]
    stable: Int[Integers, " N"]
    certified_radius: Float[Floats, " N"]
    certified_error: Float[Floats, " N"]
    spectral_radius_bound: Float[Floats, " N"]
    verdict: Shaped[Names, " N"]


def fixed_points(
    cell: Cell,
    drive: Float[Floats, "N D"],
    tolerance: float = 1e-12,
    rollout_steps: int = 5000,
    starts: int = 5,
    seed: int = 0,
    certificates: bool = True,
) -> FixedPoints:
    """The fixed point that each input leads to from the zero state (maths §6, docs/explanation/dynamics.md).

    A rollout until the steps are small, then Newton's method on the reduced map, then the checks: the
    residual, that Newton's method did not leave for another basin, and ρ. The order matters: Newton's
    method started too early lands on saddles. What fails a check, or seems to rest on a saddle, is
    followed further by leaps along its slow direction, and checked again.

    Parameters
    ----------
    drive : the constant inputs through `Cell.drive`; a row with NaN or infinity is `unconverged`
    tolerance : largest residual
    rollout_steps : most steps of the rollout, and most rounds of the leaps after it
    starts : further start states, evenly random in the cube, for the search for other fixed points
    seed : of those starts
    certificates : whether to try for proofs
    """
    options = (tolerance, rollout_steps, starts, seed, certificates)
    # Weights without bound overflow to infinity and NaN on the way; the checks find them.
    with np.errstate(all="ignore"):
        blocks = [
            _solve_block(cell, drive[first : first + BLOCK], *options)
            for first in range(0, max(1, len(drive)), BLOCK)
        ]
    columns = zip(*(vars(block).values() for block in blocks), strict=True)
    return FixedPoints(*(np.concatenate(column) for column in columns))


def _solve_block(
    cell: Cell,
    drive: Floats,
    tolerance: float,
    rollout_steps: int,
    starts: int,
    seed: int,
    certificates: bool,
) -> FixedPoints:
    rolled = rollout(cell, drive, rollout_steps)
    state, memory, residual, radius = _polish(cell, drive, rolled, tolerance)
    finite = np.isfinite(rolled.hidden).all(axis=1)
    doubtful = np.flatnonzero(~(radius < 1) & finite)
    if len(doubtful):
        further = follow(cell, drive[doubtful], rolled.take(doubtful), rollout_steps)
        rolled.put(doubtful, further)
        again = _polish(cell, drive[doubtful], further, tolerance)
        for whole, part in zip((state, memory, residual, radius), again, strict=True):
            whole[doubtful] = part
    solved = np.isfinite(radius)
    time_constant = np.where(radius < 1, -1 / np.log(radius), np.where(solved, np.inf, np.nan))
    verdict = np.where(radius < 1, VERIFIED, np.where(solved, UNSTABLE, UNCONVERGED))
    asked = np.flatnonzero((radius < 1) & certificates)
    proofs = _prove(cell, drive, Rollout(state, memory), rolled, asked, rollout_steps)
    verdict[np.isfinite(proofs[0] + proofs[2])] = CERTIFIED
    total, stable = _multiplicity(cell, drive, state, radius, starts, seed)
    steps = np.full(len(drive), -1, dtype=np.int64)
    steps[solved] = steps_until(cell, drive[solved], state[solved], rollout_steps)
    return FixedPoints(
        state, memory, residual, radius, time_constant, steps, total, stable, *proofs, verdict
    )


def _prove(
    cell: Cell, drive: Floats, point: Rollout, rolled: Rollout, asked: Indices, limit: int
) -> tuple[Floats, Floats, Floats]:
    """Proved radius, error and bound on ρ [N] of the points asked for; NaN elsewhere.

    `rolled`, where the rollouts were left, is followed further where a first attempt fails.
    """
    box, error, bound = (np.full(len(drive), np.nan) for _ in range(3))
    for attempt in range(2):
        if attempt:
            # Nearer to the fixed point the ball that must be proved to shrink is smaller.
            rolled.put(asked, follow(cell, drive[asked], rolled.take(asked), limit))
        end = rolled.hidden[asked], rolled.memory[asked]
        proof = certify(cell, drive[asked], point.hidden[asked], point.memory[asked], end)
        box[asked], error[asked], bound[asked] = proof.radius, proof.error, proof.contraction
        asked = asked[~np.isfinite(proof.radius + proof.contraction)]
        if not len(asked):
            break
    return box, error, bound


def _polish(
    cell: Cell, drive: Floats, rolled: Rollout, tolerance: float, near: float = 1e-3
) -> tuple[Floats, Floats, Floats, Floats]:
    """h*, c*, residual and ρ of Newton's method from where rollouts were left; NaN where a check fails.

    The checks: Newton's method converged, no component of h* or (relative for |c*| > 1) of c* is farther
    than `near` from the rollout's, the residual is within tolerance, and ρ is a number.
    """
    state = newton(cell, drive, rolled.hidden)[0]
    memory = cell.reduced_map(drive, state)[1]
    away = _distance(rolled, Rollout(state, memory))
    residual = _distance(Rollout(*cell.step(drive, state, memory)), Rollout(state, memory))
    radius = spectral_radius(cell, drive, state, memory)
    passed = (away < near) & (residual <= tolerance) & np.isfinite(radius)
    for values in (state, memory, residual, radius):
        values[~passed] = np.nan
    return state, memory, residual, radius


def _distance(one: Rollout, other: Rollout) -> Floats:
    """The largest component [N] of the difference, as a share of the other's |c| where that is above 1."""
    memory = np.abs(one.memory - other.memory) / np.maximum(1, np.abs(other.memory))
    both = np.concatenate([np.abs(one.hidden - other.hidden), memory], axis=1)
    return np.asarray(both.max(axis=1, initial=0))


def newton(
    cell: Cell, drive: Float[Floats, "N D"], hidden: Float[Floats, "N M"], iterations: int = 50
) -> tuple[Float[Floats, "N M"], Bool[Bools, " N"]]:
    """Newton's method on G(h) − h from hidden states: the points reached, and which converged."""
    h = hidden.copy()
    converged = np.zeros(len(h), dtype=bool)
    active = np.arange(len(h))
    for _ in range(iterations):
        here = h[active]
        value, _, jacobian = cell.reduced_map_and_jacobian(drive[active], here)
        change = solve(np.eye(cell.units) - jacobian, value - here)
        # A step longer than the cube is wide says that the linear model does not hold there.
        length = np.abs(change).max(axis=1, keepdims=True, initial=0)
        h[active] = np.clip(here + change * np.minimum(1, 1 / np.maximum(length, 1)), -1, 1)
        done = np.abs(change).max(axis=1, initial=0) < 1e-14
        converged[active[done]] = True
        active = active[~done & np.isfinite(change).all(axis=1)]
        if not len(active):
            break
    # The last steps may only shuffle the last bits; the residual decides.
    converged[active] = True
    miss = np.abs(cell.reduced_map(drive, h)[0] - h).max(axis=1, initial=0)
    return h, converged & (miss < 1e-12)


def _multiplicity(
    cell: Cell, drive: Floats, state: Floats, radius: Floats, starts: int, seed: int
) -> tuple[Integers, Integers]:
    """How many fixed points, and stable ones, Newton's method finds from the starts; [N] each."""
    random = np.random.default_rng(seed)
    known = [state]
    total = np.isfinite(radius).astype(np.int64)
    stable = (radius < 1).astype(np.int64)
    for start in random.uniform(-1, 1, (starts, cell.units)):
        point, found = newton(cell, drive, np.tile(start, (len(drive), 1)))
        near = [np.abs(point - other).max(axis=1, initial=0) < 1e-6 for other in known]
        new = found & ~np.logical_or.reduce(near)
        memory = cell.reduced_map(drive[new], point[new])[1]
        total[new] += 1
        stable[new] += spectral_radius(cell, drive[new], point[new], memory) < 1
        known.append(np.where(new[:, None], point, np.nan))
    return total, stable
