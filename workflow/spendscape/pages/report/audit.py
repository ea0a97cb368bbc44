"""The page on the audit: what the run says of attributes that nothing was trained on."""

from collections.abc import Mapping
from math import isnan
from typing import Any

from spendscape.pages.numbers import DASH, interval, number
from spendscape.pages.report.page import Page
from spendscape.pages.report.tables import Json, Rows, Table, words

FOUND, NOT_TESTED = "found", "not tested"
# Kinds of rows that groups are compared in, in place of a group's own, and that say whose attribute is known.
COMPARED, MEASURES, CUSTOMERS = "labels compared", "measures compared", "customers"


def audit(audit: Rows, naming: Json) -> dict[str, Any]:
    """A part for each attribute."""
    by_attribute: dict[str, list[Mapping[str, Any]]] = {}
    for row in audit:
        by_attribute.setdefault(str(row["attribute"]), []).append(row)
    return {
        "attributes": [_part(name, rows) for name, rows in by_attribute.items()],
        "minimum": naming["minimum_customers"],
    }


def _part(name: str, rows: Rows) -> dict[str, Any]:
    kinds: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        kinds.setdefault(str(row["kind"]), []).append(row)
    known = {str(row["what"]): int(row["customers"]) for row in kinds.get(CUSTOMERS, [])}
    if "attribute" in kinds:
        return {"name": words(name), "known": known, "untested": kinds["attribute"][0]["what"]}
    found = [row["what"] for row in kinds.get("predicted from", []) if row["verdict"] == FOUND]
    return {
        "name": words(name),
        "known": known,
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
            [(words(row["what"]), *_of_group(row)) for row in rows if row["kind"] in ("label", COMPARED)],
        ),
        "measures": Table(
            ("measure", "group", "customers", "mean", "all customers", "verdict"),
            [(row["what"], *_of_group(row)) for row in rows if row["kind"] in ("explanation", MEASURES)],
        ),
        "classes": Table(
            ("class", "group", "its share of spending is", "how often one of the group spends more than another", "verdict"),
            [(words(row["what"]), row["group"], "larger" if row["score"] >= 0.5 else "smaller", _interval(row), row["verdict"]) for row in kinds.get("class", [])],
        ),
    }  # fmt: skip


def _of_group(row: Mapping[str, Any]) -> tuple[Any, ...]:
    """A group's row, or one of all groups compared."""
    if row["kind"] in (COMPARED, MEASURES):
        return row["group"], DASH, _interval(row), DASH, row["verdict"]
    overall = number(row["chance"])
    return row["group"], number(row["customers"]), _interval(row), overall, row["verdict"]


def _interval(row: Mapping[str, Any]) -> str:
    return DASH if isnan(row["score"]) else interval(row["score"], row["low"], row["high"])


PAGES = (
    Page(
        name="audit",
        category="Segments",
        label="the audit by attributes",
        inputs={"audit": "audit/audit.csv", "naming": "segments/naming.json"},
        context=audit,
        caption="audit.rst",
        when="audited",
    ),
)
