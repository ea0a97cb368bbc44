"""The page on what the run found of what the simulator planted."""

from typing import Any

from spendscape.pages.numbers import interval_of
from spendscape.pages.report.page import Page
from spendscape.pages.report.tables import Rows, Table, words


def recovery(recovery: Rows) -> dict[str, Any]:
    """Every quantity that was planted, as found, beside its target."""
    rows = [(words(row["quantity"]), interval_of(row), row["target"]) for row in recovery]
    return {"found": Table(("quantity", "found", "target"), rows)}


PAGES = (
    Page(
        name="recovery",
        category="Recovery",
        label="what was planted and what was found",
        inputs={"recovery": "recovery.csv"},
        context=recovery,
        caption="recovery.rst",
        when="simulated",
    ),
)
