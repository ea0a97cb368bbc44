"""Drift page: monitor/drift.csv as a page, in the report's style."""

from pathlib import Path

from spendscape.evaluation.drift_verdict import read_drift
from spendscape.pages.drift_page import drift_page
from spendscape.running.job import job

with job() as run:
    page = drift_page(read_drift(run.input.drift), run.settings.score.run)
    Path(run.output.page).write_text(page, encoding="utf-8")
