"""Flow: where the network drives the state under the mean input, and under one trait's."""

import json
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from spendscape.core.parquet import even_sample, take_rows, tensor_values
from spendscape.dynamics.fixed_points import UNCONVERGED, fixed_points
from spendscape.network.weights import Weights
from spendscape.pages.colours import trait_colours
from spendscape.pages.figures.drawing import save
from spendscape.pages.figures.flow import draw, leading_plane
from spendscape.running.job import job

with job() as run:
    weights = Weights.from_json(Path(run.input.weights).read_text())
    points = pq.read_table(run.input.fixed_points, columns=["state", "label", "verdict"])
    known = points["verdict"].to_numpy() != UNCONVERGED
    label, state = points["label"].to_numpy(), tensor_values(points["state"])
    spending = tensor_values(pq.read_table(run.input.spending, columns=["spending"])["spending"])
    mean = spending.mean(axis=1, dtype="float64")
    traits = json.loads(Path(run.input.attractors).read_text())["traits"]
    trait = max(traits, key=lambda name: traits[name]["customers"])
    groups = {"mean input of all customers": known, f"mean input, {trait}": label == trait}
    inputs, ends, paths = {}, {}, {}
    for name, members in groups.items():
        inputs[name] = mean[members].mean(axis=0)
        ends[name] = fixed_points(weights.cell, weights.drive(inputs[name][None])).state[0]
        some = np.flatnonzero(members)[even_sample(int(members.sum()), 60)]
        extended = tensor_values(take_rows(run.input.extended, some, ["state"])["state"])
        paths[name] = np.concatenate([np.zeros_like(extended[:, :1]), extended], axis=1)
    colours = dict(zip(groups, ["#0173b2", trait_colours(list(traits))[trait]], strict=True))
    colours["mean input of all customers"] = "#666666"
    figure = draw(weights.cell, inputs, ends, paths, colours, leading_plane(state[known]))
    save(figure, run.output.png, run.output.svg)
