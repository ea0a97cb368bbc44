"""Explorer: the state space as one page, to turn, filter and click."""

from pathlib import Path

from plotly.offline import get_plotlyjs

from spendscape.pages.explorer import page
from spendscape.pages.explorer_files import read_payload
from spendscape.running.job import job

with job() as run:
    files = dict(run.input.items())
    values = read_payload(files, run.settings.explorer.customers, run.settings.results)
    Path(run.output.explorer).write_text(page(values, get_plotlyjs()), encoding="utf-8")
