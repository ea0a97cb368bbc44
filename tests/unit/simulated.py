"""Small simulated worlds, and what their transactions add up to."""

import hashlib
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from spendscape.config.simulate import Simulate
from spendscape.core.arrays import Floats, Integers
from spendscape.ingest.class_tables import codes_by_class, read_class_table
from spendscape.simulate.population import Model, build
from spendscape.simulate.transactions import PARQUET, PLAN, SCHEMA, transactions
from spendscape.simulate.truth import truth

CONFIG = Path(__file__).parents[2] / "config"
TAXONOMY = pd.read_csv(CONFIG / "taxonomy/classes.csv", comment="#")
COEFFICIENTS = pd.read_csv(CONFIG / "coefficients/illustrative_big_five.csv", comment="#")
CODE_TABLE = read_class_table(str(CONFIG / "taxonomy/merchant_category_codes.csv"), "codes")
CODES = codes_by_class(CODE_TABLE)


class World(NamedTuple):
    """A model, its truth, and of all its years the fractions [N, T, C] and transactions [N, T]."""

    model: Model
    truth: pa.Table
    fractions: Floats
    counts: Integers


def built(
    seed: int = 20,
    taxonomy: pd.DataFrame = TAXONOMY,
    coefficients: pd.DataFrame = COEFFICIENTS,
    **knobs: Any,
) -> Model:
    # Frozen, and so no `Knobs` to a type checker.
    frozen: Any = Simulate(**knobs)
    return build(frozen, seed, taxonomy, coefficients)


def drawn(model: Model, year: int) -> pa.Table:
    """All transactions of a year."""
    plan = truth(model).select(PLAN)
    return pa.concat_tables(transactions(model, plan, year, CODES)).unify_dictionaries()


def digest(model: Model, year: int, folder: Path) -> str:
    """The SHA-256 of a year's file."""
    path = folder / f"{year}.parquet"
    plan = truth(model).select(PLAN)
    with pq.ParquetWriter(path, SCHEMA, **PARQUET) as writer:
        for block in transactions(model, plan, year, CODES):
            writer.write_table(block)
    return hashlib.sha256(path.read_bytes()).hexdigest()


def yearly(model: Model) -> tuple[Floats, Integers]:
    """Fractions [N, T, C] and transactions [N, T] of all years."""
    customers, classes = model.knobs.customers, len(model.classes)
    names = {name: place for place, name in enumerate(model.classes)}
    fractions, counts = [], []
    for year in range(model.knobs.first_year, model.last_year + 1):
        frame = drawn(model, year).to_pandas()
        who = frame["customer_id"].astype(str).str[1:].astype(int).to_numpy() - 1
        place = who * classes + frame["class"].astype(str).map(names).to_numpy()
        spend = np.bincount(place, frame["amount"], customers * classes).clip(min=0)
        spend = spend.reshape(customers, classes)
        fractions.append(spend / spend.sum(axis=1, keepdims=True))
        counts.append(np.bincount(who, minlength=customers))
    return np.stack(fractions, axis=1), np.stack(counts, axis=1)
