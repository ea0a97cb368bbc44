"""A generative model of household spending whose truth is known.

For customer n, class c and year t, a taste for a class adds to the logarithm of its spend:

    log w[n,c,t] = log share[c] + own_taste · e[n,c] + yearly_noise · N(0, 1), for the classes it uses
    z[n,:,t] = z[n,:] + yearly_drift · N(0, 1)                     tastes that drive the traits

    expected fraction      f[n,:,t] = the composition nearest to w whose traits are those of z
    transactions a month   Poisson(A[n] · season[m,c] · (f / ticket)[n,c,t] / Σ_c (f / ticket))
    amount                 B[n] · G[t] · ticket[c] · exp(s N(0, 1) − s²/2), negative for a refund

Here z and e are normal, N(0, 1); A and B are log-normal and say how often and how much a customer
pays; G is the growth of prices and incomes.

The traits are linear in the fractions, O = f · coefficients (maths §2). The traits of z are those of
the composition share · exp(taste · L z). Take the classes' coefficients around their mean, with each
trait scaled to unit length; their singular value decomposition is U D V'. L holds the first
`label_rank` columns of U, so the traits vary in `label_rank` dimensions. Nearest is meant in relative
entropy: f = w · exp(U λ) / Σ, with the λ that makes f · U that of z; Newton's method finds it. So
somebody who has no car, or likes what nobody else likes, shows the same traits in the other classes.

Whether a customer uses a class is decided by a random number v, which classes can have in common (the
taxonomy's column `household`: tenure, car, children); a class without a word there has its own. The
customer uses the class if v is below the class's share of `users`; with `not tenure`, if 1 − v is. So
nobody pays both rent and a mortgage. The class's share among its users is share / users, so that the
panel's is `share`. In a year with a life event v is drawn anew.

A mover's z is drawn anew in a month of the last year's first half, and stays from then on. A share of
the customers joins late or leaves early, in any month: they pay nothing before or after it.

Every random number comes from a stream that is keyed by seed, purpose, block of customers and year.
So the bytes of a year depend neither on the other years nor on the number of cores, and a million
customers need the memory of one block.

The page of the simulator in the documentation compares the result with real panels.
"""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
import pandas as pd
import pyarrow as pa
from jaxtyping import Bool, Float, Int

from spendscape.core.arrays import Bools, Floats, Indices
from spendscape.core.errors import DataError
from spendscape.simulate.taxonomy import classes, households
from spendscape.traits.formula import formula_from_table

# Part of the definition of the data: another size would give other random numbers.
BLOCK = 4096
MONTHS = 12

# Of the search for the nearest composition: in standard deviations of a trait's direction.
NEWTON_STEPS, CLOSE = 30, 1e-6

# Purposes of the random streams.
TASTE, MOVE, OWN, HABIT, SEASON, DRIFT, PURCHASE, HOUSEHOLD, HISTORY, CODE, PROTECTED = range(11)


@runtime_checkable
class Knobs(Protocol):
    """The keys of the config's section `simulate` that the model reads."""

    customers: int
    years: int
    first_year: int
    transactions_per_year: int
    taste: float
    own_taste: float
    yearly_drift: float
    yearly_noise: float
    label_rank: int
    movers: float
    refunds: float
    short_histories: float
    life_events: float
    inflation: float
    income_growth: float
    concentration: float
    activity_spread: float
    income_spread: float
    amount_spread: float
    season: float
    currency: str
    protected: float | None


@dataclass(frozen=True)
class Model:
    """The simulated world: what all customers have in common.

    Attributes
    ----------
    knobs, seed : as in the config
    classes, traits : the names of the C classes and P traits
    shares : the typical fractions of spend, which add up to 1
    users : the share of the customers who use each class
    causes : which of a customer's draws decides that
    opposite : True where a high draw, not a low one, makes a user
    tickets : the mean amount of a transaction in each class
    coefficients : how the traits follow from the fractions
    directions : U, orthonormal with weights `shares`; all that moves the traits, K ≤ P
    loadings : L, the first R directions, so scaled that Σ_c share · Σ_r L² = 1
    seasons : each month's share of a year's transactions, by class
    """

    knobs: Knobs
    seed: int
    classes: list[str]
    traits: list[str]
    shares: Float[Floats, "C"]
    users: Float[Floats, "C"]
    causes: Int[Indices, "C"]
    opposite: Bool[Bools, "C"]
    tickets: Float[Floats, "C"]
    coefficients: Float[Floats, "C P"]
    directions: Float[Floats, "C K"]
    loadings: Float[Floats, "C R"]
    seasons: Float[Floats, "12 C"]

    @property
    def last_year(self) -> int:
        """The year in which movers move."""
        return self.knobs.first_year + self.knobs.years - 1


