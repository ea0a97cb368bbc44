"""Transactions: what simulated customers pay in one year, block by block."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from spendscape.core.arrays import Bools, Floats, Integers
from spendscape.core.errors import DataError
from spendscape.core.parquet import tensor_values
from spendscape.simulate.population import (
    CODE,
    DRIFT,
    HABIT,
    MONTHS,
    OWN,
    PURCHASE,
    Model,
    blocks,
    customer_ids,
    fractions,
    stream,
    used,
)

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


def transactions(
    model: Model, truth: pa.Table, year: int, codes: Mapping[str, Sequence[str]] | None = None
) -> Iterator[pa.Table]:
    """The transactions of one year, a table a block of customers, by month and customer.

    Parameters
    ----------
    truth : the columns `PLAN` of the table that `truth.truth` made of the same model
    codes : the Merchant Category Codes that each row of a class may have, all equally likely; a class
        that is paid by transfer, such as rent, has none, and null in its rows

    Yields
    ------
    pa.Table
        Of schema `SCHEMA`; amounts in whole cents, spending positive, refunds negative.

    Raises
    ------
    DataError
        The year is not simulated.
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
    month = np.arange(MONTHS)[:, None]
    for block, rows in enumerate(blocks(knobs.customers)):
        present = (month >= joined[rows]) & (month < left[rows])
        yield _block(
            model, block, rows.start, before[rows], after[rows], moved[rows], present, year, kinds
        )


def _block(
    model: Model,
    block: int,
    start: int,
    before: Floats,
    after: Floats,
    first_month: Integers,
    present: Bools,
    year: int,
    kinds: Sequence[Sequence[str]],
) -> pa.Table:
    """The transactions of one block in one year; `start` is its first customer's place.

    `first_month` is the first month after each customer's move, `present` says who is a customer in
    which month, `kinds` has the codes of each class.
    """
    knobs, size = model.knobs, len(before)
    habit = stream(model.seed, HABIT, block)
    activity = _log_normal(habit, knobs.activity_spread, size)
    level = _log_normal(habit, knobs.income_spread, size)
    rates = _monthly_rates(model, block, year, before, after, first_month, activity)
    growth = ((1 + knobs.inflation) * (1 + knobs.income_growth)) ** (year - knobs.first_year)

    rng = stream(model.seed, PURCHASE, block, year)
    cells = []
    for rate, here, season in zip(rates, present, model.seasons, strict=True):
        counts = rng.poisson(rate * here[:, None] * season).ravel()
        cells.append(np.repeat(np.arange(counts.size), counts))
    customer, spent_on = np.divmod(np.concatenate(cells), len(model.classes))
    rows = len(customer)
    booked = _days(rng, year, [len(cell) for cell in cells])
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
        _codes(stream(model.seed, CODE, block, year), spent_on, kinds),
    ]
    return pa.table(columns, schema=SCHEMA)


def _monthly_rates(
    model: Model,
    block: int,
    year: int,
    before: Floats,
    after: Floats,
    first_month: Integers,
    activity: Floats,
) -> Iterator[Floats]:
    """The expected transactions a year and class, as they stand in each month; the array is reused."""
    knobs, size = model.knobs, len(before)
    rng = stream(model.seed, DRIFT, block, year)
    drift = knobs.yearly_drift * rng.standard_normal(before.shape)
    shape = (size, len(model.classes))
    own = knobs.own_taste * stream(model.seed, OWN, block).standard_normal(shape)
    own += knobs.yearly_noise * rng.standard_normal(shape)
    weights = np.where(used(model, block, size, year), np.exp(own), 0) * model.shares / model.users
    moving = np.flatnonzero(first_month < MONTHS)
    rates = _rates(model, before + drift, weights, activity)
    new_rates = _rates(model, after[moving] + drift[moving], weights[moving], activity[moving])
    for month in range(MONTHS):
        arrived = first_month[moving] == month
        rates[moving[arrived]] = new_rates[arrived]
        yield rates


def _days(rng: np.random.Generator, year: int, counts: Sequence[int]) -> Integers:
    """A day for each row, as days since 1970; `counts` says how many rows each month has."""
    months = np.arange(f"{year}-01", f"{year + 1}-02", dtype="datetime64[M]")
    starts = months.astype("datetime64[D]")
    first_day = np.repeat(starts[:-1].astype(np.int64), counts)
    days_in_month = np.repeat(np.diff(starts).astype(np.int64), counts)
    return np.asarray(first_day + (rng.random(sum(counts)) * days_in_month).astype(np.int64))


def _codes(
    rng: np.random.Generator, spent_on: Integers, kinds: Sequence[Sequence[str]]
) -> pa.DictionaryArray:
    """A code of its class for each row; null where the class has none."""
    counts = np.array([len(codes) for codes in kinds], dtype=np.float32)
    first = np.cumsum([0, *map(len, kinds)], dtype=np.int32)[:-1]
    # Draws of four bytes suffice for some hundred codes, and a draw times the count stays below the count.
    drawn = rng.random(len(spent_on), dtype=np.float32) * counts[spent_on]
    places = first[spent_on] + drawn.astype(np.int32)
    names = pa.array([code for codes in kinds for code in codes], pa.string())
    return pa.DictionaryArray.from_arrays(pa.array(places, mask=counts[spent_on] == 0), names)


def _rates(model: Model, tastes: Floats, weights: Floats, activity: Floats) -> Floats:
    """Expected transactions a year and class; `activity` is relative to the mean customer's."""
    shape = fractions(model, tastes, weights) / model.tickets
    per_year = model.knobs.transactions_per_year * activity
    return np.asarray(shape * (per_year / shape.sum(axis=1))[:, None])


def _months(dates: pa.ChunkedArray, year: int, otherwise: int) -> Integers:
    """Months from the January of a year to dates, and `otherwise` for null."""
    month = dates.to_numpy().astype("datetime64[M]")
    passed = (month - np.datetime64(f"{year}-01", "M")).astype(np.int64)
    return np.where(np.isnat(month), otherwise, passed)


def _log_normal(rng: np.random.Generator, spread: float, size: int) -> Floats:
    """Log-normal numbers of mean 1, whose logarithm has the standard deviation `spread`."""
    return np.asarray(np.exp(spread * rng.standard_normal(size) - spread**2 / 2))
