"""Last step: what changed from the last step but one of the long window to the last, check by check."""

from spendscape.core.csv_tables import write_csv
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
    write_csv(found, run.output.drift)
    run.log.info("%d checks, %d alarms", len(found), (found["verdict"] == ALARM).sum())
