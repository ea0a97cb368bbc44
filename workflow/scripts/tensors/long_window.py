"""One window: monthly sums → spending fractions per customer, step and class (MATHS §1)."""

import json
from pathlib import Path

from spendscape.running.job import job
from spendscape.tensors.windows import Window, summary_line, write_window

with job() as run:
    settings = run.settings.tensors
    # The recent window is made of customers of the long one, the long one of all.
    within = run.input.get("within")
    name = "recent" if within else "long"
    summary = write_window(
        run.input.monthly,
        json.loads(Path(run.input.classes).read_text()),
        Window(**vars(getattr(settings, name))),
        settings.posting_months,
        f"tensors.{name}",
        run.output.spending,
        run.output.verdicts,
        within,
    )
    Path(run.output.summary).write_text(json.dumps(summary, indent=1))
    run.log.info(summary_line(summary))
