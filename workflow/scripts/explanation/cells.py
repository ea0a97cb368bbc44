"""Cells: every order of traits, whether a direction can have it, how large it is, and its customers (maths §4b)."""

from pathlib import Path

from spendscape.core.csv_tables import write_csv
from spendscape.core.parquet import last_states
from spendscape.explanation.cells import cell_table
from spendscape.network.weights import Weights
from spendscape.running.job import job

with job() as run:
    weights = Weights.from_json(Path(run.input.weights).read_text())
    outputs = weights.outputs(last_states(run.input.states))
    table = cell_table(
        weights.output,
        weights.output_bias,
        weights.traits,
        outputs,
        run.settings.segments.largest_residual,
    )
    write_csv(table, run.output.cells)
    orders = table[table["level"] == len(weights.traits)]
    run.log.info(
        "%d orders exist, %d are occupied", orders["exists"].sum(), (orders["customers"] > 0).sum()
    )
