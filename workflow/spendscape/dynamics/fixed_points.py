"""Fixed points of the network under constant input, their stability, and attractors (MATHS §6)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit
from scipy.stats import rankdata

from spendscape.core.arrays import Floats, Indices
from spendscape.core.statistics import bootstrap, weighted_r_squared
from spendscape.dynamics.certificates import certify
from spendscape.network.lstm import BLOCK, Lstm, gates, step

CERTIFIED, VERIFIED = "certified", "verified"
UNSTABLE, UNCONVERGED = "unstable", "unconverged"
# The verdicts on a fixed point that is known to attract, proved or to rounding error.
ATTRACTING = (CERTIFIED, VERIFIED)
# exp overflows beyond; the forget gate is 1 to the last bit long before.
LARGEST_EXPONENT = 700.0


def reduced_map(weights: Lstm, drive: Floats, hidden: Floats) -> tuple[Floats, Floats]:
    """The M equations that a fixed point of the 2M-dimensional map must solve (MATHS §6).

    G(h) = σ(a_o) ⊙ tanh(c*), c* = σ(a_i) ⊙ tanh(a_g) ⊙ (1 + e^{a_f}), a = drive + h R.

    Parameters
    ----------
    drive : [N, 4M], u K + β
    hidden : [N, M]

    Returns
    -------
    G, c* : [N, M] each
    """
    return _reduced(weights, drive, hidden)[:2]


def _reduced(weights: Lstm, drive: Floats, hidden: Floats) -> tuple[Floats, Floats, Floats]:
    """G and c* of the reduced map, and its slopes ∂G_m / ∂a_{gate, m}, [N, 4, M]."""
    i, f, g, o = np.split(drive + hidden @ weights.recurrent, 4, axis=-1)
    entering, candidate, leaving = expit(i), np.tanh(g), expit(o)
    growth = 1 + np.exp(np.minimum(f, LARGEST_EXPONENT))
    cell = entering * candidate * growth
    after = np.tanh(cell)
    outer = leaving * (1 - after**2)
    slopes = [
        cell * (1 - entering),
        entering * candidate * (growth - 1),
        entering * (1 - candidate**2) * growth,
    ]
    by_gate = [*(_product(outer, slope) for slope in slopes), leaving * (1 - leaving) * after]
    return leaving * after, cell, np.stack(by_gate, axis=1)


def _product(small: Floats, large: Floats) -> Floats:
    """small · large, where 0 · (a huge number) is 0: a saturated unit does not answer."""
    return np.where(small == 0, 0.0, small * large)


def reduced_jacobian(weights: Lstm, drive: Floats, hidden: Floats) -> Floats:
    """∂G/∂h of the reduced map, [N, M, M]."""
    return _through(_reduced(weights, drive, hidden)[2], weights.recurrent)


def _through(slopes: Floats, matrix: Floats) -> Floats:
    """Σ over gates of slope_{gate, m} · matrix_{k, gate, m}, [N, M, K]: the slopes by what enters a."""
    by_unit = _by_gate(matrix).transpose(2, 1, 0)
    return np.asarray(np.matmul(slopes.transpose(2, 0, 1), by_unit).transpose(1, 0, 2))


def input_jacobian(weights: Lstm, drive: Floats, hidden: Floats) -> Floats:
    """∂G/∂u of the reduced map by the input u, [N, M, C]."""
    return _through(_reduced(weights, drive, hidden)[2], weights.kernel)


def tangent(weights: Lstm, drive: Floats, hidden: Floats) -> Floats:
    """How the fixed point moves with the input, (I − ∂G/∂h)⁻¹ ∂G/∂u, [N, M, C] (MATHS §6)."""
    left = np.eye(weights.units) - reduced_jacobian(weights, drive, hidden)
    return np.asarray(np.linalg.solve(left, input_jacobian(weights, drive, hidden)))


def _by_gate(matrix: Floats) -> Floats:
    """A matrix [K, 4M] as [K, 4, M]."""
    return matrix.reshape(matrix.shape[0], 4, -1)


def jacobian(weights: Lstm, drive: Floats, hidden: Floats, cell: Floats) -> Floats:
    """The Jacobian of the map (h, c) ↦ (h', c') by (h, c), [N, 2M, 2M]."""
    i, f, g, o = gates(weights, drive, hidden)
    r_i, r_f, r_g, r_o = np.moveaxis(_by_gate(weights.recurrent), 1, 0).transpose(0, 2, 1)
    after = np.tanh(f * cell + i * g)
    rows = [(i * (1 - i) * g, r_i), (f * (1 - f) * cell, r_f), (i * (1 - g**2), r_g)]
    cell_by_hidden = sum(slope[:, :, None] * recurrent for slope, recurrent in rows)
    slope = o * (1 - after**2)
    identity = np.eye(weights.units)
    hidden_by_hidden = slope[:, :, None] * cell_by_hidden + (o * (1 - o) * after)[:, :, None] * r_o
    upper = np.concatenate([hidden_by_hidden, (slope * f)[:, :, None] * identity], axis=2)
    lower = np.concatenate([cell_by_hidden, f[:, :, None] * identity], axis=2)
    return np.concatenate([upper, lower], axis=1)


@dataclass(frozen=True)
class FixedPoints:
    """The fixed point of every input, as values with a verdict.

    Of an `unconverged` input nothing is known: its numbers are NaN, and `steps` is −1.

    Attributes
    ----------
    state, cell : h* and c*, [N, M]
    residual : [N], the largest component of |F(h*, c*) − (h*, c*)|, relative for |c*| > 1
    spectral_radius : ρ [N] of the Jacobian of (h, c)
    time_constant : −1 / ln ρ [N] in steps; infinite for ρ ≥ 1
    steps : [N], from the zero state until h first comes within 1e-3 of h*; −1 when not within the rollout
    fixed_points, stable : [N], how many were found from several starts, and how many of them attract
    certified_radius : [N], half the side of a box around h* proved to hold exactly one fixed point
    certified_error : [N], h* is proved to be at most so far from it; both NaN where nothing is proved
    spectral_radius_bound : [N], a proved bound on ρ; NaN where none below 1 is proved
    verdict : [N], `certified` (proved to exist, alone in its box, to attract, and to attract the state where
        the rollout was left), `verified` (the same to rounding error: residual within
        tolerance, reached by the rollout, ρ < 1), `unstable` (ρ ≥ 1) or `unconverged`
    """

    state: Floats
    cell: Floats
    residual: Floats
    spectral_radius: Floats
    time_constant: Floats
    steps: NDArray[np.int64]
    fixed_points: NDArray[np.int64]
    stable: NDArray[np.int64]
    certified_radius: Floats
    certified_error: Floats
    spectral_radius_bound: Floats
    verdict: NDArray[np.str_]


def fixed_points(
    weights: Lstm,
    drive: Floats,
    tolerance: float = 1e-12,
    rollout_steps: int = 5000,
    starts: int = 5,
    seed: int = 0,
    certificates: bool = True,
) -> FixedPoints:
    """The fixed point that each input leads to from the zero state (MATHS §6, docs/dynamics.md).

    A rollout until the steps are small, then Newton's method on the reduced map, then the checks:
    residual, that Newton did not leave for another basin, and ρ. The order matters: Newton's method
    started too early lands on saddles. What fails a check, or seems to rest on a saddle, is followed
    further by leaps along its slow direction, and checked again.

    Parameters
    ----------
    drive : [N, 4M], the constant inputs through `Lstm.drive`; a row with NaN or infinity is `unconverged`
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
            _solve_block(weights, drive[first : first + BLOCK], *options)
            for first in range(0, max(1, len(drive)), BLOCK)
        ]
    columns = zip(*(vars(block).values() for block in blocks), strict=True)
    return FixedPoints(*(np.concatenate(column) for column in columns))


