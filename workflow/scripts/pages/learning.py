"""Learning: the elbow, the training's losses and the calibration in one figure."""

import json
from pathlib import Path

import pandas as pd

from spendscape.core.csv_tables import read_csv
from spendscape.pages.figures.drawing import save
from spendscape.pages.figures.learning import draw
from spendscape.running.job import job

with job() as run:
    elbow = json.loads(Path(run.input.criterion).read_text())
    figure = draw(
        pd.read_csv(run.input.elbow),
        elbow["rank_ceiling"],
        elbow["enough"],
        pd.read_csv(run.input.history),
        read_csv(run.input.calibration),
    )
    save(figure, run.output.png, run.output.svg)
