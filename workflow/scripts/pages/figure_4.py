"""Figure 4: where each trait's customers end, and what the ends form (study, Fig. 4)."""

import json
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from spendscape.core.parquet import sample_by_name, take_rows, tensor_values
from spendscape.pages.figures.drawing import save
from spendscape.pages.figures.figure_4 import draw
from spendscape.running.job import job

with job() as run:
    attractors = json.loads(Path(run.input.attractors).read_text())["traits"]
    points = pq.read_table(run.input.fixed_points, columns=["state", "label"])
    ends, labels = tensor_values(points["state"]), points["label"].to_numpy()
    some = sample_by_name(labels, 150)
    states = take_rows(run.input.states, some, ["state"])
    last = tensor_values(states["state"])[:, -1].astype(np.float64)
    figure = draw(last, ends[some], labels[some], ends, labels, attractors, list(attractors))
    save(figure, run.output.png, run.output.svg)
