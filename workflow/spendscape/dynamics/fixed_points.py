"""The fixed point that each constant input leads to, its stability and its proof (maths §6)."""

import math
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int, Shaped

from spendscape.core.arrays import Array, Bools, Floats, Indices, Integers, Names
from spendscape.core.parquet import even_sample
from spendscape.dynamics.certificates import certify
from spendscape.dynamics.maps import rows, spectral_radius
from spendscape.dynamics.newton import newton
from spendscape.dynamics.prediction import Predictor
from spendscape.dynamics.rollout import Rollout, approach, follow, largest, rollout
from spendscape.network.cell import Cell

CERTIFIED, VERIFIED = "certified", "verified"
UNSTABLE, UNCONVERGED = "unstable", "unconverged"
# The verdicts on a fixed point that is known to attract, proved or to rounding error.
ATTRACTING = (CERTIFIED, VERIFIED)
# Most inputs at a time, so that what is computed on the way stays near the processor.
SIZE = 2**14
# Inputs solved by rollouts that many others are predicted from.
SAMPLE = 128
# Most steps in which a trajectory should come near its predicted end, and how near; of the few that do not, more.
PATIENCE, NEAR = (32, 512), 2e-5


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
    threads: int = 1,
) -> FixedPoints:
    """The fixed point that each input leads to from the zero state (maths §6, docs/explanation/dynamics.md).

    Some hundred inputs are solved by rollouts. Of many inputs the others are predicted from these: Newton's
    method on the reduced map starts from the prediction, and a proof that the trajectory ends there spares the rest of its rollout.
    What is not proved so is solved by a rollout as well. The numbers do not depend on `threads`.

    Parameters
    ----------
    drive : the constant inputs through `Cell.drive`; a row with NaN or infinity is `unconverged`
    tolerance : largest residual
    rollout_steps : most steps of the rollout, and most rounds of the leaps after it
    starts : further start states, evenly random in the cube, for the search for other fixed points
    seed : of those starts
    threads : blocks of inputs that are solved at once
    """
    _keep_freed_memory()
    how = _How(tolerance, rollout_steps, starts, seed)
    predictor = _predictor(cell, drive, how) if len(drive) > 8 * SAMPLE else None
    with ThreadPoolExecutor(threads) as pool:

        def in_blocks(task: Callable[..., Sequence[Array]], *columns: Array) -> list[Array]:
            return _in_blocks(pool, partial(task, cell, how), columns)

        tasks: list[Callable[..., Sequence[Array]]] = [_by_rollout]
        if predictor is not None:
            tasks[:0] = [partial(_by_prediction, predictor, patience) for patience in PATIENCE]
        found = _Solved(*in_blocks(tasks[0], drive))
        for task in tasks[1:]:
            rest = np.flatnonzero(~found.proved)
            if len(rest):
                for whole, part in zip(found, in_blocks(task, drive[rest]), strict=True):
                    whole[rest] = part
        counts = in_blocks(_multiplicity, drive, *found)
    return _with_verdicts(found, *counts)


def _keep_freed_memory() -> None:
    """Let the C library use freed memory again, which takes a third less time than to ask for it anew.

    glibc gives back what is larger than anything freed so far, up to 32 MiB: here that is nothing but numbers.
    """
    np.empty(2**25 - 2**16, dtype=np.uint8)


def _in_blocks(
    pool: ThreadPoolExecutor, task: Callable[..., Sequence[Array]], columns: Sequence[Array]
) -> list[Array]:
    """The columns that a task makes of columns, block by block."""

    count = len(columns[0])
    # Of equal size, and so many that two threads share them evenly.
    blocks = 2 * math.ceil(count / (2 * SIZE)) if count > SIZE else 1
    size = max(1, math.ceil(count / blocks))

    def solve_block(first: int) -> Sequence[Array]:
        # Weights without bound overflow to infinity and NaN on the way; the checks find them.
        with np.errstate(all="ignore"):
            return task(*(column[first : first + size] for column in columns))

    parts = pool.map(solve_block, range(0, max(1, count), size))
    return [np.concatenate(column) for column in zip(*parts, strict=True)]


class _How(NamedTuple):
    tolerance: float
    rollout_steps: int
    starts: int
    seed: int


class _Solved(NamedTuple):
    """Columns of `FixedPoints`; NaN where nothing is known, or proved."""

    state: Floats
    memory: Floats
    residual: Floats
    radius: Floats
    steps: Integers
    box: Floats
    error: Floats
    bound: Floats

    @property
    def proved(self) -> Bools:
        return np.isfinite(self.box + self.bound) & (self.radius < 1) & (self.steps >= 0)


def _with_verdicts(found: _Solved, total: Integers, stable: Integers) -> FixedPoints:
    radius, solved = found.radius, np.isfinite(found.radius)
    with np.errstate(divide="ignore", invalid="ignore"):
        time_constant = np.where(radius < 1, -1 / np.log(radius), np.where(solved, np.inf, np.nan))
    verdict = np.where(radius < 1, VERIFIED, np.where(solved, UNSTABLE, UNCONVERGED))
    verdict[np.isfinite(found.box + found.bound)] = CERTIFIED
    return FixedPoints(
        found.state, found.memory, found.residual, radius, time_constant, found.steps,
        total, stable, found.box, found.error, found.bound, verdict,
    )  # fmt: skip


