"""Directions: of every trajectory of a window, and as the surrogate of the state predicts them from spending."""

from pathlib import Path

import pyarrow.parquet as pq

from spendscape.core.parquet import PARQUET, table, tensor_values
from spendscape.explanation.chart import Chart
from spendscape.explanation.state_surrogate import direction_columns, read_surrogate
from spendscape.running.job import job

with job() as run:
    data = pq.read_table(run.input.spending)
    columns = direction_columns(
        Chart.from_json(Path(run.input.chart).read_text()),
        read_surrogate(Path(run.input.state).read_text())[0],
        tensor_values(pq.read_table(run.input.states)["state"]),
        tensor_values(data["spending"]).mean(axis=1, dtype="float64"),
    )
    made = table({"customer_id": data["customer_id"]} | columns)
    pq.write_table(made, run.output.directions, **PARQUET)
