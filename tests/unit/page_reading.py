"""Pages of the report as a browser sees them."""

from collections.abc import Mapping
from html.parser import HTMLParser
from typing import Any

from spendscape.pages.report.contents import PAGES
from spendscape.pages.report.make import page_text
from spendscape.traits.split import UNMEASURED

HOSTILE = "<script>alert(\"x\")</script> & 'co'"
SHARED = {
    "posting_months": 1,
    "audit_level": 0.05,
    "audit_smallest": 0.05,
    "unit_of_money": "Amounts are in EUR.",
    "unmeasured": UNMEASURED,
    "one_trait": None,
    "meaning": "What the traits are.",
    "fitted": "Of the fit.",
}


class Reading(HTMLParser):
    """The rows of every table of a page, its texts, its tags, and the heads that cells repeat."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.tags: list[str] = []
        self.heads: list[str] = []
        self.text = ""
        self.open = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.heads += [value or "" for name, value in attrs if name == "data-head"]
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
            self.open = True

    def handle_endtag(self, tag: str) -> None:
        self.open = self.open and tag not in ("td", "th")

    def handle_data(self, data: str) -> None:
        self.text += data
        if self.open:
            self.rows[-1][-1] += data


def read_page(name: str, values: Mapping[str, Any], **shared: Any) -> Reading:
    """The page of this name, made of `values` by the names of its inputs."""
    page = next(page for page in PAGES if page.name == name)
    found = Reading(page_text(page, values, SHARED | shared))
    # Whatever the values hold, they are text.
    assert "script" not in found.tags
    return found


def drift_row(
    what: str, verdict: str, value: float = 2.0, threshold: float = 1.0, of: str = ""
) -> dict[str, Any]:
    """A row of monitor/drift.csv."""
    return {
        "what": what, "of": of, "window": "long", "value": value, "low": value, "high": value, "threshold": threshold,
        "verdict": verdict, "unit": "points", "customers": float("nan"), "note": HOSTILE,
    }  # fmt: skip