def _solve_block(
    weights: Lstm,
    drive: Floats,
    tolerance: float,
    rollout_steps: int,
    starts: int,
    seed: int,
    certificates: bool,
) -> FixedPoints:
    count = len(drive)
    rolled = rollout(weights, drive, rollout_steps)
    state, cell, residual, radius = _polish(weights, drive, rolled, tolerance)
    doubtful = np.flatnonzero(~(radius < 1) & np.isfinite(rolled.hidden).all(axis=1))
    if len(doubtful):
        further = follow(weights, drive[doubtful], rolled.take(doubtful), rollout_steps)
        rolled.put(doubtful, further)
        again = _polish(weights, drive[doubtful], further, tolerance)
        for whole, part in zip((state, cell, residual, radius), again, strict=True):
            whole[doubtful] = part
    solved = np.isfinite(radius)
    verdict = np.where(radius < 1, VERIFIED, np.where(solved, UNSTABLE, UNCONVERGED))
    box, error, bound = (np.full(count, np.nan) for _ in range(3))
    open_ = np.flatnonzero((radius < 1) & certificates)
    for attempt in range(2):
        if attempt:
            # Nearer to the fixed point the ball that must be proved to shrink is smaller.
            rolled.put(open_, follow(weights, drive[open_], rolled.take(open_), rollout_steps))
        end = rolled.hidden[open_], rolled.cell[open_]
        proof = certify(weights, drive[open_], state[open_], cell[open_], end)
        box[open_], error[open_], bound[open_] = proof.radius, proof.error, proof.contraction
        proved = np.isfinite(proof.radius + proof.contraction)
        verdict[open_[proved]] = CERTIFIED
        open_ = open_[~proved]
        if not len(open_):
            break
    time_constant = np.where(radius < 1, -1 / np.log(radius), np.where(solved, np.inf, np.nan))
    total, stable = _multiplicity(weights, drive, state, radius, starts, seed)
    steps = np.full(count, -1, dtype=np.int64)
    steps[solved] = _steps_until(weights, drive[solved], state[solved], rollout_steps)
    return FixedPoints(
        state,
        cell,
        residual,
        radius,
        time_constant,
        steps,
        total,
        stable,
        box,
        error,
        bound,
        verdict,
    )


