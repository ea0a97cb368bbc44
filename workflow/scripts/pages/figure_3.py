"""Figure 3: extended trajectories and the final locations predicted for them (study, Fig. 3)."""

import json
from pathlib import Path

import pyarrow.parquet as pq

from spendscape.core.parquet import read_tensor, sample_by_name, take_rows, tensor_values
from spendscape.dynamics.fixed_points import CERTIFIED
from spendscape.pages.figures.drawing import save
from spendscape.pages.figures.figure_3 import draw
from spendscape.running.job import job

with job() as run:
    traits = json.loads(Path(run.input.formula).read_text())["traits"]
    dominant = pq.read_table(run.input.segments, columns=["level_1"])["level_1"].to_numpy()
    some = sample_by_name(dominant, 120)
    points = take_rows(run.input.fixed_points, some, ["state", "location_output", "verdict"])
    extended = take_rows(run.input.extended, some, ["state"])
    figure = draw(
        tensor_values(extended["state"]),
        tensor_values(points["location_output"]),
        tensor_values(points["state"]),
        points["verdict"].to_numpy() == CERTIFIED,
        dominant[some],
        read_tensor(run.input.fixed_points, "state"),
        traits,
    )
    save(figure, run.output.png, run.output.svg)
