"""Ledger as a flow: where all rows and all money went."""

from pathlib import Path

from spendscape.pages.figures.drawing import save
from spendscape.pages.figures.ledger_flow import draw, parts
from spendscape.pages.report.make import read
from spendscape.running.job import job

with job() as run:
    found = parts(read(Path(run.input.ledger)), read(Path(run.input.coverage)))
    save(draw(found), run.output.png, run.output.svg)
