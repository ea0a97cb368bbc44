"""Figure 6: the trait axes in state space (study, Fig. 6, Eq. 2)."""

import json
from pathlib import Path

import numpy as np

from job import job
from spendscape.figure_6 import draw
from spendscape.figures import save

with job(snakemake) as run:
    space = json.loads(Path(run.input.inverse).read_text())
    arrays = [np.array(space[name]) for name in ("origin", "axes", "steepest")]
    save(draw(*arrays, space["traits"]), run.output.png, run.output.svg)
