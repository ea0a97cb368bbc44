"""The page of the monitor: monitor/drift.csv for reading."""

import math
from collections import Counter
from collections.abc import Mapping
from typing import Any

from spendscape.pages.environment import render
from spendscape.pages.numbers import interval_of, number
from spendscape.pages.report.tables import Rows, Table, words

# Rows of a table that are changes of single classes or labels.
CHANGE = "_change"
COLUMNS = ("what", "of", "window", "value", "unit", "threshold", "verdict", "note")


def drift_page(rows: Rows, run: str) -> str:
    """The page as HTML.

    Parameters
    ----------
    rows : of monitor/drift.csv
    run : results folder of the finished run
    """
    changes = [row for row in rows if row["threshold"] == row["threshold"] and row["of"] and row["what"].endswith(CHANGE)]  # fmt: skip
    changes.sort(key=lambda row: -abs(row["value"]))
    rest = [row for row in rows if row not in changes]
    verdicts = Counter(row["verdict"] for row in rows)
    raised = [row for row in rows if row["verdict"] in ("alarm", "watch")]
    raised.sort(key=lambda row: row["verdict"])
    values = {
        "run": run,
        "verdicts": dict(verdicts),
        "raised": _table(raised),
        "judged": _table([row for row in rest if not math.isnan(row["threshold"])]),
        "changes": _table(changes),
        "shown": _table([row for row in rest if math.isnan(row["threshold"])]),
    }
    return render("report/drift.html", values)


def _table(rows: Rows) -> Table:
    return Table(COLUMNS, [_cells(row) for row in rows])


def _cells(row: Mapping[str, Any]) -> tuple[str, ...]:
    return (
        words(row["what"]),
        row["of"],
        row["window"],
        interval_of(row),
        row["unit"],
        number(row["threshold"]),
        row["verdict"],
        row["note"],
    )
