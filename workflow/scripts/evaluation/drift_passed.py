"""Drift passed: fails where monitor/drift.csv has an alarm, so that a scheduler hears of it."""

from pathlib import Path

from spendscape.core.errors import DataError
from spendscape.evaluation.drift_verdict import alarm_words, read_drift
from spendscape.running.job import job

with job() as run:
    alarms = alarm_words(read_drift(run.input.drift))
    if alarms:
        raise DataError("\n".join([f"{len(alarms)} alarms; see {run.input.page}", *alarms]))
    Path(run.output.passed).write_text("no alarm\n")
