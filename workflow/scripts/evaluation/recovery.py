"""Recovery: what the run found of what the simulator planted."""

from pathlib import Path

import pyarrow.parquet as pq

from spendscape.core.csv_tables import read_csv, write_csv
from spendscape.core.pseudonyms import secret
from spendscape.evaluation.recovery import Found, planted_in, recovery
from spendscape.network.weights import Weights
from spendscape.running.job import job
from spendscape.segments.window_data import read_windows
from spendscape.traits.formula import formula_from_json

with job() as run:
    weights = Weights.from_json(Path(run.input.weights).read_text())
    formula = formula_from_json(Path(run.input.formula).read_text())
    files = run.input.spending, run.input.states, run.input.directions
    found = Found(
        weights, *read_windows(*files, weights, formula),
        pq.read_table(run.input.traits, columns=["split"])["split"].to_numpy(),
        pq.read_table(run.input.fixed_points, columns=["label"])["label"].to_numpy(),
        pq.read_table(run.input.movers).to_pandas(), read_csv(run.input.scores),
    )  # fmt: skip
    planted = planted_in(pq.read_table(run.input.truth), secret(run.settings.privacy))
    table = recovery(*planted, found, run.settings)
    write_csv(table, run.output.recovery)
    run.log.info("%d quantities", len(table))
