"""Explorer: the customers' directions and states as one page, to turn, filter and click."""

from pathlib import Path

from spendscape.pages.explorer import page
from spendscape.pages.explorer_files import read_payload
from spendscape.running.job import job

with job() as run:
    files, windows = dict(run.input.items()), run.settings.tensors
    months = [w.months_per_step for w in (windows.long, windows.recent) if w]
    most, results = run.settings.explorer.customers, run.settings.results
    values = read_payload(files, months, most, results, run.params.named)
    Path(run.output.explorer).write_text(page(values), encoding="utf-8")
