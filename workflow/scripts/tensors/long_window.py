"""One window: monthly sums → spending fractions per customer, step and class (maths §1)."""

import json
from pathlib import Path

from spendscape.running.job import job
from spendscape.tensors.windows import Window
from spendscape.tensors.write import summary_line, write_window

with job() as run:
    settings = run.settings.tensors
    # Only the recent window has this input: it is made of the customers of the long one.
    within = run.input.get("within")
    name = "recent" if within else "long"
    summary = write_window(
        run.input.monthly,
        json.loads(Path(run.input.classes).read_text()),
        Window(**vars(getattr(settings, name))),
        (settings.posting_months, settings.coverage),
        f"tensors.{name}",
        run.output.spending,
        run.output.verdicts,
        within,
        leave_out=run.settings.score.unknown_classes == "leave_out",
    )
    Path(run.output.summary).write_text(json.dumps(summary, indent=1))
    run.log.info(summary_line(summary))
