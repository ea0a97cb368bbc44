"""`spendscape monitor`: whether a new period has drifted from the finished run, as an exit status."""

from pathlib import Path

from spendscape.core.counts import counted
from spendscape.evaluation.drift_verdict import alarm_words, read_drift


def monitor(results: Path) -> tuple[str, bool]:
    """What to print on the drift of a results folder, and whether a check is an alarm.

    Raises
    ------
    DataError
        The folder has no monitor/drift.csv.
    """
    rows = read_drift(results / "monitor/drift.csv")
    alarms = alarm_words(rows)
    counts = {name: sum(row["verdict"] == name for row in rows) for name in ("watch", "ok", "not measured")}  # fmt: skip
    said = ", ".join(f"{count} {name}" for name, count in counts.items())
    return "\n".join([f"{counted(len(alarms), 'alarm')}, {said}", *alarms]) + "\n", bool(alarms)
