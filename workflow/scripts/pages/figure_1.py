"""Figure 1: trajectories by dominant trait, a steady customer and a mover (study, Fig. 1)."""

import json
from pathlib import Path

import pyarrow.parquet as pq

from spendscape.core.parquet import even_sample, tensor_values
from spendscape.network.weights import Weights
from spendscape.pages.figures.drawing import save
from spendscape.pages.figures.figure_1 import draw, steady_and_mover
from spendscape.running.job import job
from spendscape.traits.targets import dominant

with job() as run:
    weights = Weights.from_json(Path(run.input.weights).read_text())
    tables = [pq.read_table(path, columns=["customer_id", "state"]) for path in run.input.states]
    windows = [(table["customer_id"].to_numpy(), tensor_values(table["state"])) for table in tables]
    long = windows[0][1]
    some = long[even_sample(len(long), 2500)]
    points = pq.read_table(run.input.fixed_points, columns=["state", "label"])
    ends = tensor_values(points["state"]), points["label"].to_numpy()
    attractors = json.loads(Path(run.input.attractors).read_text())["traits"]
    first = dominant(weights.outputs(some[:, -1]), weights.traits)
    steady, mover = steady_and_mover(windows, weights)
    figure = draw(some, first, steady, mover, *ends, attractors, weights.traits)
    save(figure, run.output.png, run.output.svg)
