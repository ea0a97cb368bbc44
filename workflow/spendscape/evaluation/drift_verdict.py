"""What monitor/drift.csv says in a few lines: its alarms, for logs and schedulers."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from spendscape.core.csv_tables import read_csv
from spendscape.core.errors import DataError
from spendscape.evaluation.drift import ALARM


def read_drift(path: str | Path) -> list[dict[str, Any]]:
    """The rows of monitor/drift.csv; texts stay as they are.

    Raises
    ------
    DataError
        There is no such file; the message says what makes it.
    """
    if not Path(path).is_file():
        raise DataError(
            f"{path} is not there; `snakemake monitor` with score.run makes it (docs/how-to/monitoring.md)"
        )
    table = read_csv(path, ["what", "of", "window", "verdict", "unit", "note"])
    return [{str(name): value for name, value in row.items()} for row in table.to_dict("records")]


def alarm_words(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """A line for each alarm: what, of what, in which window, its value and its threshold."""
    lines = []
    for row in rows:
        if row["verdict"] == ALARM:
            of = f" of {row['of']}" if row["of"] else ""
            value = f"{row['value']:.3g} {row['unit']}".rstrip()
            threshold = f"threshold {row['threshold']:g}"
            lines.append(f"{row['what']}{of} ({row['window']} window): {value}, {threshold}")
    return lines
