"""A generative model of household spending whose truth is known.

Customer n, class c, year t. A taste for a class is an addition to the logarithm of its spend:

    log w[n,c,t] = log share[c] + own_taste · e[n,c] + yearly_noise · N(0, 1), for the classes it uses
    z[n,:,t] = z[n,:] + yearly_drift · N(0, 1)                     tastes that drive the traits

    expected fraction      f[n,:,t] = the composition nearest to w whose traits are those of z
    transactions a month   Poisson(A[n] · season[m,c] · (f / ticket)[n,c,t] / Σ_c (f / ticket))
    amount                 B[n] · G[t] · ticket[c] · exp(s N(0, 1) − s²/2), negative for a refund

with z, e ~ N(0, 1), A and B log-normal: how often and how much a customer pays, and G the growth of
prices and incomes.

The traits are linear in the fractions, O = f · coefficients (MATHS §2). Those of z are the traits of
the composition share · exp(taste · L z). The columns of G, the classes' coefficients around their
mean with each trait to unit length, have the singular value decomposition U D V'; L holds its first
`label_rank` left vectors, so the traits vary in `label_rank` dimensions. Nearest is meant in relative
entropy: f = w · exp(U λ) / Σ, with the λ, found by Newton's method, that makes f · U that of z. So
whoever has no car, or likes what nobody else does, shows the same traits in the other classes.

A customer uses a class if its draw v for what decides it (the taxonomy's column `household`: tenure,
car, children; else the class itself) is below the class's share of `users`, or, for `not tenure`,
above one less it: who pays rent pays no mortgage. Its share is then share / users, so that the
panel's is `share`. In a year with a life event v is drawn anew.

A mover's z is drawn anew in a month of the last year's first half, and holds from then on. A share of
the customers joins late or leaves early, in any month: they pay nothing before or after it.

Every random number comes from a stream that is keyed by seed, purpose, block of customers and year.
So the bytes of a year depend neither on the other years nor on the number of cores, and a million
customers need the memory of one block.

docs/simulator.md holds the result against real panels.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from spendscape.core.arrays import Floats
from spendscape.core.errors import DataError
from spendscape.core.parquet import table, tensor_values
from spendscape.traits.formula import formula_from_table
from spendscape.traits.targets import dominant, standards

# Part of the definition of the data: another size would give other random numbers.
BLOCK = 4096
MONTHS = 12
# With P traits the dominant one stays the same in all of them about once in P^4 draws.
CANDIDATES = 4

# Of the search for the nearest composition: in standard deviations of a trait's direction.
NEWTON_STEPS, CLOSE = 30, 1e-6

FLAT = "traits.coefficients: trait {!r} is the same for every simulated customer"

# Purposes of the random streams.
TASTE, MOVE, OWN, HABIT, SEASON, DRIFT, PURCHASE, HOUSEHOLD, HISTORY, CODE, PROTECTED = range(11)

# The columns of the truth that the transactions follow.
PLAN = ["tastes_before", "tastes_after", "moved", "joined", "left"]
SCHEMA = pa.schema(
    {
        "transaction_id": pa.int64(),
        "customer_id": pa.dictionary(pa.int32(), pa.string()),
        "booked": pa.date32(),
        "class": pa.dictionary(pa.int32(), pa.string()),
        "amount": pa.float64(),
        "currency": pa.dictionary(pa.int32(), pa.string()),
        "merchant_category_code": pa.dictionary(pa.int32(), pa.string()),
    }
)
# Ids rise by one, so their differences take no room. Level 1 writes twice as fast as the default.
PARQUET: dict[str, Any] = {
    "compression": "zstd",
    "compression_level": 1,
    "use_dictionary": ["customer_id", "class", "booked", "currency", "merchant_category_code"],
    "column_encoding": {"transaction_id": "DELTA_BINARY_PACKED"},
}


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
    classes, traits : C and P names
    shares : [C], the typical fractions of spend, sum 1
    users : [C], the share of the customers who use the class
    causes : [C], which of a customer's draws decides that
    opposite : [C], True where a high draw, not a low one, makes a user
    tickets : [C], the mean amount of a transaction
    coefficients : [C, P]
    directions : [C, K], orthonormal with weights `shares`, all that moves the traits, K ≤ P
    loadings : L, [C, R], the first R of them, so scaled that Σ_c share · Σ_r L² = 1
    seasons : [12, C], each month's share of a year's transactions
    """

    knobs: Knobs
    seed: int
    classes: list[str]
    traits: list[str]
    shares: Floats
    users: Floats
    causes: NDArray[np.intp]
    opposite: NDArray[np.bool_]
    tickets: Floats
    coefficients: Floats
    directions: Floats
    loadings: Floats
    seasons: Floats

    @property
    def last_year(self) -> int:
        """The year in which movers move."""
        return self.knobs.first_year + self.knobs.years - 1


