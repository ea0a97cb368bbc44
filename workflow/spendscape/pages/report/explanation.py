"""The page on the surrogate models."""

from typing import Any

from spendscape.pages.numbers import interval_of
from spendscape.pages.report.page import Page
from spendscape.pages.report.tables import Rows, Table, pivot, words


def surrogate(scores: Rows) -> dict[str, Any]:
    """The families of surrogates on unseen customers."""
    families = [
        (words(row["family"]), words(f"{row['target']}: {row['metric']}"), interval_of(row))
        for row in scores
        if row["split"] == "test" and row["target"] != "states"
    ]
    rest = [
        (row["family"], row["target"], words(row["metric"]), row["split"], interval_of(row))
        for row in scores
        if row["target"] == "states" or "correlation" in row["metric"]
    ]
    return {
        "families": pivot(families, "family"),
        "rest": Table(("family", "target", "metric", "customers", "value"), rest),
    }


PAGES = (
    Page(
        name="surrogate",
        category="Explanation",
        label="the surrogate models",
        inputs={"scores": "surrogate/scores.csv"},
        context=surrogate,
        caption="surrogate.rst",
    ),
)
