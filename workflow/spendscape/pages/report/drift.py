"""The page on drift: what has changed, alarms first."""

from collections import Counter
from collections.abc import Mapping
from math import isnan
from typing import Any

from spendscape.pages.numbers import DASH, interval_of, number
from spendscape.pages.report.page import Page
from spendscape.pages.report.tables import Rows, Table, words

# Rows of a table that are changes of single classes or labels, and how many of them are shown.
CHANGE, MOST_CHANGES = "_change", 40
COLUMNS = ("what", "of", "window", "value", "unit", "threshold", "verdict", "note")
# What monitor/drift.csv calls a check, in plain English: the beginnings and the ends of names, and whole names.
MIXES = {
    "classes_by_customer": "what the average customer spends on",
    "classes_by_money": "what all money is spent on",
    "labels": "the labels",
    "segments": "the segments",
}
MEASURES = {
    "_stability_index": "{}: population stability index",
    "_jensen_shannon": "{}: Jensen–Shannon divergence",
}
CHECKS = {
    "classes_by_customer_change": "share of the average customer's spending",
    "classes_by_money_change": "share of all money",
    "labels_change": "customers with this label",
    "mean_direction_moved": "distance between the mean directions",
    "mean_direction_turned": "angle between the mean directions",
    "mean_direction_length": "how much closer together the directions are",
    "mean_fixed_point_moved": "distance between the mean fixed points",
    "in_both": "customers in both periods",
    "finished_run": "customers of the finished run",
    "new_period": "customers of the new period",
    "label_flips": "customers with another label than before",
    "customers_turned": "how far the same customers' directions turned",
    "customers_moved": "how far the same customers' fixed points moved",
    "outside_training_range": "customers unlike those of the training",
    "recent_window": "everything in the recent window",
    "new_classes": "money in classes that nobody used before",
    "vanished_classes": "money in classes that nobody uses any more",
    "unknown_classes": "money in classes that the finished run does not know",
}


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
        "changes": _table(changes[:MOST_CHANGES]),
        "more_changes": max(0, len(changes) - MOST_CHANGES),
        "shown": _table([row for row in rest if isnan(row["threshold"])]),
    }


def plain(what: str) -> str:
    """What a check is of, in plain English; a name that is not known here as words."""
    for end, said in MEASURES.items():
        if what.endswith(end) and what.removesuffix(end) in MIXES:
            return said.format(MIXES[what.removesuffix(end)])
    return CHECKS.get(what, words(what))


def _table(rows: Rows) -> Table:
    """The rows, without the column of the window where all are of one, and without columns that are empty."""
    cells = [_cells(row) for row in rows]
    same = {
        name
        for k, name in enumerate(COLUMNS)
        if name == "window" and len({row[k] for row in cells}) == 1
    }
    empty = {
        name
        for k, name in enumerate(COLUMNS)
        if name != "what" and all(row[k] in ("", DASH) for row in cells)
    }
    kept = [k for k, name in enumerate(COLUMNS) if name not in same | empty]
    return Table([COLUMNS[k] for k in kept], [[row[k] for k in kept] for row in cells])


def _cells(row: Mapping[str, Any]) -> tuple[str, ...]:
    return (
        plain(row["what"]),
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