def build(knobs: Knobs, seed: int, taxonomy: pd.DataFrame, coefficients: pd.DataFrame) -> Model:
    """The model of a taxonomy and a table of coefficients.

    Parameters
    ----------
    taxonomy : columns class, share (of a typical household's spend), ticket (mean amount), and
        perhaps users (share of the customers who use it, 1 where empty) and household (what decides it)
    coefficients : column class and one column a trait; classes without a row count as 0

    Raises
    ------
    DataError
        A table that is not so, or a `label_rank` above the rank of the coefficients.
    """
    classes, shares, tickets = _classes(taxonomy)
    users, causes, opposite = _households(taxonomy)
    shares = shares**knobs.concentration / np.sum(shares**knobs.concentration)
    formula = formula_from_table(coefficients, classes)
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
    peaks = _stream(seed, SEASON).uniform(0, MONTHS, len(classes))
    phases = 2 * np.pi * (np.arange(MONTHS)[:, None] - peaks) / MONTHS
    return Model(
        knobs=knobs,
        seed=seed,
        classes=classes,
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


def truth(model: Model) -> pa.Table:
    """What the simulator plants, one row a customer.

    Columns: customer_id, mover, moved (first day of the month, null for those who stay), joined and
    left (first day of the first month and of the first without them, null for most), and before and
    after the move: tastes z [R], traits O [P] and the dominant trait. The traits are those of
    the expected fractions, standardised on all customers before any move. A mover takes that of
    `CANDIDATES` new tastes whose dominant trait leads the old one most; if none leads, it stays.
    With the knob `protected` there is a column protected (see `_protected`).
    """
    knobs = model.knobs
    total = knobs.customers
    tastes = np.empty((total, knobs.label_rank))
    scores = np.empty((total, len(model.traits)))
    drawn, months, new_tastes, new_scores = [], [], [], []
    for block, rows in enumerate(_blocks(total)):
        size = rows.stop - rows.start
        tastes[rows] = _stream(model.seed, TASTE, block).standard_normal((size, knobs.label_rank))
        scores[rows] = _scores(model, tastes[rows])
        rng = _stream(model.seed, MOVE, block)
        movers = np.flatnonzero(rng.permutation(size) < round(knobs.movers * size))
        shape = (CANDIDATES, len(movers), knobs.label_rank)
        drawn.append(rows.start + movers)
        months.append(rng.integers(0, MONTHS // 2, len(movers)))
        new_tastes.append(rng.standard_normal(shape))
        new_scores.append([_scores(model, taste) for taste in new_tastes[-1]])

    standard = standards(scores, model.traits, FLAT)
    traits = standard(scores)
    mover = np.concatenate(drawn)
    candidates = standard(np.concatenate(new_scores, axis=1))
    old_dominant = traits[mover].argmax(axis=1)
    places = np.arange(len(mover))
    lead = candidates.max(axis=2) - candidates[:, places, old_dominant]
    best = lead.argmax(axis=0)
    moves = lead[best, places] > 0
    mover, best, places = mover[moves], best[moves], places[moves]

    tastes_after, traits_after = tastes.copy(), traits.copy()
    tastes_after[mover] = np.concatenate(new_tastes, axis=1)[best, places]
    traits_after[mover] = candidates[best, places]
    moved = np.full(total, np.datetime64("NaT"), dtype="datetime64[D]")
    moved[mover] = np.datetime64(f"{model.last_year}-01", "M") + np.concatenate(months)[moves]
    joined, left = _histories(model)
    audited = {} if knobs.protected is None else {"protected": _protected(model, tastes[:, 0])}
    return table(
        {
            "customer_id": customer_ids(0, total, total),
            "mover": ~np.isnat(moved),
            "moved": pa.array(moved),
            "joined": pa.array(joined),
            "left": pa.array(left),
            "tastes_before": tastes,
            "tastes_after": tastes_after,
            "traits_before": traits,
            "traits_after": traits_after,
            "dominant_before": dominant(traits, model.traits),
            "dominant_after": dominant(traits_after, model.traits),
            **audited,
        },
        {"traits": model.traits},
    )


def transactions(
    model: Model, truth: pa.Table, year: int, codes: Mapping[str, Sequence[str]] | None = None
) -> Iterator[pa.Table]:
    """The transactions of one year, a table a block of customers, by month and customer.

    Parameters
    ----------
    truth : the columns `PLAN` of the table that `truth` made of the same model
    codes : the Merchant Category Codes that each row of a class may have, all equally likely; null
        for a class without any, such as rent, which is paid by transfer

    Yields
    ------
    pa.Table
        Of schema `SCHEMA`; amounts in whole cents, spending positive, refunds negative.

    Raises
    ------
    DataError
        A year that is not simulated.
    """
    knobs = model.knobs
    if not knobs.first_year <= year <= model.last_year:
        raise DataError(
            f"simulate: the year {year} was asked for; the years are "
            f"{knobs.first_year} to {model.last_year} (simulate.first_year, simulate.years)"
        )
    before, after = (tensor_values(truth[f"tastes_{when}"]) for when in ("before", "after"))
    # A move after the last month is none in this year.
    moved, joined, left = (
        _months(truth[name], year, otherwise)
        for name, otherwise in (("moved", MONTHS), ("joined", 0), ("left", MONTHS))
    )
    kinds = [list((codes or {}).get(name, ())) for name in model.classes]
    for block, rows in enumerate(_blocks(knobs.customers)):
        present = (np.arange(MONTHS)[:, None] >= joined[rows]) & (
            np.arange(MONTHS)[:, None] < left[rows]
        )
        plan = (before[rows], after[rows], moved[rows], present)
        yield _block(model, block, rows.start, *plan, year, kinds)


def fractions(model: Model, tastes: Floats, weights: Floats) -> Floats:
    """Expected fractions of spend f, [n, C]: nearest to weights w [n, C], with the traits of z [n, R].

    Where no composition of the classes used has these traits, the nearest that the steps reached.
    """
    directions = model.directions
    # No matrix product: its last bits may depend on the number of threads.
    target = np.einsum("nc,ck->nk", _typical(model, tastes), directions)
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


def customer_ids(start: int, stop: int, total: int) -> pa.Array:
    """Ids whose order as text is that of their numbers: C0000001, C0000002, …"""
    width = max(7, len(str(total)))
    return pa.array([f"C{number:0{width}d}" for number in range(start + 1, stop + 1)])


def _block(
    model: Model,
    block: int,
    start: int,
    before: Floats,
    after: Floats,
    first_month: NDArray[np.int64],
    present: NDArray[np.bool_],
    year: int,
    kinds: Sequence[Sequence[str]],
) -> pa.Table:
    """The transactions of one block in one year; `start` is its first customer's place.

    `first_month` [n] is the first month after a move, `present` [12, n] who is a customer when,
    `kinds` [C] the codes of each class.
    """
    knobs, size = model.knobs, len(before)
    habit = _stream(model.seed, HABIT, block)
    activity = _log_normal(habit, knobs.activity_spread, size)
    level = _log_normal(habit, knobs.income_spread, size)

    rng = _stream(model.seed, DRIFT, block, year)
    drift = knobs.yearly_drift * rng.standard_normal(before.shape)
    shape = (size, len(model.classes))
    own = knobs.own_taste * _stream(model.seed, OWN, block).standard_normal(shape)
    own += knobs.yearly_noise * rng.standard_normal(shape)
    weights = np.where(_used(model, block, size, year), np.exp(own), 0) * model.shares / model.users
    moving = np.flatnonzero(first_month < MONTHS)
    rates = _rates(model, before + drift, weights, activity)
    new_rates = _rates(model, after[moving] + drift[moving], weights[moving], activity[moving])
    growth = ((1 + knobs.inflation) * (1 + knobs.income_growth)) ** (year - knobs.first_year)

    rng = _stream(model.seed, PURCHASE, block, year)
    cells = []
    for month, season in enumerate(model.seasons):
        arrived = first_month[moving] == month
        rates[moving[arrived]] = new_rates[arrived]
        counts = rng.poisson(rates * present[month][:, None] * season).ravel()
        cells.append(np.repeat(np.arange(counts.size), counts))
    lengths = [len(cell) for cell in cells]
    month_starts = np.arange(f"{year}-01", f"{year + 1}-02", dtype="datetime64[M]").astype(
        "datetime64[D]"
    )
    first_day = np.repeat(month_starts[:-1].astype(np.int64), lengths)
    days_in_month = np.repeat(np.diff(month_starts).astype(np.int64), lengths)
    customer, spent_on = np.divmod(np.concatenate(cells), len(model.classes))
    rows = len(customer)
    booked = first_day + (rng.random(rows) * days_in_month).astype(np.int64)
    ticket = model.tickets[spent_on] * (growth * level)[customer]
    # At least a cent, so that no transaction is lost to rounding.
    amount = (
        np.maximum(np.rint(100 * ticket * _log_normal(rng, knobs.amount_spread, rows)), 1) / 100
    )
    amount[rng.random(rows) < knobs.refunds] *= -1
    ids = customer_ids(start, start + size, knobs.customers)
    columns = [
        # Year, block and row side by side in decimal digits.
        np.arange(rows) + (year * 10**6 + block) * 10**8,
        pa.DictionaryArray.from_arrays(customer.astype(np.int32), ids),
        pa.array(booked.astype(np.int32)).cast(pa.date32()),
        pa.DictionaryArray.from_arrays(spent_on.astype(np.int32), pa.array(model.classes)),
        amount,
        pa.DictionaryArray.from_arrays(np.zeros(rows, dtype=np.int32), pa.array([knobs.currency])),
        _codes(_stream(model.seed, CODE, block, year), spent_on, kinds),
    ]
    return pa.table(columns, schema=SCHEMA)


def _codes(
    rng: np.random.Generator, spent_on: NDArray[np.int64], kinds: Sequence[Sequence[str]]
) -> pa.DictionaryArray:
    """A code of its class for each row, [n]; null where the class has none."""
    counts = np.array([len(codes) for codes in kinds], dtype=np.float32)
    first = np.cumsum([0, *map(len, kinds)], dtype=np.int32)[:-1]
    # Four bytes a draw do for some hundred codes, and a product with the count stays below it.
    drawn = rng.random(len(spent_on), dtype=np.float32) * counts[spent_on]
    places = first[spent_on] + drawn.astype(np.int32)
    names = pa.array([code for codes in kinds for code in codes], pa.string())
    return pa.DictionaryArray.from_arrays(pa.array(places, mask=counts[spent_on] == 0), names)


def _rates(model: Model, tastes: Floats, weights: Floats, activity: Floats) -> Floats:
    """Expected transactions a year and class, [n, C]; `activity` [n] is relative to the mean."""
    shape = fractions(model, tastes, weights) / model.tickets
    per_year = model.knobs.transactions_per_year * activity
    return np.asarray(shape * (per_year / shape.sum(axis=1))[:, None])


def _typical(model: Model, tastes: Floats) -> Floats:
    """The composition, [n, C], of tastes z [n, R] alone: of whoever uses every class."""
    log = model.knobs.taste * np.einsum("nr,cr->nc", tastes, model.loadings)
    weights = model.shares * np.exp(log)
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))


def _scores(model: Model, tastes: Floats) -> Floats:
    """Traits before they are standardised, [n, P], of tastes z [n, R]."""
    return np.asarray(np.einsum("nc,cp->np", _typical(model, tastes), model.coefficients))


def _used(model: Model, block: int, size: int, year: int) -> NDArray[np.bool_]:
    """Which classes a block's customers use in a year, [size, C]."""
    draws = _stream(model.seed, HOUSEHOLD, block).random((size, model.causes.max() + 1))
    for passed in range(model.knobs.first_year + 1, year + 1):
        rng = _stream(model.seed, HOUSEHOLD, block, passed)
        event = rng.random(draws.shape) < model.knobs.life_events
        draws = np.where(event, rng.random(draws.shape), draws)
    draws = draws[:, model.causes]
    return np.where(model.opposite, 1 - draws, draws) < model.users


def _protected(model: Model, taste: Floats) -> NDArray[np.bool_]:
    """Who has the protected attribute, [N]: half of the customers, whatever they spend.

    It is whether a standard normal is above 0 whose correlation with the first taste before any move,
    [N], is the knob's ρ; so the attribute's own is ρ · √(2/π).
    """
    rho = model.knobs.protected or 0.0
    own = _stream(model.seed, PROTECTED).standard_normal(len(taste))
    return np.asarray(rho * taste + np.sqrt(1 - rho**2) * own > 0)


def _histories(model: Model) -> tuple[NDArray[Any], NDArray[Any]]:
    """The first month of those who join late and the first without those who left, else NaT, [N]."""
    knobs = model.knobs
    rng = _stream(model.seed, HISTORY)
    short = rng.random(knobs.customers) < knobs.short_histories
    late = rng.random(knobs.customers) < 0.5
    passed = rng.integers(1, MONTHS * knobs.years, knobs.customers)
    month = (np.datetime64(f"{knobs.first_year}-01", "M") + passed).astype("datetime64[D]")
    never = np.datetime64("NaT")
    return np.where(short & late, month, never), np.where(short & ~late, month, never)


def _months(dates: pa.ChunkedArray, year: int, otherwise: int) -> NDArray[np.int64]:
    """Months from the January of a year to dates, and `otherwise` for null, [N]."""
    month = dates.to_numpy().astype("datetime64[M]")
    passed = (month - np.datetime64(f"{year}-01", "M")).astype(np.int64)
    return np.where(np.isnat(month), otherwise, passed)


def _log_normal(rng: np.random.Generator, spread: float, size: int) -> Floats:
    """Log-normal numbers of mean 1 and standard deviation `spread` of the logarithm, [size]."""
    return np.asarray(np.exp(spread * rng.standard_normal(size) - spread**2 / 2))


def _stream(seed: int, purpose: int, block: int = 0, year: int = 0) -> np.random.Generator:
    """The random numbers for one purpose, block of customers and year."""
    key = np.random.SeedSequence(seed, spawn_key=(purpose, block, year))
    return np.random.Generator(np.random.SFC64(key))


def _blocks(total: int) -> list[slice]:
    """The customers' places, block by block."""
    return [slice(start, min(start + BLOCK, total)) for start in range(0, total, BLOCK)]


def _classes(taxonomy: pd.DataFrame) -> tuple[list[str], Floats, Floats]:
    """Names, shares and tickets of a taxonomy."""
    missing = [name for name in ("class", "share", "ticket") if name not in taxonomy]
    if missing:
        raise DataError(
            f"simulate.taxonomy: there is no column {missing[0]!r}; "
            "expected class, share (of a typical household's spend) and ticket (mean amount)"
        )
    names = taxonomy["class"].astype(str)
    if names.duplicated().any():
        twice = names[names.duplicated()].iloc[0]
        raise DataError(f"simulate.taxonomy: class {twice!r} has more than one row")
    numbers = []
    for column in ("share", "ticket"):
        values = pd.to_numeric(taxonomy[column], errors="coerce").to_numpy(dtype=np.float64)
        wrong = np.flatnonzero(~(np.isfinite(values) & (values > 0)))
        if len(wrong):
            raise DataError(
                f"simulate.taxonomy: the {column} of class {names.iloc[wrong[0]]!r} is "
                f"{taxonomy[column].iloc[wrong[0]]!r}; expected a number above 0"
            )
        numbers.append(values)
    shares, tickets = numbers
    if abs(shares.sum() - 1) > 1e-3:
        raise DataError(f"simulate.taxonomy: the shares add up to {shares.sum():g}; expected 1")
    return list(names), shares / shares.sum(), tickets


def _households(taxonomy: pd.DataFrame) -> tuple[Floats, NDArray[np.intp], NDArray[np.bool_]]:
    """Users of each class, which draw decides, and whether a high one does, each [C]."""
    given = taxonomy["users"] if "users" in taxonomy else pd.Series(1.0, taxonomy.index)
    users = pd.to_numeric(given.fillna(1), errors="coerce").to_numpy(dtype=np.float64)
    wrong = np.flatnonzero(~((users > 0) & (users <= 1)))
    names = taxonomy["class"].astype(str)
    if len(wrong):
        raise DataError(
            f"simulate.taxonomy: the users of class {names.iloc[wrong[0]]!r} are "
            f"{given.iloc[wrong[0]]!r}; expected a share above 0, up to 1"
        )
    if "household" not in taxonomy:
        return users, np.arange(len(names)), np.zeros(len(names), dtype=np.bool_)
    words = taxonomy["household"].fillna("").astype(str)
    # A class without a word has a draw of its own.
    cause = words.str.removeprefix("not ").where(words != "", "class " + names)
    return users, pd.factorize(cause)[0], words.str.startswith("not ").to_numpy(dtype=np.bool_)
