"""What attracts the customers of each trait: a point, several, a curve or more (maths §6)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float, Int, Shaped

from spendscape.core.arrays import Array, Floats, Integers, Names
from spendscape.core.parquet import even_sample
from spendscape.core.statistics import bootstrap_sums, intervals, mean
from spendscape.dynamics.fixed_points import ATTRACTING, fixed_points
from spendscape.dynamics.maps import eigenvalues
from spendscape.dynamics.rollout import Rollout, rollout
from spendscape.network.cell import Cell


@dataclass(frozen=True)
class Criteria:
    """How attractors are told apart: the config's section `dynamics`.

    Attributes
    ----------
    point_spread : a cluster is a point when its spread is below this share of all customers' spread
    locus_variance : share of the variance that the dimensions of a locus hold
    maximum_points : most clusters that are looked for
    basin_customers, basin_starts : how many customers of a trait, and how many start states of each, are
        followed to see where they end
    rollout_steps : most steps of these
    slow : the spectral radius from which a direction counts as slow
    bootstrap, seed : resamples, and what fixes everything that is random
    """

    point_spread: float
    locus_variance: float
    maximum_points: int
    basin_customers: int
    basin_starts: int
    rollout_steps: int
    slow: float
    bootstrap: int
    seed: int


@dataclass(frozen=True)
class Ends:
    """Where customers end, and what they spend.

    Attributes
    ----------
    state : h*
    label : the trait that the output layer gives there; empty where no fixed point is known
    verdict, stable : of `FixedPoints`
    fractions : mean spending, the constant input
    """

    state: Float[Floats, "N M"]
    label: Shaped[Names, " N"]
    verdict: Shaped[Names, " N"]
    stable: Int[Integers, " N"]
    fractions: Float[Floats, "N C"]

    def take(self, rows: Array) -> "Ends":
        """These rows alone."""
        return Ends(*(column[rows] for column in vars(self).values()))


@dataclass(frozen=True)
class Attractor:
    """What attracts the customers of one trait.

    Attributes
    ----------
    kind : `point` (one tight cluster of h*), `points` (several), `curve`, `sheet` or `volume`
    dimension : principal components that hold the share of the locus's variance asked for
    variance_shares : of the principal components
    relative_spread : root mean square radius of the locus over that of all customers' h*
    clusters : number of mixture components by BIC, for what it says beside the spread
    positions, low, high : cluster centres with bootstrap intervals
    sizes : customers in each
    curve : the second-order polynomial along the first principal axis
    """

    kind: str
    dimension: int
    variance_shares: Float[Floats, " M"]
    relative_spread: float
    clusters: int
    positions: Float[Floats, "K M"]
    low: Float[Floats, "K M"]
    high: Float[Floats, "K M"]
    sizes: Int[Integers, " K"]
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
    range : the 1st and 99th percentile of t
    coefficients, coefficients_low, coefficients_high : with bootstrap intervals
    r2, r2_low, r2_high : share of the locus's variance on the curve
    """

    centre: Float[Floats, " M"]
    axis: Float[Floats, " M"]
    range: Float[Floats, "2"]
    coefficients: Float[Floats, "3 M"]
    coefficients_low: Float[Floats, "3 M"]
    coefficients_high: Float[Floats, "3 M"]
    r2: float
    r2_low: float
    r2_high: float


def attractors(
    cell: Cell,
    traits: Sequence[str],
    ends: Ends,
    dominants: Mapping[str, Shaped[Names, " N"]],
    how: Criteria,
) -> dict[str, Any]:
    """What attracts the customers of each trait, as dynamics/attractors.json has it.

    Only customers whose fixed point is known to attract enter; the others are counted as `left_out`.

    Parameters
    ----------
    dominants : name to the customers' own dominant traits, which the labels are compared with; empty where
        a customer has none

    Returns
    -------
    traits : name to `customers`, `agreement` and, for two customers or more, the `Attractor` and `basin`
    slow_manifold : of the mean input of all and of each trait's customers
    left_out : number of customers
    """
    sound = np.isin(ends.verdict, ATTRACTING)
    ends = ends if sound.all() else ends.take(sound)
    own = {name: values[sound] for name, values in dominants.items()}
    agreements = label_agreement(ends.label, own, traits, how.bootstrap, how.seed)
    found, inputs = {}, {"(all)": ends.fractions.mean(axis=0)}
    for trait in traits:
        members = ends.take(ends.label == trait)
        count = len(members.label)
        found[trait] = {
            "customers": count,
            "agreement": {name: shares[trait] for name, shares in agreements.items()},
        }
        if count > 1:
            found[trait] |= attractor(members.state, spread(ends.state), how).to_dict()
            found[trait]["basin"] = _basin(cell, members, how)
            inputs[trait] = members.fractions.mean(axis=0)
    slow = slow_manifold(cell, np.stack(list(inputs.values())), list(inputs), how.slow)
    return {"traits": found, "slow_manifold": slow, "left_out": int((~sound).sum())}


