"""Segments: each customer's order of traits by the network's last output, and its direction's angles."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from spendscape.core.parquet import PARQUET, table, tensor_values
from spendscape.network.weights import Weights
from spendscape.running.job import job
from spendscape.segments.names import order, segment_names

with job() as run:
    weights = Weights.from_json(Path(run.input.weights).read_text())
    data = pq.read_table(run.input.states, columns=["customer_id", "state"])
    angles = pq.read_table(run.input.directions).drop_columns("customer_id")
    levels = order(weights.outputs(tensor_values(data["state"])[:, -1]), weights.traits)
    columns = {"customer_id": data["customer_id"]}
    columns["segment"] = pa.array(segment_names(levels, run.settings.segments.depth))
    columns |= {f"level_{k + 1}": levels[:, k].copy() for k in range(levels.shape[1])}
    own = [name for name in angles.column_names if not name.startswith("predicted")]
    columns |= {name: angles[name] for name in own}
    pq.write_table(table(columns), run.output.segments, **PARQUET)
