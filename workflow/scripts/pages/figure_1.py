"""Figure 1: trajectories by dominant trait, a steady customer and a mover (study, Fig. 1)."""

import json
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from spendscape.core.parquet import even_sample, tensor_values
from spendscape.network.weights import Weights
from spendscape.pages.figures.drawing import save
from spendscape.pages.figures.figure_1 import choose, draw, half_way
from spendscape.running.job import job
from spendscape.traits.targets import dominant

with job() as run:
    weights = Weights.from_json(Path(run.input.weights).read_text())
    windows = [pq.read_table(path, columns=["customer_id", "state"]) for path in run.input.states]
    long, *recent = [tensor_values(window["state"]) for window in windows]
    traits = dominant(weights.outputs(long[:, -1]), weights.traits)
    if recent:
        ids = [window["customer_id"].to_numpy() for window in windows]
        _, rows, other = np.intersect1d(*ids, return_indices=True)
        now = dominant(weights.outputs(recent[0][other, -1]), weights.traits)
        pair = choose(long[rows], recent[0][other], traits[rows], now)
    else:
        before = dominant(weights.outputs(long[:, half_way(long.shape[1])]), weights.traits)
        pair = choose(long, None, before, traits)
    points = pq.read_table(run.input.fixed_points, columns=["state", "label"])
    attractors = json.loads(Path(run.input.attractors).read_text())["traits"]
    some = even_sample(len(long), 2500)
    figure = draw(
        long[some], traits[some], *pair,
        tensor_values(points["state"]), points["label"].to_numpy(), attractors, weights.traits,
    )  # fmt: skip
    save(figure, run.output.png, run.output.svg)