def _basin(cell: Cell, members: Ends, how: Criteria) -> dict[str, Any]:
    """How far the start state matters to the customers of one trait."""
    some = members.take(even_sample(len(members.label), how.basin_customers))
    drive = cell.drive(some.fractions)
    share = basins(cell, drive, some.state, how.basin_starts, how.rollout_steps, how.seed)
    alone = (members.stable == 1).astype(np.float64)
    return {
        "customers_with_one_attractor": mean_with_interval(alone, how.bootstrap, how.seed),
        "starts_that_end_here": mean_with_interval(share, how.bootstrap, how.seed),
        "customers_tried": len(some.label),
    }


def fit_curve(
    points: Float[Floats, "K M"], draws: int, seed: int
) -> tuple[Curve, Float[Floats, "2 M"]]:
    """A second-order polynomial through points, along their first principal axis (study IV).

    With the interval of the points' mean, which the same resamples tell.
    """
    centre = points.mean(axis=0)
    axis = np.linalg.svd(points - centre, full_matrices=False)[2][0]
    axis = axis * (1.0 if axis[np.abs(axis).argmax()] > 0 else -1.0)
    t = (points - centre) @ axis
    degree = min(2, len(points) - 1)
    powers = t[:, None] ** np.arange(3) * (np.arange(3) <= degree)

    # Sums of these over resamples make the normal equations and R². They are quick, and exact enough
    # for three powers of a t below 2.
    local, units = points - centre, points.shape[1]
    products = np.column_stack(
        [powers[:, j] * powers[:, k] for j in range(3) for k in range(3)]
        + [powers[:, [k]] * local for k in range(3)]
        + [np.square(local).sum(axis=1)]
    )

    def fit(counts: Floats) -> Floats:
        """For each resample the coefficients, R² and the mean."""
        sums = counts @ products / len(points)
        left, right = sums[:, :9].reshape(-1, 3, 3), sums[:, 9:-1].reshape(-1, 3, units)
        found = np.linalg.pinv(left, rcond=1e-12, hermitian=True) @ right
        middle, explained = right[:, 0], (found * (2 * right - left @ found)).sum(axis=(1, 2))
        total = sums[:, -1] - np.square(middle).sum(axis=1)
        missed = sums[:, -1] - explained
        r2 = np.where(total > 0, 1 - missed / np.where(total > 0, total, 1), 1.0)
        found[:, 0] += centre
        return np.column_stack([found.reshape(-1, 3 * units), r2, middle + centre])

    value = fit(np.ones((1, len(points))))[0]
    low, high = bootstrap_sums(fit, len(points), draws, seed)
    ends = np.quantile(t, [0.01, 0.99])
    shares = (float(row[3 * units]) for row in (value, low, high))
    middle, lowest, highest = (row[: 3 * units].reshape(3, units) for row in (value, low, high))
    curve = Curve(centre, axis, ends, middle, lowest, highest, *shares)
    return curve, np.stack([low[-units:], high[-units:]])


