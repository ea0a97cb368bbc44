"""States: the trained network's hidden and cell states over the steps of a window."""

from pathlib import Path

import pyarrow.parquet as pq

from spendscape.core.parquet import PARQUET, table, tensor_values
from spendscape.network.lstm import Weights, trajectories
from spendscape.running.job import job

with job() as run:
    weights = Weights.from_json(Path(run.input.weights).read_text())
    data = pq.read_table(run.input.spending, columns=["customer_id", "spending"])
    hidden, cell = trajectories(weights, tensor_values(data["spending"]))
    columns = {"state": hidden.astype("float32"), "cell": cell.astype("float32")}
    made = table({"customer_id": data["customer_id"]} | columns)
    pq.write_table(made, run.output.states, **PARQUET)
