"""Trajectories: the network's hidden states and memories over the steps of a window."""

from pathlib import Path

from spendscape.core.parquet import row_groups, table, tensor_values, write_row_groups
from spendscape.network.trajectories import trajectories
from spendscape.network.weights import Weights
from spendscape.running.job import job

with job() as run:
    weights = Weights.from_json(Path(run.input.weights).read_text())
    found = (
        (group["customer_id"], *trajectories(weights.cell, tensor_values(group["spending"])))
        for group in row_groups(run.input.spending, ["customer_id", "spending"])
    )
    columns = (
        {"customer_id": ids, "state": hidden.astype("float32"), "cell": memory.astype("float32")}
        for ids, hidden, memory in found
    )
    write_row_groups(run.output.states, map(table, columns))
