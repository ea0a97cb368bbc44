"""Report tables: the run's numbers → HTML pages with their own style, no row of a customer in them."""

from pathlib import Path

from spendscape.pages.report.make import report_pages
from spendscape.running.job import job

with job() as run:
    settings = run.settings
    audit = settings.audit.level, settings.audit.smallest_difference
    shown = settings.tensors.posting_months, *audit, settings.currency
    pages = report_pages(dict(run.input.items()), *shown)
    for name, text in pages.items():
        Path(getattr(run.output, name)).write_text(text)
    run.log.info("%d pages", len(pages))
