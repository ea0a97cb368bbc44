"""Figure 2: the surrogate's angles by segment, level by level (study, Fig. 2)."""

import json
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from spendscape.pages.figures.drawing import save
from spendscape.pages.figures.figure_2 import draw
from spendscape.running.job import job

with job() as run:
    traits = json.loads(Path(run.input.formula).read_text())["traits"]
    angles = pq.read_table(run.input.directions)
    angles = [angles[name] for name in angles.column_names if name.startswith("predicted_")]
    columns = [f"level_{k + 1}" for k in range(len(traits))]
    levels = pq.read_table(run.input.segments, columns=columns)
    levels = np.column_stack([levels[name] for name in columns])
    save(draw(np.column_stack(angles), levels, traits), run.output.png, run.output.svg)
