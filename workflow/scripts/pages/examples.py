"""Examples: customers whose cards differ; their cards are made by default."""

import csv
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from spendscape.core.parquet import tensor_values
from spendscape.explanation.chart import Chart
from spendscape.network.weights import Weights
from spendscape.pages.cards import choose_examples, file_name
from spendscape.running.job import job
from spendscape.traits.targets import dominant

with job() as run:
    weights = Weights.from_json(Path(run.input.weights).read_text())
    windows = [pq.read_table(path, columns=["customer_id", "state"]) for path in run.input.states]
    last = [tensor_values(window["state"])[:, -1] for window in windows]
    ids = [window["customer_id"].to_numpy() for window in windows]
    change = np.full(len(ids[0]), np.nan)
    if len(windows) > 1:
        both, rows, other = np.intersect1d(*ids, return_indices=True)
        first = [
            dominant(weights.outputs(states[own]), weights.traits)
            for states, own in zip(last, (rows, other), strict=True)
        ]
        moved = first[0] != first[1]
        distance = np.linalg.norm(last[0][rows] - last[1][other], axis=1)
        change[rows[moved]] = distance[moved]
    directions = pq.read_table(run.input.directions).drop_columns("customer_id")
    sides = [name for name in directions.column_names if name.startswith("predicted_")]
    chosen = choose_examples(
        pq.read_table(run.input.segments, columns=["segment"])["segment"].to_numpy(),
        np.column_stack([directions[name.removeprefix("predicted_")] for name in sides]),
        np.column_stack([directions[name] for name in sides]),
        weights.outputs(last[0]),
        change,
        Chart.from_json(Path(run.input.chart).read_text()),
        run.settings.cards.examples,
    )
    with open(run.output.examples, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["file", "why"])
        writer.writerows((file_name(ids[0][row]), why) for row, why in chosen)
