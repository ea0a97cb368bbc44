"""Extend: T′ steps under each customer's mean spending, as in the study's figures 3 and 4."""

from pathlib import Path

import pyarrow.parquet as pq

from spendscape.core.parquet import PARQUET, table, tensor_values
from spendscape.network.trajectories import extended
from spendscape.network.weights import Weights
from spendscape.running.job import job

with job() as run:
    weights = Weights.from_json(Path(run.input.weights).read_text())
    data = pq.read_table(run.input.spending, columns=["customer_id", "spending"])
    drive = weights.drive(tensor_values(data["spending"]).mean(axis=1, dtype="float64"))
    hidden = extended(weights.cell, drive, run.settings.states.extended_steps)
    made = table({"customer_id": data["customer_id"], "state": hidden})
    pq.write_table(made, run.output.states, **PARQUET)