def attractor(
    points: Float[Floats, "K M"], overall_spread: float, how: Criteria, mixture_rows: int = 4000
) -> Attractor:
    """What the fixed points of one trait's customers are, by criterion (maths §6).

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
    dimension = int(np.searchsorted(np.cumsum(shares), how.locus_variance) + 1)
    relative = spread(points) / overall_spread if overall_spread > 0 else 0.0
    groups = _clusters(points, how.maximum_points, mixture_rows, how.seed)
    clusters = int(groups.max()) + 1
    limit = how.point_spread * overall_spread
    tight = [spread(points[groups == k]) < limit for k in range(clusters)]
    if relative < how.point_spread:
        kind = "point"
    elif clusters > 1 and all(tight):
        kind = "points"
    else:
        kind = {1: "curve", 2: "sheet"}.get(dimension, "volume")
    members = [points[groups == k] for k in range(clusters)] if kind == "points" else [points]
    curve, whole = fit_curve(points, how.bootstrap, how.seed)
    around = [
        whole if len(members) == 1 else _mean_interval(member, how.bootstrap, how.seed)
        for member in members
    ]
    return Attractor(
        kind,
        dimension,
        shares,
        relative,
        clusters,
        np.array([member.mean(axis=0) for member in members]),
        np.array([low for low, _ in around]),
        np.array([high for _, high in around]),
        np.array([len(member) for member in members], dtype=np.int64),
        curve,
    )


def spread(points: Float[Floats, "K M"]) -> float:
    """Root mean square distance of points from their mean."""
    return float(np.sqrt(np.square(points - points.mean(axis=0)).sum(axis=1).mean()))


def _mean_interval(points: Floats, draws: int, seed: int) -> tuple[Floats, Floats]:
    def means(counts: Floats) -> Floats:
        return np.asarray(counts @ points / len(points))

    return bootstrap_sums(means, len(points), draws, seed)


def _clusters(points: Floats, most: int, rows: int, seed: int) -> Integers:
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
    labels: Shaped[Names, " N"],
    dominants: Mapping[str, Shaped[Names, " N"]],
    traits: Sequence[str],
    draws: int,
    seed: int,
) -> dict[str, dict[str, dict[str, float] | None]]:
    """Per trait: the share of the customers so labelled whose own dominant trait is the same.

    Parameters
    ----------
    dominants : name to the customers' own dominant traits; who has none ('') does not count

    Returns
    -------
    name to trait to value, low, high; None for a label that no customer has
    """
    found: dict[str, dict[str, dict[str, float] | None]] = {
        name: dict.fromkeys(traits) for name in dominants
    }
    for trait in traits:
        rows = {name: (labels == trait) & (own != "") for name, own in dominants.items()}
        known = [name for name in dominants if rows[name].any()]
        same = (dominants[name][rows[name]] == trait for name in known)
        shares = intervals([mean(own.astype(np.float64)) for own in same], draws, seed)
        for name, numbers in zip(known, shares.tolist(), strict=True):
            found[name][trait] = dict(zip(("value", "low", "high"), numbers, strict=True))
    return found


def mean_with_interval(values: Float[Floats, " N"], draws: int, seed: int) -> dict[str, float]:
    """The mean of values as value, low and high."""
    low, high = _mean_interval(values[:, None], draws, seed)
    return {"value": float(values.mean()), "low": float(low[0]), "high": float(high[0])}


def slow_manifold(
    cell: Cell, inputs: Float[Floats, "K C"], names: Sequence[str], slow: float
) -> dict[str, dict[str, Any]]:
    """Whether the map under one constant input has a slow direction: an autonomous line attractor.

    The study's lines are loci of points that belong to different inputs; a line at one input would
    show as an eigenvalue near 1 of the Jacobian at that input's fixed point (maths §6).

    Parameters
    ----------
    inputs : for example the mean spending of all customers and of those of each trait
    names : of the inputs
    slow : the spectral radius from which it counts

    Returns
    -------
    name to state, eigenvalue moduli, spectral radius, time constant, verdict and `slow`
    """
    drive = cell.drive(inputs)
    found = fixed_points(cell, drive)
    moduli = np.sort(np.abs(eigenvalues(cell, drive, found.state, found.cell)))[:, ::-1]
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


def basins(
    cell: Cell,
    drive: Float[Floats, "N D"],
    state: Float[Floats, "N M"],
    starts: int,
    limit: int,
    seed: int,
) -> Float[Floats, " N"]:
    """Does the start matter? The share of random start states that end at each input's h*.

    A start has h evenly in the cube, and a memory that can stand behind it. One that has not come to
    rest within `limit` steps counts as ending elsewhere.

    Parameters
    ----------
    state : h*
    """
    random, begun = np.random.default_rng(seed), list[tuple[Floats, Floats]]()
    for _ in range(starts):
        hidden = random.uniform(-1, 1, state.shape)
        begun.append((hidden, cell.random_memory(hidden, random)))
    start = Rollout(*(np.concatenate(parts) for parts in zip(*begun, strict=True)))
    with np.errstate(all="ignore"):
        end = rollout(cell, np.tile(drive, (starts, 1)), limit, 1e-7, start).hidden
        here = np.abs(end.reshape(starts, *state.shape) - state).max(axis=2, initial=0) < 1e-3
    return np.asarray(here.mean(axis=0))
