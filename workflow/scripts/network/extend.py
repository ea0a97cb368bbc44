"""Extend: T′ steps under each customer's mean spending, as in the study's figures 3 and 4."""

from pathlib import Path

from spendscape.core.parquet import row_groups, table, tensor_values, write_row_groups
from spendscape.core.statistics import mean_of_steps
from spendscape.network.trajectories import extended
from spendscape.network.weights import Weights
from spendscape.running.job import job

with job() as run:
    weights = Weights.from_json(Path(run.input.weights).read_text())
    steps = run.settings.states.extended_steps
    groups = row_groups(run.input.spending, ["customer_id", "spending"])
    # A hundred steps of all customers are larger than all other arrays: one row group at a time.
    means = (
        (group["customer_id"], mean_of_steps(tensor_values(group["spending"]))) for group in groups
    )
    write_row_groups(
        run.output.states,
        (
            table({"customer_id": ids, "state": extended(weights.cell, weights.drive(mean), steps)})
            for ids, mean in means
        ),
    )
