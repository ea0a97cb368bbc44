"""The page on the audit: what the run says of attributes that nothing was trained on."""

from collections.abc import Mapping
from math import isnan
from typing import Any

from spendscape.pages.numbers import DASH, interval, number
from spendscape.pages.report.page import Page
from spendscape.pages.report.tables import Rows, Table, words

FOUND, NOT_TESTED = "found", "not tested"
# Rows of two groups compared, in place of a group's own.
COMPARED = ("largest difference", "smallest ratio")


def audit(audit: Rows) -> dict[str, Any]:
    """A part for each attribute."""
    by_attribute: dict[str, list[Mapping[str, Any]]] = {}
    for row in audit:
        by_attribute.setdefault(str(row["attribute"]), []).append(row)
    return {"attributes": [_part(name, rows) for name, rows in by_attribute.items()]}


def _part(name: str, rows: Rows) -> dict[str, Any]:
    kinds = {
        kind: [row for row in rows if row["kind"] == kind] for kind in (row["kind"] for row in rows)
    }
    if "attribute" in kinds:
        return {"name": words(name), "untested": kinds["attribute"][0]["what"]}
    found = [row["what"] for row in kinds.get("predicted from", []) if row["verdict"] == FOUND]
    return {
        "name": words(name),
        "untested": None,
        "predicted": [words(what) for what in found],
        "predictors": Table(
            ("predicted from", "area under the ROC curve", "chance", "verdict"),
            [
                (words(row["what"]), _interval(row), number(row["chance"]), row["verdict"])
                for row in kinds.get("predicted from", [])
            ],
        ),
        "labels": Table(
            ("label", "group", "customers", "share with this label", "all customers", "verdict"),
            [_rate(row) for row in kinds.get("label", [])],
        ),
        "measures": Table(
            ("measure", "group", "customers", "mean", "all customers", "verdict"),
            [
                (row["what"], row["group"], int(row["customers"]), _interval(row), number(row["chance"]), row["verdict"])
                for row in kinds.get("explanation", [])
            ],
        ),
        "classes": Table(
            ("class", "spent on", "share of the ranks that the groups explain", "by chance", "verdict"),
            [
                (words(row["what"]), row["group"], number(row["score"]), number(row["chance"]), row["verdict"])
                for row in kinds.get("class", [])
            ],
        ),
    }  # fmt: skip


def _rate(row: Mapping[str, Any]) -> tuple[Any, ...]:
    if row["group"] in COMPARED:
        return words(row["what"]), row["group"], DASH, number(row["score"]), DASH, row["verdict"]
    ends = interval(row["score"], row["low"], row["high"])
    overall = number(row["chance"])
    return words(row["what"]), row["group"], int(row["customers"]), ends, overall, row["verdict"]


def _interval(row: Mapping[str, Any]) -> str:
    return DASH if isnan(row["score"]) else interval(row["score"], row["low"], row["high"])


PAGES = (
    Page(
        name="audit",
        category="Segments",
        label="the audit by attributes",
        inputs={"audit": "audit/audit.csv"},
        context=audit,
        caption="audit.rst",
        when="audited",
    ),
)
