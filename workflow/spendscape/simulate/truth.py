"""The truth: what the simulator plants, and what the results are later compared with."""

from typing import NamedTuple

import numpy as np
import pyarrow as pa
from jaxtyping import Float, Int

from spendscape.core.arrays import Array, Bools, Floats, Indices, Integers
from spendscape.core.parquet import table
from spendscape.simulate.population import (
    HISTORY,
    MONTHS,
    MOVE,
    PROTECTED,
    TASTE,
    Model,
    blocks,
    customer_ids,
    scores,
    stream,
)
from spendscape.traits.targets import dominant, standards

# With P traits the dominant one stays the same in all of them about once in P^4 draws.
CANDIDATES = 4
FLAT = "traits.coefficients: trait {!r} is the same for every simulated customer"


def truth(model: Model) -> pa.Table:
    """What the simulator plants, one row a customer.

    Its columns are customer_id, mover, moved (the first day of the month, null for those who stay),
    joined and left (the first day of the first month and of the first month without them, null for
    most), and before and after the move: tastes z, traits O and the dominant trait. The traits are
    those of the expected fractions, standardised on all customers before any move. A mover takes, of
    `CANDIDATES` new tastes, the one whose dominant trait leads the old one most; if none leads, the
    customer stays. With the knob `protected` there is a column protected (see `_protected`).
    """
    knobs, total = model.knobs, model.knobs.customers
    tastes, raw, drawn = _draw(model)
    standard = standards(raw, model.traits, FLAT)
    traits = standard(raw)
    candidates = standard(drawn.scores)
    old_dominant = traits[drawn.mover].argmax(axis=1)
    places = np.arange(len(drawn.mover))
    lead = candidates.max(axis=2) - candidates[:, places, old_dominant]
    best = lead.argmax(axis=0)
    moves = lead[best, places] > 0
    mover, best, places = drawn.mover[moves], best[moves], places[moves]

    tastes_after, traits_after = tastes.copy(), traits.copy()
    tastes_after[mover] = drawn.tastes[best, places]
    traits_after[mover] = candidates[best, places]
    moved = np.full(total, np.datetime64("NaT"), dtype="datetime64[D]")
    moved[mover] = np.datetime64(f"{model.last_year}-01", "M") + drawn.month[moves]
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


class _Drawn(NamedTuple):
    """Customers who are to move: who, in which month of the last year, and `CANDIDATES` new tastes."""

    mover: Int[Indices, "K"]
    month: Int[Integers, "K"]
    tastes: Float[Floats, "candidates K R"]
    scores: Float[Floats, "candidates K P"]


def _draw(model: Model) -> tuple[Floats, Floats, _Drawn]:
    """All customers' tastes and the scores of these, and who is to move."""
    knobs, rank = model.knobs, model.knobs.label_rank
    tastes = np.empty((knobs.customers, rank))
    raw = np.empty((knobs.customers, len(model.traits)))
    drawn, months, new_tastes, new_scores = [], [], [], []
    for block, rows in enumerate(blocks(knobs.customers)):
        size = rows.stop - rows.start
        tastes[rows] = stream(model.seed, TASTE, block).standard_normal((size, rank))
        raw[rows] = scores(model, tastes[rows])
        rng = stream(model.seed, MOVE, block)
        movers = np.flatnonzero(rng.permutation(size) < round(knobs.movers * size))
        shape = (CANDIDATES, len(movers), rank)
        drawn.append(rows.start + movers)
        months.append(rng.integers(0, MONTHS // 2, len(movers)))
        new_tastes.append(rng.standard_normal(shape))
        new_scores.append(np.stack([scores(model, taste) for taste in new_tastes[-1]]))
    moving = (np.concatenate(parts) for parts in (drawn, months))
    new = (np.concatenate(parts, axis=1) for parts in (new_tastes, new_scores))
    return tastes, raw, _Drawn(*moving, *new)


def _protected(model: Model, taste: Floats) -> Bools:
    """Who has the protected attribute: half of the customers, whatever they spend.

    A customer has it where a standard normal is above 0. The correlation of this normal with the first
    taste before any move is the knob's ρ, so that of the attribute is ρ · √(2/π).
    """
    rho = model.knobs.protected or 0.0
    own = stream(model.seed, PROTECTED).standard_normal(len(taste))
    return np.asarray(rho * taste + np.sqrt(1 - rho**2) * own > 0)


def _histories(model: Model) -> tuple[Array, Array]:
    """The first month of those who join late, and the first month without those who leave; else NaT."""
    knobs = model.knobs
    rng = stream(model.seed, HISTORY)
    short = rng.random(knobs.customers) < knobs.short_histories
    late = rng.random(knobs.customers) < 0.5
    passed = rng.integers(1, MONTHS * knobs.years, knobs.customers)
    month = (np.datetime64(f"{knobs.first_year}-01", "M") + passed).astype("datetime64[D]")
    never = np.datetime64("NaT")
    return np.where(short & late, month, never), np.where(short & ~late, month, never)
