"""Drift: a new period beside a finished run, check by check."""

from spendscape.core.csv_tables import write_csv
from spendscape.evaluation.drift import ALARM
from spendscape.evaluation.drift_data import drift_table
from spendscape.running.job import job

with job() as run:
    segments = run.settings.segments
    found = drift_table(
        dict(run.input.items()),
        run.settings.monitor,
        segments.depth,
        segments.minimum_customers,
        run.settings.seed,
        run.params.apart,
    )
    write_csv(found, run.output.drift)
    run.log.info("%d checks, %d alarms", len(found), (found["verdict"] == ALARM).sum())
