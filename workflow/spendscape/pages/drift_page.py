"""The page of the monitor: monitor/drift.csv for reading."""

from spendscape.pages.environment import render
from spendscape.pages.report.drift import tables
from spendscape.pages.report.tables import Rows


def drift_page(rows: Rows, run: str) -> str:
    """The page as HTML.

    Parameters
    ----------
    rows : of monitor/drift.csv
    run : results folder of the finished run
    """
    return render("report/drift.html", {"run": run, **tables(rows)})
