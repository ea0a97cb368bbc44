"""Segments: each customer's order of traits by the network's last output, and how near the next one is."""

import json
from pathlib import Path

import pyarrow.parquet as pq

from spendscape.core.parquet import PARQUET, table, tensor_values
from spendscape.explanation.chart import angle_names
from spendscape.network.weights import Weights
from spendscape.running.job import job
from spendscape.segments.table import segment_columns

with job() as run:
    weights = Weights.from_json(Path(run.input.weights).read_text())
    data = pq.read_table(run.input.states, columns=["customer_id", "state"])
    angles = pq.read_table(run.input.directions, columns=angle_names(weights.units))
    last = tensor_values(data["state"])[:, -1]
    naming = json.loads(Path(run.input.naming).read_text())
    columns = segment_columns(weights, last, run.settings.segments.depth, naming)
    columns = {"customer_id": data["customer_id"]} | columns
    columns |= dict(zip(angles.column_names, angles.columns, strict=True))
    pq.write_table(table(columns), run.output.segments, **PARQUET)