def _polish(
    weights: Lstm, drive: Floats, rolled: "Rollout", tolerance: float, near: float = 1e-3
) -> tuple[Floats, Floats, Floats, Floats]:
    """h*, c*, residual and ρ of Newton's method from where rollouts were left; NaN where a check fails.

    The checks: Newton converged, no component of h* or (relative for |c*| > 1) of c* is farther than
    `near` from the rollout's, the residual is within tolerance, and ρ is a number.
    """
    state = newton(weights, drive, rolled.hidden)[0]
    cell = reduced_map(weights, drive, state)[1]
    away = np.maximum(np.abs(state - rolled.hidden), _relative(rolled.cell, cell)).max(axis=1)
    residual = _residual(weights, drive, state, cell)
    radius = spectral_radius(weights, drive, state, cell)
    passed = (away < near) & (residual <= tolerance) & np.isfinite(radius)
    for values in (state, cell, residual, radius):
        values[~passed] = np.nan
    return state, cell, residual, radius


@dataclass(frozen=True)
class Rollout:
    """Where rollouts were left: hidden and cell states, [N, M] each."""

    hidden: Floats
    cell: Floats

    def take(self, rows: Indices) -> "Rollout":
        """Some of them."""
        return Rollout(self.hidden[rows], self.cell[rows])

    def put(self, rows: Indices, other: "Rollout") -> None:
        """Replace some of them."""
        self.hidden[rows], self.cell[rows] = other.hidden, other.cell


def rollout(
    weights: Lstm, drive: Floats, limit: int, small: float = 1e-9, start: Rollout | None = None
) -> Rollout:
    """Roll each input until its steps are below `small`, at most `limit` of them.

    NaN for an input that is not finite, or that brings the state beyond all bounds.

    Parameters
    ----------
    start : where to start; None for the zero state
    """
    zero = np.zeros((len(drive), weights.units))
    h, c = (zero, zero.copy()) if start is None else (start.hidden.copy(), start.cell.copy())
    moving = np.arange(len(drive))
    for _ in range(limit):
        h_new, c_new = step(weights, drive[moving], h[moving], c[moving])
        change = np.maximum(np.abs(h_new - h[moving]), np.abs(c_new - c[moving])).max(axis=1)
        h[moving], c[moving] = h_new, c_new
        moving = moving[(change >= small) & (change < np.inf)]
        if not len(moving):
            break
    lost = ~np.isfinite(h + c).all(axis=1)
    h[lost] = c[lost] = np.nan
    return Rollout(h, c)


