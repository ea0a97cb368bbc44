"""Last step: what changed from the last step but one of the long window to the last, check by check."""

from spendscape.evaluation.drift import ALARM
from spendscape.evaluation.drift_data import last_step_table
from spendscape.running.job import job

with job() as run:
    segments, settings = run.settings.segments, run.settings
    found = last_step_table(
        dict(run.input.items()),
        settings.monitor,
        segments.depth,
        segments.minimum_customers,
        settings.seed,
    )
    found.to_csv(run.output.drift, index=False)
    run.log.info("%d checks, %d alarms", len(found), (found["verdict"] == ALARM).sum())
