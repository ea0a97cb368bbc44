"""Segment map: the named segments as areas, and how early a label is known."""

import json
from pathlib import Path

from spendscape.core.csv_tables import read_csv
from spendscape.pages.figures.drawing import save
from spendscape.pages.figures.segment_map import draw
from spendscape.running.job import job
from spendscape.traits.formula import formula_from_json

with job() as run:
    stability = json.loads(Path(run.input.stability).read_text())
    windows = json.loads(Path(run.input.windows).read_text())
    traits = formula_from_json(Path(run.input.formula).read_text()).traits
    table = read_csv(run.input.table)
    figure = draw(table, stability["within_long"], traits, windows["long"]["steps"])
    save(figure, run.output.png, run.output.svg)
