"""The page on the audit: a part for each attribute, and what is not tested says why."""

from typing import Any

import pandas as pd
from page_reading import HOSTILE, read_page

from spendscape.evaluation.audit import COLUMNS

KNOWN = {"in a group": 80, "without a value": 7, "in a group that is too small": 3}


def rows(*given: dict[str, Any]) -> list[dict[str, Any]]:
    """Rows as audit/audit.csv holds them."""
    table = pd.DataFrame(list(given)).reindex(columns=COLUMNS)
    return [{str(name): value for name, value in row.items()} for row in table.to_dict("records")]


def test_what_is_found_is_said_and_the_rest_is_shown() -> None:
    base = {"attribute": "age_band", "customers": 80}
    shown = rows(
        base | {"kind": "predicted from", "what": "states", "score": 0.61, "chance": 0.5, "low": 0.58, "high": 0.64, "verdict": "found"},
        base | {"kind": "predicted from", "what": "traits", "score": 0.5, "chance": 0.5, "low": 0.47, "high": 0.53, "verdict": "not found"},
        base | {"kind": "label", "what": "calm", "group": HOSTILE, "score": 0.3, "chance": 0.25, "low": 0.2, "high": 0.4, "verdict": "found"},
        base | {"kind": "labels compared", "what": "calm", "group": "largest difference", "score": 0.2, "chance": 0.0, "verdict": "found"},
        base | {"kind": "explanation", "what": "error", "group": "old", "score": 1.5, "chance": 1.2, "low": 1.0, "high": 2.0, "verdict": "not found"},
        base | {"kind": "class", "what": "pets_and_vets", "group": "old", "score": 0.64, "chance": 0.5, "low": 0.61, "high": 0.67, "verdict": "found"},
        base | {"kind": "measures compared", "what": "error", "group": "largest difference", "score": 0.4, "chance": 0.0, "low": -0.1, "high": 0.9, "verdict": "not found"},
        base | {"kind": "label", "what": "calm", "group": "largest difference", "chance": 0.25, "verdict": "found"},
        *(base | {"kind": "customers", "what": what, "customers": n} for what, n in KNOWN.items()),
        *({"attribute": "region", "kind": "customers", "what": what, "customers": n} for what, n in KNOWN.items()),
        {"attribute": "region", "kind": "attribute", "what": "there is one group", "customers": 80, "verdict": "not tested"},
    )  # fmt: skip
    page = read_page(
        "audit",
        {"audit": shown, "naming": {"minimum_customers": 30}},
        audit_level=0.01,
        audit_smallest=0.07,
    )
    assert "in at most 1.0 % of all cases" in page.text and "audit.level" not in page.text
    assert "at least 7.0 % of the larger share or mean" in page.text
    assert page.text.count("80 customers are in a group. 7 have no value, and 3 are in groups") == 2
    # A group may be named as rows of a comparison are.
    assert ["calm", "largest difference", "80", "–", "0.250", "found"] in page.rows
    assert "age band: what predicts it" in page.text
    assert "It is predicted from: states." in page.text
    assert ["states", "0.61 (0.58–0.64)", "0.500", "found"] in page.rows
    assert ["calm", HOSTILE, "80", "0.30 (0.20–0.40)", "0.250", "found"] in page.rows
    assert ["calm", "largest difference", "–", "0.200", "–", "found"] in page.rows
    assert ["error", "old", "80", "1.50 (1.00–2.00)", "1.20", "not found"] in page.rows
    assert [
        "error",
        "largest difference",
        "–",
        "0.40 (−0.10 to 0.90)",
        "–",
        "not found",
    ] in page.rows
    assert ["pets and vets", "old", "larger", "0.64 (0.61–0.67)", "found"] in page.rows
    assert "region" in page.text and "Not tested: there is one group." in page.text
