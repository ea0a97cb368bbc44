"""The page on drift: what has changed, alarms first."""

from collections import Counter
from collections.abc import Mapping
from math import isnan
from typing import Any

from spendscape.pages.numbers import interval_of, number
from spendscape.pages.report.page import Page
from spendscape.pages.report.tables import Rows, Table, words

# Rows of a table that are changes of single classes or labels.
CHANGE = "_change"
COLUMNS = ("what", "of", "window", "value", "unit", "threshold", "verdict", "note")


def drift(drift: Rows) -> dict[str, Any]:
    """What has changed from a run's last step but one to the last."""
    texts = ("of", "unit", "note")
    rows = [{**row, **{k: row[k] if isinstance(row[k], str) else "" for k in texts}} for row in drift]  # fmt: skip
    return {"run": None, **tables(rows)}


def tables(rows: Rows) -> dict[str, Any]:
    """The verdicts counted, and the rows in tables: alarms and what to watch, what has a threshold, changes, the rest.

    Parameters
    ----------
    rows : of monitor/drift.csv or monitor/last_step.csv; texts without anything are empty
    """
    changes = [row for row in rows if not isnan(row["threshold"]) and row["of"] and row["what"].endswith(CHANGE)]  # fmt: skip
    changes.sort(key=lambda row: -abs(row["value"]))
    rest = [row for row in rows if row not in changes]
    raised = [row for row in rows if row["verdict"] in ("alarm", "watch")]
    raised.sort(key=lambda row: row["verdict"])
    return {
        "verdicts": dict(Counter(row["verdict"] for row in rows)),
        "raised": _table(raised),
        "judged": _table([row for row in rest if not isnan(row["threshold"])]),
        "changes": _table(changes),
        "shown": _table([row for row in rest if isnan(row["threshold"])]),
    }


def _table(rows: Rows) -> Table:
    return Table(COLUMNS, [_cells(row) for row in rows])


def _cells(row: Mapping[str, Any]) -> tuple[str, ...]:
    return (
        words(row["what"]),
        words(row["of"]),
        row["window"],
        interval_of(row),
        row["unit"],
        number(row["threshold"]),
        row["verdict"],
        row["note"],
    )


PAGES = (
    Page(
        name="drift",
        category="Segments",
        label="drift in the last step",
        inputs={"drift": "monitor/last_step.csv"},
        context=drift,
        caption="drift.rst",
        when="steps",
    ),
)
