"""Figure 2: the sphere of directions from s₀, level by level (study, Fig. 2)."""

import json
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from spendscape.core.parquet import last_states
from spendscape.explanation.inverse_map import invert
from spendscape.network.weights import Weights
from spendscape.pages.figures.drawing import save
from spendscape.pages.figures.figure_2 import draw
from spendscape.pages.figures.sphere import directions_from
from spendscape.running.job import job

with job() as run:
    weights = Weights.from_json(Path(run.input.weights).read_text())
    last = last_states(run.input.states).astype(np.float64)
    columns = [f"level_{k + 1}" for k in range(len(weights.traits))]
    table = pq.read_table(run.input.segments, columns=columns)
    levels = np.column_stack([table[name] for name in columns])
    origin = invert(weights.output, weights.output_bias).origin
    first = (levels[:, :1] == np.array(weights.traits)).argmax(axis=1)
    directions = directions_from(last, origin, weights.output, first)
    naming = json.loads(Path(run.input.naming).read_text())
    save(draw(directions, levels, weights.traits, naming), run.output.png, run.output.svg)