def build(knobs: Knobs, seed: int, taxonomy: pd.DataFrame, coefficients: pd.DataFrame) -> Model:
    """The model of a taxonomy and a formula of traits.

    Where the formula is not linear, the traits that are planted follow its slopes at the typical
    fractions of spend.

    Parameters
    ----------
    taxonomy : columns class, share (of a typical household's spend), ticket (mean amount), and
        perhaps users (share of the customers who use it, 1 where empty) and household (what decides it)
    coefficients : the table at `traits.coefficients`

    Raises
    ------
    DataError
        A table has a mistake, or `label_rank` is above the number of independent traits.
    """
    names, shares, tickets = classes(taxonomy)
    users, causes, opposite = households(taxonomy)
    shares = shares**knobs.concentration / np.sum(shares**knobs.concentration)
    formula = formula_from_table(coefficients, names)
    traits, matrix = formula.traits, formula.slopes(shares)
    centred = np.sqrt(shares)[:, None] * (matrix - shares @ matrix)
    lengths = np.linalg.norm(centred, axis=0)
    left, sizes, _ = np.linalg.svd(centred / np.where(lengths > 0, lengths, 1), full_matrices=False)
    left = left[:, sizes > 1e-9 * sizes[0]]
    # The sign of a singular vector is arbitrary; the same on every machine is not.
    left = left * np.sign(left[np.abs(left).argmax(axis=0), np.arange(left.shape[1])])
    rank = left.shape[1]
    if knobs.label_rank > rank:
        raise DataError(
            f"simulate.label_rank: {knobs.label_rank} was given; "
            f"traits.coefficients has {rank} independent traits, give at most {rank}"
        )
    directions = left / np.sqrt(shares)[:, None]
    peaks = stream(seed, SEASON).uniform(0, MONTHS, len(names))
    phases = 2 * np.pi * (np.arange(MONTHS)[:, None] - peaks) / MONTHS
    return Model(
        knobs=knobs,
        seed=seed,
        classes=names,
        traits=traits,
        shares=shares,
        users=users,
        causes=causes,
        opposite=opposite,
        tickets=tickets,
        coefficients=matrix,
        directions=directions,
        loadings=directions[:, : knobs.label_rank] / np.sqrt(knobs.label_rank),
        seasons=(1 + knobs.season * np.cos(phases)) / MONTHS,
    )


def fractions(
    model: Model, tastes: Float[Floats, "N R"], weights: Float[Floats, "N C"]
) -> Float[Floats, "N C"]:
    """Expected fractions of spend f: the nearest to weights w that has the traits of tastes z.

    Where no composition of the classes used has these traits, it is the nearest that Newton's steps
    reach.
    """
    directions = model.directions
    # No matrix product: its last bits may depend on the number of threads.
    target = np.einsum("nc,ck->nk", typical(model, tastes), directions)
    size, square = directions.shape[1], directions[:, :, None] * directions[:, None, :]
    square = square.reshape(len(directions), -1)
    f = weights / weights.sum(axis=1, keepdims=True)
    rows = np.arange(len(f))
    for _ in range(NEWTON_STEPS):
        mean = np.einsum("nc,ck->nk", f[rows], directions)
        miss = target[rows] - mean
        far = np.abs(miss).max(axis=1) > CLOSE
        rows, mean, miss = rows[far], mean[far], miss[far]
        near = f[rows]
        spread = np.einsum("nc,cq->nq", near, square).reshape(-1, size, size)
        spread -= mean[:, :, None] * mean[:, None, :]
        # A little on the diagonal: the classes used may not span all directions.
        step = np.linalg.solve(spread + 1e-6 * np.eye(size), miss[..., None])[..., 0]
        change = np.where(near > 0, np.einsum("nk,ck->nc", step, directions), 0)
        # From afar Newton's steps overshoot.
        longest = np.abs(change).max(axis=1, keepdims=True)
        near *= np.exp(change * 2 / np.maximum(longest, 2))
        f[rows] = near / near.sum(axis=1, keepdims=True)
    return np.asarray(f)


def typical(model: Model, tastes: Float[Floats, "N R"]) -> Float[Floats, "N C"]:
    """The composition that follows from tastes z alone, of customers who use every class."""
    log = model.knobs.taste * np.einsum("nr,cr->nc", tastes, model.loadings)
    weights = model.shares * np.exp(log)
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))


def scores(model: Model, tastes: Float[Floats, "N R"]) -> Float[Floats, "N P"]:
    """Traits of tastes z before they are standardised."""
    return np.asarray(np.einsum("nc,cp->np", typical(model, tastes), model.coefficients))


def used(model: Model, block: int, size: int, year: int) -> Bool[Bools, "N C"]:
    """Which classes the customers of a block use in a year.

    Parameters
    ----------
    block, size : the block's number, and how many customers it has
    """
    draws = stream(model.seed, HOUSEHOLD, block).random((size, model.causes.max() + 1))
    for passed in range(model.knobs.first_year + 1, year + 1):
        rng = stream(model.seed, HOUSEHOLD, block, passed)
        event = rng.random(draws.shape) < model.knobs.life_events
        draws = np.where(event, rng.random(draws.shape), draws)
    draws = draws[:, model.causes]
    return np.where(model.opposite, 1 - draws, draws) < model.users


def customer_ids(start: int, stop: int, total: int) -> pa.Array:
    """Ids C0000001, C0000002, …, whose order as text is that of their numbers.

    Parameters
    ----------
    start, stop : of the places, counted from 0
    total : how many customers there are, for the width of the numbers
    """
    width = max(7, len(str(total)))
    return pa.array([f"C{number:0{width}d}" for number in range(start + 1, stop + 1)])


def stream(seed: int, purpose: int, block: int = 0, year: int = 0) -> np.random.Generator:
    """The random numbers for one purpose, one block of customers and one year."""
    key = np.random.SeedSequence(seed, spawn_key=(purpose, block, year))
    return np.random.Generator(np.random.SFC64(key))


def blocks(total: int) -> list[slice]:
    """The customers' places, block by block."""
    return [slice(start, min(start + BLOCK, total)) for start in range(0, total, BLOCK)]
