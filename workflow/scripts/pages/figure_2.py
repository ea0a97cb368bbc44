"""Figure 2: the surrogate's angles by segment, level by level (study, Fig. 2)."""

import json
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from spendscape.pages.card_files import read_angles
from spendscape.pages.figures.drawing import save
from spendscape.pages.figures.figure_2 import draw
from spendscape.running.job import job

with job() as run:
    traits = json.loads(Path(run.input.formula).read_text())["traits"]
    angles = read_angles(run.input.directions)[1]
    columns = [f"level_{k + 1}" for k in range(len(traits))]
    levels = pq.read_table(run.input.segments, columns=columns)
    levels = np.column_stack([levels[name] for name in columns])
    save(draw(angles, levels, traits), run.output.png, run.output.svg)
