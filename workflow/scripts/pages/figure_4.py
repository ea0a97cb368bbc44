"""Figure 4: trajectories converging to the attractors (study, Fig. 4)."""

import json
from pathlib import Path

import pyarrow.parquet as pq

from spendscape.core.parquet import sample_by_name, take_rows, tensor_values
from spendscape.pages.figures.drawing import save
from spendscape.pages.figures.figure_4 import draw
from spendscape.running.job import job

with job() as run:
    attractors = json.loads(Path(run.input.attractors).read_text())["traits"]
    dominant = pq.read_table(run.input.segments, columns=["level_1"])["level_1"].to_numpy()
    some = sample_by_name(dominant, 60)
    points = pq.read_table(run.input.fixed_points, columns=["state", "label"])
    extended = take_rows(run.input.extended, some, ["state"])
    figure = draw(
        tensor_values(extended["state"]),
        dominant[some],
        tensor_values(points["state"]),
        points["label"].to_numpy(),
        attractors,
        list(attractors),
    )
    save(figure, run.output.png, run.output.svg)