def follow(
    weights: Lstm,
    drive: Floats,
    start: Rollout,
    limit: int,
    still: float = 1e-13,
    plain_steps: int = 20,
    leap: float = 1e-3,
    bend: float = 0.1,
) -> Rollout:
    """Follow trajectories that have become slow, by leaps along their slow direction (docs/dynamics.md).

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
    h, c = start.hidden.copy(), start.cell.copy()
    moving = np.arange(len(drive))
    before = np.full((len(drive), 2 * weights.units), np.nan)
    for t in range(1, limit + 1):
        h_new, c_new = step(weights, drive[moving], h[moving], c[moving])
        change = np.concatenate([h_new - h[moving], c_new - c[moving]], axis=1)
        h[moving], c[moving] = h_new, c_new
        scale = np.maximum(1, np.abs(np.concatenate([h_new, c_new], axis=1)))
        if t % plain_steps == 0:
            count = _leap(change, before, scale.max(axis=1), leap, bend)[:, None]
            h[moving] += count * change[:, : weights.units]
            c[moving] += count * change[:, weights.units :]
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


def newton(
    weights: Lstm, drive: Floats, hidden: Floats, iterations: int = 50
) -> tuple[Floats, NDArray[np.bool_]]:
    """Newton's method on G(h) − h from states [N, M]: the points reached, and which converged."""
    h = hidden.copy()
    converged = np.zeros(len(h), dtype=bool)
    active = np.arange(len(h))
    for _ in range(iterations):
        here = h[active]
        value, _, slopes = _reduced(weights, drive[active], here)
        left = np.eye(weights.units) - _through(slopes, weights.recurrent)
        change = _solve(left, value - here)
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
    miss = np.abs(reduced_map(weights, drive, h)[0] - h).max(axis=1, initial=0)
    return h, converged & (miss < 1e-12)


def _solve(left: Floats, right: Floats) -> Floats:
    """Solutions [N, M] of [N, M, M] · x = [N, M]; NaN where a matrix is singular."""
    try:
        return np.asarray(np.linalg.solve(left, right[:, :, None])[:, :, 0])
    except np.linalg.LinAlgError:
        sound = np.isfinite(left).all(axis=(1, 2)) & (np.abs(np.linalg.det(left)) > 1e-300)
        solution = np.full_like(right, np.nan)
        solution[sound] = np.linalg.solve(left[sound], right[sound][:, :, None])[:, :, 0]
        return solution


def _residual(weights: Lstm, drive: Floats, state: Floats, cell: Floats) -> Floats:
    hidden, after = step(weights, drive, state, cell)
    both = np.maximum(np.abs(hidden - state), _relative(after, cell))
    return np.asarray(both.max(axis=1, initial=0))


def _relative(one: Floats, other: Floats) -> Floats:
    """|one − other|, as a share of |other| where that is above 1."""
    return np.asarray(np.abs(one - other) / np.maximum(1, np.abs(other)))


def spectral_radius(weights: Lstm, drive: Floats, state: Floats, cell: Floats) -> Floats:
    """ρ [N] of the Jacobian of (h, c) at states and cells [N, M]; NaN where it is not finite."""
    return np.asarray(np.abs(eigenvalues(weights, drive, state, cell)).max(axis=1, initial=0))


def eigenvalues(
    weights: Lstm, drive: Floats, state: Floats, cell: Floats
) -> NDArray[np.complex128]:
    """Those of the Jacobian of (h, c), [N, 2M]; NaN where it is not finite."""
    matrices = jacobian(weights, drive, state, cell)
    finite = np.isfinite(matrices).all(axis=(1, 2))
    found = np.full(matrices.shape[:2], np.nan, dtype=np.complex128)
    found[finite] = np.linalg.eigvals(matrices[finite])
    return found


