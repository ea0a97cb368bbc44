"""The report's pages as text, from what the results files hold."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from spendscape.core.csv_tables import read_csv
from spendscape.core.text import NEEDS_TWO_TRAITS
from spendscape.pages.environment import render
from spendscape.pages.numbers import unit_of_money
from spendscape.pages.report.contents import PAGES
from spendscape.pages.report.page import Page
from spendscape.traits.formula import formula_from_json
from spendscape.traits.split import UNMEASURED
from spendscape.traits.words import fitted, meaning


def report_pages(
    files: Mapping[str, str],
    posting_months: int,
    audit_level: float,
    audit_smallest: float,
    currency: str,
) -> dict[str, str]:
    """The pages that these results files suffice for, as HTML by their names.

    Parameters
    ----------
    files : path of each results file by the name that the pages call it by (`Page.inputs`)
    posting_months, audit_level, audit_smallest, currency : as in the config (tensors.posting_months, audit.level,
        audit.smallest_difference, currency)
    """
    values = {name: read(Path(path)) for name, path in files.items()}
    formula = formula_from_json(Path(files["formula"]).read_text())
    shared = {
        "posting_months": posting_months,
        "audit_level": audit_level,
        "audit_smallest": audit_smallest,
        "unit_of_money": unit_of_money(currency),
        "unmeasured": UNMEASURED,
        "one_trait": NEEDS_TWO_TRAITS if len(formula.traits) == 1 else None,
        "meaning": meaning(formula, values["metrics"]["r2"]),
        "fitted": fitted(formula),
    }
    return {
        page.name: page_text(page, values, shared)
        for page in PAGES
        if page.inputs.keys() <= values.keys()
    }


def page_text(page: Page, values: Mapping[str, Any], shared: Mapping[str, Any]) -> str:
    """One page as HTML.

    Parameters
    ----------
    values : what results files hold, by the names in `Page.inputs`
    shared : what every template can show: posting_months, audit_level, audit_smallest, the `unit_of_money`, the `unmeasured` customers' side of the
        split, on the traits `meaning` and `fitted`, and what a run of one trait says of what needs two
        (`one_trait`, None in other runs)
    """
    context = page.context(**{name: values[name] for name in page.inputs})
    return render(page.template, {**shared, **context})


def read(path: Path) -> Any:
    """What a page gets of a results file (`Page.context`)."""
    if path.suffix == ".json":
        return json.loads(path.read_text())
    if path.suffix == ".csv":
        return read_csv(path).to_dict("records")
    schema = pq.read_schema(path)
    texts = [
        field.name
        for field in schema
        if pa.types.is_string(field.type) and field.name != "customer_id"
    ]
    return {name: text_counts(path, name) for name in texts}


def text_counts(path: Path, column: str) -> dict[str, int]:
    """How often each text occurs in a column of a Parquet file, the most frequent first."""
    found: Sequence[Any] = pc.value_counts(
        pq.read_table(path, columns=[column])[column]
    ).to_pylist()
    counts = {str(entry["values"]): int(entry["counts"]) for entry in found}
    return dict(sorted(counts.items(), key=lambda item: -item[1]))
