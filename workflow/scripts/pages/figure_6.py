"""Figure 6: the trait axes in state space (study, Fig. 6, Eq. 2)."""

import json
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from spendscape.core.parquet import even_sample, read_tensor, take_rows, tensor_values
from spendscape.pages.figures.drawing import save
from spendscape.pages.figures.figure_6 import draw
from spendscape.running.job import job

with job() as run:
    space = json.loads(Path(run.input.inverse).read_text())
    origin, axes, steepest = (np.array(space[name]) for name in ("origin", "axes", "steepest"))
    some = even_sample(pq.ParquetFile(run.input.fixed_points).metadata.num_rows, 3000)
    points = take_rows(run.input.fixed_points, some, ["state", "label"])
    states, labels = tensor_values(points["state"]), points["label"].to_numpy()
    everyone = read_tensor(run.input.fixed_points, "state")
    figure = draw(origin, axes, steepest, states, labels, everyone, space["traits"])
    save(figure, run.output.png, run.output.svg)
