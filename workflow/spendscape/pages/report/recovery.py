"""The page on what the run found of what the simulator planted."""

from typing import Any

from spendscape.pages.numbers import interval_of
from spendscape.pages.report.page import Page
from spendscape.pages.report.tables import Rows, Table, words

# What rows of recovery.csv are called; the ends of names that begin with these words, and whole names.
BEGINNINGS = {
    "trait_": "{}: squared correlation with the planted trait",
    "coefficients_": "{}: multiple correlation of the coefficients with the formula's",
    "segment_level_": "customers whose first {} traits are the planted ones in their order",
}
NAMES = {
    "dominant_trait": "customers whose dominant trait is the planted one",
    "attractor_label": "customers whose trajectory ends where their planted dominant trait is the largest",
    "movers_precision": "of the customers with another dominant trait: share who did move",
    "movers_recall": "of those who did move: share with another dominant trait",
    "movers_likely_precision": "of the likely movers: share who did move",
    "movers_likely_recall": "of those who did move: share who are likely movers",
    "movers_top": "of the largest changes, beside a customer's own past: share who did move",
    "movers_top_network": "of the largest changes of the network's output alone: share who did move",
    "movers_top_observer": "of the largest changes, as an observer ranks them who knows who moved: share who did move",
    "movers_recall_without_noise": "of those who did move: share whom the windows' averaging leaves visible",
    "movers_delay_months": "months from a move until the network shows the new dominant trait (median)",
    "movers_new_trait_shown": "of those who did move: share of whom the network shows the new dominant trait",
}


def recovery(recovery: Rows) -> dict[str, Any]:
    """Every quantity that was planted, as found, beside its target."""
    rows = [(plain(row["quantity"]), interval_of(row), row["target"]) for row in recovery]
    return {"found": Table(("quantity", "found", "target"), rows)}


def plain(quantity: str) -> str:
    """What a row is of, in plain English; a name that is not known here as words."""
    for beginning, said in BEGINNINGS.items():
        if quantity.startswith(beginning):
            return said.format(words(quantity.removeprefix(beginning)))
    return NAMES.get(quantity, words(quantity))


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
