"""Stability: is a customer's segment the same in both windows, and from step to step (maths §7)?"""

from pathlib import Path

import pyarrow.parquet as pq

from spendscape.core.parquet import PARQUET
from spendscape.network.weights import Weights
from spendscape.running.job import job, write_json
from spendscape.segments.stability import stability
from spendscape.segments.window_data import read_windows, steps_before
from spendscape.traits.formula import formula_from_json

with job() as run:
    weights = Weights.from_json(Path(run.input.weights).read_text())
    formula = formula_from_json(Path(run.input.formula).read_text())
    files = run.input.spending, run.input.states, run.input.directions
    found, movers = stability(
        *read_windows(*files, weights, formula),
        pq.read_table(run.input.traits, columns=["split"])["split"].to_numpy(),
        formula,
        weights,
        steps_before(run.settings.tensors.long, run.settings.tensors.recent),
        run.settings.segments,
        run.settings.seed,
    )
    write_json(run.output.stability, found)
    pq.write_table(movers, run.output.movers, **PARQUET)
