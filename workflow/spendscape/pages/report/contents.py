"""The pages of the report. Snakemake reads this at every start, so it imports nothing heavy."""

from collections.abc import Collection, Iterable

from spendscape.pages.report import (
    audit,
    data,
    drift,
    dynamics,
    explanation,
    model,
    recovery,
    segments,
    summary,
)
from spendscape.pages.report.page import Page

PAGES: tuple[Page, ...] = (
    *summary.PAGES,
    *data.PAGES,
    *model.PAGES,
    *explanation.PAGES,
    *dynamics.PAGES,
    *segments.PAGES,
    *drift.PAGES,
    *audit.PAGES,
    *recovery.PAGES,
)
# What pages say of the traits is made of these.
ABOUT_TRAITS = {"formula": "tensors/traits.json", "metrics": "model/metrics.json"}
# What the pages' templates are built from.
SHARED_TEMPLATES = ("report/base.html", "report/macros.html", "report/style.css")
# Those of pages/drift_page.py, the monitor's own page.
DRIFT_TEMPLATES = (*SHARED_TEMPLATES, "report/drift.html")


def pages_of(holding: Collection[str]) -> list[Page]:
    """The pages that a run has; `holding`: the conditions that its config fulfils."""
    return [page for page in PAGES if page.when is None or page.when in holding]


def inputs_of(pages: Iterable[Page]) -> dict[str, str]:
    """The results files that these pages are made of, by the name that pages call them by.

    Raises
    ------
    ValueError
        Two pages mean different files by one name.
    """
    found = dict(ABOUT_TRAITS)
    for page in pages:
        for name, path in page.inputs.items():
            if found.setdefault(name, path) != path:
                raise ValueError(f"the pages' input {name} is both {found[name]} and {path}")
    return found


def templates_of(pages: Iterable[Page]) -> list[str]:
    """The templates that these pages are filled into."""
    return [*SHARED_TEMPLATES, *(page.template for page in pages)]