def _predictor(cell: Cell, drive: Floats, how: _How) -> Predictor | None:
    """From an even sample; None when too few of it seem to rest somewhere."""
    some = np.asfortranarray(drive[even_sample(len(drive), SAMPLE)])
    with np.errstate(all="ignore"):
        rolled = rollout(cell, some, max(PATIENCE), small=1e-4)
        state, memory, _, radius = _polish(cell, some, rolled, how.tolerance, near=0.1)
        known = np.flatnonzero(radius < 1)
        if len(known) < SAMPLE // 2:
            return None
        return Predictor.fit(cell, some[known], Rollout(state, memory).take(known))


def _by_prediction(
    predictor: Predictor, patience: int, cell: Cell, how: _How, drive: Floats
) -> _Solved:
    """The fixed points nearest to where they are predicted, and what can be proved of them soon."""
    drive = np.asfortranarray(drive)
    state, memory, _ = newton(cell, drive, predictor.states(drive))
    point = Rollout(state, memory)
    residual, radius = _checked(cell, drive, point, how.tolerance)
    end, steps = approach(cell, drive, point, min(how.rollout_steps, patience), NEAR)
    proofs = [np.full(len(drive), np.nan) for _ in range(3)]
    asked = np.flatnonzero((radius < 1) & (steps >= 0))
    here = (drive, state, memory, end.hidden, end.memory)
    # Most are proved in the norm of their nearest neighbour, few in that of the next or only in their own.
    for rank in (0,) if patience == min(PATIENCE) else (1, None):
        inputs, states, memories, *left = (rows(values, asked) for values in here)
        norms = None if rank is None else predictor.norms(states, rank)
        proof = certify(cell, inputs, states, memories, (left[0], left[1]), norms=norms)
        for whole, part in zip(proofs, vars(proof).values(), strict=True):
            whole[asked] = part
        asked = asked[~np.isfinite(proof.radius + proof.contraction)]
    return _Solved(state, memory, residual, radius, steps, *proofs)


def _by_rollout(cell: Cell, how: _How, drive: Floats) -> _Solved:
    """The fixed points where rollouts end, and what can be proved of them.

    A rollout until the steps are small, then Newton's method on the reduced map, then the checks: the
    residual, that Newton's method did not leave for another basin, and ρ. The order matters: Newton's
    method started too early lands on saddles. What fails a check, or seems to rest on a saddle, is
    followed further by leaps along its slow direction, and checked again.
    """
    rolled = rollout(cell, drive, how.rollout_steps)
    state, memory, residual, radius = _polish(cell, drive, rolled, how.tolerance)
    finite = np.isfinite(rolled.hidden).all(axis=1)
    doubtful = np.flatnonzero(~(radius < 1) & finite)
    if len(doubtful):
        further = follow(cell, drive[doubtful], rolled.take(doubtful), how.rollout_steps)
        rolled.put(doubtful, further)
        again = _polish(cell, drive[doubtful], further, how.tolerance)
        for whole, part in zip((state, memory, residual, radius), again, strict=True):
            whole[doubtful] = part
    asked, solved = np.flatnonzero(radius < 1), np.flatnonzero(np.isfinite(radius))
    proofs = _prove(cell, drive, Rollout(state, memory), rolled, asked, how.rollout_steps)
    steps = np.full(len(drive), -1, dtype=np.int64)
    there = Rollout(state[solved], memory[solved])
    steps[solved] = approach(cell, drive[solved], there, how.rollout_steps)[1]
    return _Solved(state, memory, residual, radius, steps, *proofs)


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
    state, memory, _ = newton(cell, drive, rolled.hidden)
    point = Rollout(state, memory)
    residual, radius = _checked(cell, drive, point, tolerance)
    away = _distance(rolled, point)
    for values in (state, memory, residual, radius):
        values[~((away < near) & np.isfinite(radius))] = np.nan
    return state, memory, residual, radius


def _checked(cell: Cell, drive: Floats, point: Rollout, tolerance: float) -> tuple[Floats, Floats]:
    """The residual, and ρ where it is within tolerance; NaN elsewhere."""
    *moved, jacobian = cell.step_and_jacobian(drive, point.hidden, point.memory)
    residual = _distance(Rollout(*moved), point)
    radius = spectral_radius(jacobian, cell.units)
    return residual, np.where(residual <= tolerance, radius, np.nan)


def _distance(one: Rollout, other: Rollout) -> Floats:
    """The largest component [N] of the difference, as a share of the other's |c| where that is above 1."""
    memory = np.abs(one.memory - other.memory) / np.maximum(1, np.abs(other.memory))
    both = np.concatenate([np.abs(one.hidden - other.hidden), memory], axis=1)
    return np.asarray(both.max(axis=1, initial=0))


def _multiplicity(
    cell: Cell, how: _How, drive: Floats, *columns: Array
) -> tuple[Integers, Integers]:
    """How many fixed points, and stable ones, Newton's method finds from the starts; [N] each."""
    found, random = _Solved(*columns), np.random.default_rng(how.seed)
    known = [found.state]
    total = np.isfinite(found.radius).astype(np.int64)
    stable = (found.radius < 1).astype(np.int64)
    # Krawczyk's box holds no other fixed point.
    home = found.state, found.box / 2
    for start in random.uniform(-1, 1, (how.starts, cell.units)):
        point, _, sound = newton(cell, drive, np.tile(start, (len(drive), 1)), home=home)
        near = [largest(point - other) < 1e-6 for other in known]
        new = np.flatnonzero(sound & ~np.logical_or.reduce(near))
        if len(new):
            memory = cell.reduced_map(drive[new], point[new])[1]
            total[new] += 1
            jacobian = cell.step_and_jacobian(drive[new], point[new], memory)[2]
            stable[new] += spectral_radius(jacobian, cell.units) < 1
            other = np.full_like(point, np.nan)
            other[new] = point[new]
            known.append(other)
    return total, stable
