"""Trajectories: the network's hidden states and memories over the steps of a window."""

from pathlib import Path

import pyarrow.parquet as pq

from spendscape.core.parquet import PARQUET, table, tensor_values
from spendscape.network.trajectories import trajectories
from spendscape.network.weights import Weights
from spendscape.running.job import job

with job() as run:
    weights = Weights.from_json(Path(run.input.weights).read_text())
    data = pq.read_table(run.input.spending, columns=["customer_id", "spending"])
    hidden, memory = trajectories(weights.cell, tensor_values(data["spending"]))
    columns = {"state": hidden.astype("float32"), "cell": memory.astype("float32")}
    made = table({"customer_id": data["customer_id"]} | columns)
    pq.write_table(made, run.output.states, **PARQUET)
