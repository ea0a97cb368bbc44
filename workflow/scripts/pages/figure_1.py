"""Figure 1: trajectories by dominant trait, a steady customer and a mover (study, Fig. 1)."""

import json
from pathlib import Path

import pyarrow.parquet as pq

from spendscape.core.parquet import sample_by_name, tensor_values
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
    own = dominant(weights.outputs(long[:, -1]), weights.traits)
    some = sample_by_name(own, 100)
    points = pq.read_table(run.input.fixed_points, columns=["state", "label"])
    ends = tensor_values(points["state"]), points["label"].to_numpy()
    attractors = json.loads(Path(run.input.attractors).read_text())["traits"]
    pair = steady_and_mover(windows, weights, pq.read_table(run.input.movers))
    recent = len(windows) > 1
    figure = draw(long[some], own[some], *pair, *ends, attractors, weights.traits, recent)
    save(figure, run.output.png, run.output.svg)
