"""Stability: is a customer's segment the same in both windows, and from step to step (maths §7)?"""

from pathlib import Path

import pyarrow.parquet as pq

from spendscape.core.csv_tables import write_csv
from spendscape.core.parquet import PARQUET
from spendscape.network.weights import Weights
from spendscape.running.job import job, write_json
from spendscape.segments.moves import described, moves_table
from spendscape.segments.stability import stability
from spendscape.segments.window_data import read_windows, steps_before
from spendscape.traits.formula import formula_from_json

with job() as run:
    weights, tensors = Weights.from_json(Path(run.input.weights).read_text()), run.settings.tensors
    formula = formula_from_json(Path(run.input.formula).read_text())
    files = run.input.spending, run.input.states, run.input.directions
    side = pq.read_table(run.input.traits, columns=["split"])["split"].to_numpy()
    found, movers = stability(
        *read_windows(*files, weights, formula), side, formula, weights,
        steps_before(tensors.long, tensors.recent), run.settings.segments, run.settings.seed,
    )  # fmt: skip
    windows = list(zip(run.input.states, run.input.spending, strict=True))
    moved, change = described(movers, windows, weights, tensors.long, tensors.recent)
    write_json(run.output.stability, found)
    pq.write_table(moved, run.output.movers, **PARQUET)
    fewest, currency = run.settings.segments.minimum_customers, run.settings.currency
    moves = moves_table(moved, change, weights.classes, fewest, currency)
    write_csv(moves, run.output.moves)