def _multiplicity(
    weights: Lstm,
    drive: Floats,
    state: Floats,
    radius: Floats,
    starts: int,
    seed: int,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """How many fixed points, and stable ones, Newton's method finds from the starts; [N] each."""
    random = np.random.default_rng(seed)
    known = [state]
    total = np.isfinite(radius).astype(np.int64)
    stable = (radius < 1).astype(np.int64)
    for start in random.uniform(-1, 1, (starts, weights.units)):
        point, found = newton(weights, drive, np.tile(start, (len(drive), 1)))
        near = [np.abs(point - other).max(axis=1, initial=0) < 1e-6 for other in known]
        new = found & ~np.logical_or.reduce(near)
        cell = reduced_map(weights, drive[new], point[new])[1]
        total[new] += 1
        stable[new] += spectral_radius(weights, drive[new], point[new], cell) < 1
        known.append(np.where(new[:, None], point, np.nan))
    return total, stable


def basins(
    weights: Lstm, drive: Floats, state: Floats, starts: int, limit: int, seed: int
) -> Floats:
    """Does the start matter? The share [N] of random start states that end at each input's h*.

    A start has h evenly in the cube and a cell that can show such an h, tanh c evenly between h and
    ±1. One that has not come to rest within `limit` steps counts as ending elsewhere.

    Parameters
    ----------
    state : h*, [N, M]
    """
    random, ends = np.random.default_rng(seed), np.zeros(len(drive))
    for _ in range(starts):
        hidden = random.uniform(-1, 1, state.shape)
        shown = hidden + (np.sign(hidden) - hidden) * random.uniform(0, 1, state.shape)
        start = Rollout(hidden, np.arctanh(shown))
        with np.errstate(all="ignore"):
            end = rollout(weights, drive, limit, small=1e-7, start=start).hidden
            ends += np.abs(end - state).max(axis=1, initial=0) < 1e-3
    return ends / starts


def _steps_until(
    weights: Lstm, drive: Floats, state: Floats, limit: int, near: float = 1e-3
) -> NDArray[np.int64]:
    """Steps from the zero state until h first comes within `near` of `state`; −1 when it never does."""
    steps = np.full(len(drive), -1, dtype=np.int64)
    h = c = np.zeros((len(drive), weights.units))
    moving = np.arange(len(drive))
    for t in range(1, limit + 1):
        h, c = step(weights, drive[moving], h, c)
        there = np.linalg.norm(h - state[moving], axis=1) < near
        steps[moving[there]] = t
        h, c, moving = h[~there], c[~there], moving[~there]
        if not len(moving):
            break
    return steps


@dataclass(frozen=True)
class Attractor:
    """What attracts the customers of one trait.

    Attributes
    ----------
    kind : `point` (one tight cluster of h*), `points` (several), `curve`, `sheet` or `volume`
    dimension : principal components that hold the share of the locus's variance asked for
    variance_shares : [M], of the principal components
    relative_spread : root mean square radius of the locus over that of all customers' h*
    clusters : number of mixture components by BIC, for what it says beside the spread
    positions, low, high : [K, M], cluster centres with bootstrap intervals
    sizes : [K], customers in each
    curve : the second-order polynomial along the first principal axis
    """

    kind: str
    dimension: int
    variance_shares: Floats
    relative_spread: float
    clusters: int
    positions: Floats
    low: Floats
    high: Floats
    sizes: NDArray[np.int64]
    curve: "Curve"

    def to_dict(self) -> dict[str, Any]:
        """As the entry of a trait in dynamics/attractors.json."""
        names = ("kind", "dimension", "variance_shares", "relative_spread", "clusters")
        columns = (self.positions, self.low, self.high, self.sizes)
        keys = ("position", "low", "high", "customers")
        return {name: getattr(self, name) for name in names} | {
            "locations": [dict(zip(keys, row, strict=True)) for row in zip(*columns, strict=True)],
            "polynomial": vars(self.curve),
        }


@dataclass(frozen=True)
class Curve:
    """position(t) = Σ_k coefficients[k] tᵏ for t in `range`, t = (h − centre) · axis.

    Attributes
    ----------
    centre, axis : [M]
    range : [2], the 1st and 99th percentile of t
    coefficients, coefficients_low, coefficients_high : [3, M], with bootstrap intervals
    r2, r2_low, r2_high : share of the locus's variance on the curve
    """

    centre: Floats
    axis: Floats
    range: Floats
    coefficients: Floats
    coefficients_low: Floats
    coefficients_high: Floats
    r2: float
    r2_low: float
    r2_high: float


def fit_curve(points: Floats, draws: int, seed: int) -> Curve:
    """A second-order polynomial through points [K, M], along their first principal axis (study IV)."""
    centre = points.mean(axis=0)
    axis = np.linalg.svd(points - centre, full_matrices=False)[2][0]
    axis = axis * (1.0 if axis[np.abs(axis).argmax()] > 0 else -1.0)
    t = (points - centre) @ axis
    degree = min(2, len(points) - 1)
    powers = t[:, None] ** np.arange(3) * (np.arange(3) <= degree)

    def fit(rows: Indices) -> Floats:
        """The coefficients, and R² as a further row."""
        some, power = points[rows], powers[rows]
        # By the normal equations: quick, and exact enough for three powers of a t below 2.
        found = np.linalg.lstsq(power.T @ power, power.T @ some, rcond=1e-12)[0]
        total = np.square(some - some.mean(axis=0)).sum()
        r2 = 1 - np.square(some - power @ found).sum() / total if total > 0 else 1.0
        return np.vstack([found, np.full(points.shape[1], r2)])

    value = fit(np.arange(len(points)))
    low, high = bootstrap(fit, len(points), draws, seed)
    ends = np.quantile(t, [0.01, 0.99])
    shares = float(value[3, 0]), float(low[3, 0]), float(high[3, 0])
    return Curve(centre, axis, ends, value[:3], low[:3], high[:3], *shares)


def attractor(
    points: Floats,
    overall_spread: float,
    point_spread: float,
    locus_variance: float,
    maximum_points: int,
    draws: int,
    seed: int,
    mixture_rows: int = 4000,
) -> Attractor:
    """What the fixed points [K, M] of one trait's customers are, by criterion (MATHS §6).

    One cluster whose relative spread is below `point_spread` is a `point`; if the mixture with the
    best BIC has several components that are all that tight, they are `points`; otherwise the
    number of principal components that hold `locus_variance` names it `curve`, `sheet` or `volume`.

    Parameters
    ----------
    overall_spread : root mean square radius of all customers' fixed points
    mixture_rows : at most this many points, evenly taken, enter the mixtures
    """
    centre = points.mean(axis=0)
    variances = np.linalg.svd(points - centre, compute_uv=False) ** 2
    variances = np.pad(variances, (0, points.shape[1] - len(variances)))
    shares = variances / variances.sum() if variances.sum() > 0 else np.eye(points.shape[1])[0]
    dimension = int(np.searchsorted(np.cumsum(shares), locus_variance) + 1)
    relative = spread(points) / overall_spread if overall_spread > 0 else 0.0
    groups = _clusters(points, maximum_points, mixture_rows, seed)
    clusters = int(groups.max()) + 1
    tight = [spread(points[groups == k]) < point_spread * overall_spread for k in range(clusters)]
    if relative < point_spread:
        kind = "point"
    elif clusters > 1 and all(tight):
        kind = "points"
    else:
        kind = {1: "curve", 2: "sheet"}.get(dimension, "volume")
    members = [points[groups == k] for k in range(clusters)] if kind == "points" else [points]
    intervals = [_mean_interval(member, draws, seed) for member in members]
    return Attractor(
        kind,
        dimension,
        shares,
        relative,
        clusters,
        np.array([member.mean(axis=0) for member in members]),
        np.array([low for low, _ in intervals]),
        np.array([high for _, high in intervals]),
        np.array([len(member) for member in members], dtype=np.int64),
        fit_curve(points, draws, seed),
    )


def spread(points: Floats) -> float:
    """Root mean square distance of points [K, M] from their mean."""
    return float(np.sqrt(np.square(points - points.mean(axis=0)).sum(axis=1).mean()))


def _mean_interval(points: Floats, draws: int, seed: int) -> tuple[Floats, Floats]:
    def mean(rows: Indices) -> Floats:
        return np.asarray(points[rows].mean(axis=0))

    return bootstrap(mean, len(points), draws, seed)


def _clusters(points: Floats, most: int, rows: int, seed: int) -> NDArray[np.int64]:
    """Labels 0 … k − 1 [K] of the Gaussian mixture with the smallest BIC, k ≤ `most`."""
    from sklearn.mixture import GaussianMixture

    sample = points[:: max(1, len(points) // rows)]
    enough = [k for k in range(1, most + 1) if len(sample) >= 10 * k * points.shape[1]] or [1]
    if len(sample) < 2:
        return np.zeros(len(points), dtype=np.int64)
    mixtures = [GaussianMixture(k, random_state=seed, n_init=2).fit(sample) for k in enough]
    best = min(mixtures, key=lambda mixture: float(mixture.bic(sample)))
    labels = np.unique(best.predict(points), return_inverse=True)[1]
    return np.asarray(labels, dtype=np.int64)


def label_agreement(
    labels: NDArray[Any], own: NDArray[Any], traits: Sequence[str], draws: int, seed: int
) -> dict[str, dict[str, float] | None]:
    """Per trait: the share of the customers so labelled whose own dominant trait is the same.

    Returns
    -------
    trait to value, low, high; None for a label that no customer has
    """
    shares: dict[str, dict[str, float] | None] = dict.fromkeys(traits)
    for trait in sorted(set(traits) & set(labels)):
        same = (own[labels == trait] == trait).astype(np.float64)
        shares[trait] = mean_with_interval(same, draws, seed)
    return shares


def mean_with_interval(values: Floats, draws: int, seed: int) -> dict[str, float]:
    """The mean of values [N] as value, low and high."""
    low, high = _mean_interval(values, draws, seed)
    return {"value": float(values.mean()), "low": float(low), "high": float(high)}


def slow_manifold(
    weights: Lstm, inputs: Floats, names: Sequence[str], slow: float
) -> dict[str, dict[str, Any]]:
    """Whether the map under one constant input has a slow direction: an autonomous line attractor.

    The study's lines are loci of points that belong to different inputs; a line at one input would
    show as an eigenvalue near 1 of the Jacobian at that input's fixed point (MATHS §6).

    Parameters
    ----------
    inputs : [K, C], for example the mean spending of all customers and of each trait's
    names : of the K inputs
    slow : the spectral radius from which it counts

    Returns
    -------
    name to state, eigenvalue moduli, spectral radius, time constant, verdict and `slow`
    """
    drive = weights.drive(inputs)
    found = fixed_points(weights, drive)
    moduli = np.sort(np.abs(eigenvalues(weights, drive, found.state, found.cell)))[:, ::-1]
    return {
        name: {
            "state": found.state[k],
            "eigenvalue_moduli": moduli[k],
            "spectral_radius": float(found.spectral_radius[k]),
            "time_constant": float(found.time_constant[k]),
            "verdict": str(found.verdict[k]),
            "slow": bool(found.spectral_radius[k] >= slow),
        }
        for k, name in enumerate(names)
    }


def convergence(
    state: Floats,
    locations: dict[str, Floats],
    labels: NDArray[Any],
    dominants: dict[str, NDArray[Any]],
    strength: Floats,
    steps: NDArray[Any],
    extended_distance: Floats,
    draws: int,
    seed: int,
    near: float = 1e-3,
) -> pd.DataFrame:
    """How far the trajectories end where the study says (Eq. 3, Fig. 3), with intervals.

    Parameters
    ----------
    state : h*, [N, M]
    locations : name to predicted final locations L [N, M]
    labels : [N], the trait that the output layer gives at h*
    dominants : name to the customers' own dominant traits [N] that labels are compared with
    strength : [N], size of the dominant trait
    steps : [N], steps to come near h*, negative where they do not
    extended_distance : [N], distance from h* after T′ steps

    Returns
    -------
    Columns quantity, value, low, high. R² is over all components, each weighted with its variance.
    """
    quantities: dict[str, Any] = {
        f"r2_of_{name}": lambda rows, place=place: weighted_r_squared(state[rows], place[rows])
        for name, place in locations.items()
    }
    for name, own in dominants.items():
        same = (labels == own).astype(np.float64)
        quantities[f"label_equals_{name}"] = lambda rows, same=same: same[rows].mean()
    far = (extended_distance > near).astype(np.float64)
    quantities["share_not_converged_after_extension"] = lambda rows: far[rows].mean()
    reached = steps >= 0
    ranks = np.column_stack([rankdata(strength[reached]), rankdata(steps[reached])])
    quantities["correlation_of_strength_and_steps"] = lambda rows: np.corrcoef(
        ranks[rows % len(ranks)], rowvar=False
    )[0, 1]
    table = []
    for name, quantity in quantities.items():
        low, high = bootstrap(quantity, len(state), draws, seed)
        value = quantity(np.arange(len(state)))
        table.append(
            {"quantity": name, "value": float(value), "low": float(low), "high": float(high)}
        )
    return pd.DataFrame(table)
