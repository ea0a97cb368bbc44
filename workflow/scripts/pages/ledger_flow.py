"""Ledger as a flow: where all rows and all money went."""

import json
from pathlib import Path

from spendscape.core.csv_tables import read_csv
from spendscape.pages.figures.drawing import save
from spendscape.pages.figures.ledger_flow import draw, parts
from spendscape.running.job import job

with job() as run:
    ledger = json.loads(Path(run.input.ledger).read_text())
    save(draw(parts(ledger, read_csv(run.input.coverage))), run.output.png, run.output.svg)
