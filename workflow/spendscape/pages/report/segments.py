"""The pages on the segments: whether customers stay in them, and in which spaces they separate."""

from typing import Any

from spendscape.pages.numbers import interval_of
from spendscape.pages.report.page import Page
from spendscape.pages.report.tables import Json, Rows, Table, pivot, words


def stability(stability: Json) -> dict[str, Any]:
    """Whether customers stay in their segments, inside the long window and across windows."""
    within = [
        (row["labels"], words(row["comparison"]), row["step"], interval_of(row))
        for row in stability["within_long"]
    ]
    across, levels = stability["across_windows"], None
    if across is not None:
        shown = {
            name: {str(row["level"]): interval_of(row) for row in rows}
            for name, rows in across.items()
        }
        entries = [
            (level, name, text) for name, column in shown.items() for level, text in column.items()
        ]
        levels = pivot(entries, "level", list(shown))
    return {
        "customers": stability["customers"],
        "within": Table(("label from", "compared with", "step", "share that agrees"), within),
        "levels": levels,
        "movers": stability.get("movers"),
    }


def purity(purity: Rows) -> dict[str, Any]:
    """In which spaces the levels of the segments separate, the mean over parents."""
    means = [
        (words(row["space"]), f"{words(row['metric'])}, level {row['level']}", interval_of(row))
        for row in purity
        if row["parent"] == "(mean)"
    ]
    return {"means": pivot(means, "space", sorted({column for _, column, _ in means}))}


PAGES = (
    Page(
        name="stability",
        category="Segments",
        label="stability of the segments",
        inputs={"stability": "segments/stability.json"},
        context=stability,
        caption="stability.rst",
    ),
    Page(
        name="purity",
        category="Segments",
        label="purity of the segments",
        inputs={"purity": "segments/purity.csv"},
        context=purity,
        caption="purity.rst",
    ),
)
