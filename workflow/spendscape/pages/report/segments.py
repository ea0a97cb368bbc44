"""The pages on the segments: whether customers stay in them, where they separate, and what decides them."""

from typing import Any

from spendscape.pages.numbers import interval_of, number, percent, share
from spendscape.pages.report.page import Page
from spendscape.pages.report.tables import Json, Rows, Table, pivot, words

# Classes and swaps that are shown; the files have all.
MOST = 30


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


def decisions(contributions: Rows, swaps: Json) -> dict[str, Any]:
    """Which classes decide the segments, and which swaps of spending would change them; no customer's row."""
    classes = [
        (
            row["class"],
            number(row["size"], 4),
            number(row["mean"], 4),
            percent(row["largest"]),
        )
        for row in contributions[:MOST]
    ]
    frequent = [
        (row["from"], row["to"], row["customers"], percent(row["fraction"]), f"{row['money']:,.0f}")
        for row in swaps["swaps"][:MOST]
    ]
    found = swaps["verified"] > 0
    return {
        "classes": Table(("class", "mean size", "mean", "largest for"), classes),
        "swaps": Table(
            ("from", "to", "customers", "median share", "median money a year"), frequent
        ),
        "customers": swaps["customers"],
        "verified": share(swaps["verified"], swaps["customers"]),
        "two_swaps": share(swaps["two_swaps"], swaps["customers"]),
        "fraction": percent(swaps["fraction"]) if found else None,
        "money": swaps["money"] if found else None,
        "fewest": swaps["fewest"],
        "not_listed": swaps["not_listed"],
    }


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
    Page(
        name="decisions",
        category="Explanation",
        label="what decides the segments, and what would change them",
        inputs={"contributions": "explain/contributions.csv", "swaps": "explain/swaps.json"},
        context=decisions,
        caption="decisions.rst",
    ),
)
