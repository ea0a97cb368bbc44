"""The pages on what went in: the ledger of rows and amounts, and the customers."""

from collections.abc import Mapping
from typing import Any

from spendscape.pages.numbers import money, number, percent, share
from spendscape.pages.report.page import Page
from spendscape.pages.report.tables import Json, Rows, Table, words


def ledger(ledger: Json, coverage: Rows) -> dict[str, Any]:
    """Where every row and all money went: by verdict, by file, by category, and past the formula."""
    total = ledger["total"]
    read = total["read"]
    accounts = [("accepted", "", total["accepted"])]
    for verdict in ("quarantined", "excluded"):
        reasons = total[verdict]["reasons"]
        accounts += [(verdict, words(reason), entry) for reason, entry in reasons.items()]
    accounts.append(("read", "", read))
    verdicts = [
        (verdict, reason, entry["rows"], share(entry["rows"], read["rows"]), money(entry["amount"]))
        for verdict, reason, entry in accounts
    ]
    kinds = ("read", "accepted", "quarantined", "excluded")
    files = [
        (name, *(entry[kind]["rows"] for kind in kinds), money(entry["accepted"]["amount"]))
        for name, entry in ledger["files"].items()
    ]
    categories = [
        (
            entry["category"],
            words(entry["class"] or "(excluded)"),
            entry["rows"],
            money(entry["amount"]),
        )
        for entry in sorted(ledger["categories"], key=lambda entry: -entry["rows"])
    ]
    return {
        "verdicts": Table(("verdict", "reason", "rows", "share", "amount"), verdicts),
        "files": Table(("file", *kinds, "accepted amount"), files),
        "categories": Table(("category in the files", "class", "rows", "amount"), categories),
        "uncovered_share": percent(sum(row["share"] for row in without_coefficient(coverage))),
        "uncovered": Table(
            ("class without a coefficient", "share of the money"),
            [(words(row["class"]), percent(row["share"])) for row in without_coefficient(coverage)],
        ),
    }


def without_coefficient(coverage: Rows) -> Rows:
    """The rows of tensors/coverage.csv whose class has money and moves no trait."""
    return [row for row in coverage if not row["coefficient"] and row["share"] > 0]


def with_money(ledger: Json, coverage: Rows) -> str:
    """How many classes have money, beside how many there are where some have none."""
    classes, spent = len(ledger["classes"]), sum(row["share"] > 0 for row in coverage)
    return number(classes) if spent == classes else f"{number(spent)} of {number(classes)}"


def customers(
    ledger: Json, windows: Json, customers: Mapping[str, Mapping[str, int]], metrics: Json
) -> dict[str, Any]:
    """Every customer with a verdict, counted, and the sides of the split.

    Parameters
    ----------
    customers : per window, customers by verdict: "in", or the reason why not

    Raises
    ------
    RuntimeError
        When the counts do not add up, which no input may bring about.
    """
    accepted, splits = ledger["customers"]["accepted"], metrics["customers"]
    shown = []
    for name, window in windows.items():
        counts = customers[name]
        if sum(counts.values()) != accepted or counts.get("in", 0) != window["in"]:
            raise RuntimeError(f"the {name} window's customers do not add up to {accepted}")
        order = sorted(counts, key=lambda verdict: (verdict != "in", -counts[verdict], verdict))
        rows = [(verdict, counts[verdict], share(counts[verdict], accepted)) for verdict in order]
        table = Table(("verdict", "customers", "share"), rows)
        shown.append({"name": name, "verdicts": table} | dict(window))
    sides = [(side, count, share(count, sum(splits.values()))) for side, count in splits.items()]
    return {
        "read": ledger["customers"]["read"],
        "accepted": accepted,
        "windows": shown,
        "recent_window": "recent" in windows,
        "split": Table(("side", "customers", "share"), sides),
        "sides": list(splits),
    }


PAGES = (
    Page(
        name="ledger",
        category="Data",
        label="ledger of rows and amounts",
        inputs={"ledger": "ingest/ledger.json", "coverage": "tensors/coverage.csv"},
        context=ledger,
        caption="ledger.rst",
    ),
    Page(
        name="customers",
        category="Data",
        label="customers and their verdicts",
        inputs={
            "ledger": "ingest/ledger.json",
            "windows": "tensors/summary.json",
            "customers": "tensors/customers.parquet",
            "metrics": "model/metrics.json",
        },
        context=customers,
        caption="customers.rst",
    ),
)
