"""Flow: where the network drives the state under the mean input, and under one trait's."""

import json
from pathlib import Path

import pyarrow.parquet as pq

from spendscape.core.parquet import step_means, take_rows, tensor_values
from spendscape.dynamics.fixed_points import UNCONVERGED
from spendscape.network.weights import Weights
from spendscape.pages.figures.drawing import save
from spendscape.pages.figures.flow import draw, groups, leading_plane
from spendscape.running.job import job

with job() as run:
    weights = Weights.from_json(Path(run.input.weights).read_text())
    points = pq.read_table(run.input.fixed_points, columns=["state", "label", "verdict"])
    known = points["verdict"].to_numpy() != UNCONVERGED
    attractors = json.loads(Path(run.input.attractors).read_text())["traits"]
    shown = groups(step_means(run.input.spending), known, points["label"].to_numpy(), attractors)
    tables = [take_rows(run.input.extended, group.drawn, ["state"]) for group in shown]
    extended = [tensor_values(table["state"]) for table in tables]
    plane = leading_plane(tensor_values(points["state"])[known])
    save(draw(weights.cell, shown, extended, plane), run.output.png, run.output.svg)
