"""The pages on what went in: counts that add up, every verdict, missing amounts."""

from typing import Any

import pytest
from page_reading import HOSTILE, read_page

LEDGER: dict[str, Any] = {
    "total": {
        "read": {"rows": 10, "amount": "99.50"},
        "accepted": {"rows": 7, "amount": "-1234567.5"},
        "quarantined": {"rows": 1, "reasons": {"bad_date": {"rows": 1, "amount": "2.00"}}},
        "excluded": {"rows": 2, "reasons": {"missing_amount": {"rows": 2, "amount": None}}},
    },
    "files": {
        HOSTILE: {
            "read": {"rows": 10},
            "accepted": {"rows": 7, "amount": "97.50"},
            "quarantined": {"rows": 1},
            "excluded": {"rows": 2},
        }
    },
    "categories": [
        {"category": "rare", "class": None, "rows": 1, "amount": "1.00"},
        {"category": "often", "class": "food", "rows": 6, "amount": "96.50"},
    ],
    "customers": {"read": 6, "accepted": 5},
}
WINDOW = {
    "customers": 5,
    "in": 3,
    "steps": 6,
    "months_per_step": 12,
    "end": "latest",
    "first_month": "2019-01",
    "last_month": "2024-12",
    "negative_classes_zeroed": {"count": 4321},
}


def customers(**changed: Any) -> dict[str, Any]:
    values = {
        "ledger": LEDGER,
        "windows": {"long": WINDOW},
        "customers": {"long": {"in": 3, HOSTILE: 2}},
        "metrics": {"customers": {"test": 1, "train": 2}},
    }
    return values | changed


def test_the_ledger_shows_every_verdict_and_a_missing_amount_is_a_dash() -> None:
    covered = [{"class": "food", "share": 1.0, "coefficient": True}]
    rows = read_page("ledger", {"ledger": LEDGER, "coverage": covered}).rows
    assert ["accepted", "", "7", "70.0 %", "−1,234,567.50"] in rows
    assert ["quarantined", "bad date", "1", "10.0 %", "2.00"] in rows
    assert ["excluded", "missing amount", "2", "20.0 %", "–"] in rows
    assert ["read", "", "10", "100.0 %", "99.50"] in rows
    assert [HOSTILE, "10", "7", "1", "2", "97.50"] in rows
    assert rows[-2:] == [["often", "food", "6", "96.50"], ["rare", "(excluded)", "1", "1.00"]]


def test_the_ledger_lists_the_classes_without_a_coefficient() -> None:
    coverage = [
        {"class": HOSTILE, "share": 0.5, "coefficient": False},
        {"class": "food", "share": 0.4, "coefficient": True},
        {"class": "fun", "share": 0.1, "coefficient": False},
        {"class": "none", "share": 0.0, "coefficient": False},
    ]
    page = read_page("ledger", {"ledger": LEDGER, "coverage": coverage})
    assert page.rows[-2:] == [[HOSTILE, "50.0 %"], ["fun", "10.0 %"]]
    assert "60.0 % of the customers' money is in these classes" in page.text


def test_a_ledger_of_nothing_has_dashes_for_shares() -> None:
    none = {"rows": 0, "amount": "0", "reasons": {}}
    total = dict.fromkeys(LEDGER["total"], none)
    empty = {"total": total, "files": {}, "categories": []}
    rows = read_page("ledger", {"ledger": empty, "coverage": []}).rows
    assert ["accepted", "", "0", "–", "0.00"] in rows
    assert [row[0] for row in rows[3:]] == ["file", "category in the files"]


def test_customers_are_counted_by_verdict_and_why_there_is_no_recent_window() -> None:
    page = read_page("customers", customers(), posting_months=12)
    assert ["in", "3", "60.0 %"] in page.rows
    assert [HOSTILE, "2", "40.0 %"] in page.rows
    assert ["train", "2", "66.7 %"] in page.rows
    assert "6 customers were read, 5 have at least one accepted row" in page.text
    assert "The long window: 6 steps of 12 months" in page.text
    assert "end: latest. Negative classes set to 0: 4,321." in page.text
    assert "a posting covers 12 months" in page.text
    assert "Unmeasured" not in page.text


def test_both_windows_and_customers_without_measured_traits_are_named() -> None:
    recent = WINDOW | {"in": 1, "months_per_step": 2}
    page = read_page(
        "customers",
        customers(
            windows={"long": WINDOW, "recent": recent},
            customers={"long": {"in": 3, "few": 2}, "recent": {"in": 1, "none": 4}},
            metrics={"customers": {"train": 2, "unmeasured": 1}},
        ),
    )
    assert "The recent window: 6 steps of 2 months" in page.text
    assert "There is no recent window" not in page.text
    assert "Unmeasured: without all traits" in page.text


@pytest.mark.parametrize("counts", [{"in": 3, "few": 1}, {"in": 2, "few": 3}, {}])
def test_customers_that_do_not_add_up_stop_the_report(counts: dict[str, int]) -> None:
    with pytest.raises(RuntimeError, match="do not add up"):
        read_page("customers", customers(customers={"long": counts}))
