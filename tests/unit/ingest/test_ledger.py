"""The account of rows and money adds up, by verdict and by reason."""

from dataclasses import replace
from decimal import Decimal

import pytest

from spendscape.ingest import ledger as module
from spendscape.ingest.classes import ClassRules
from spendscape.ingest.ledger import make_ledger, reasons_text, summary
from spendscape.ingest.survey import Survey

FOOD = Survey(" food", "food", None, 3, 3, Decimal("4.50"), 600, 602)
PAY = Survey("pay", "pay", None, 2, 2, Decimal("-900.123456"), 590, 610)
BAD = Survey(None, None, "bad_amount", 1, 0, Decimal(0), 601, 601)
LEFT_OUT = Survey(None, None, "filter kind", 4, 4, Decimal("1"), 601, 601)
RULES = ClassRules(excluded_categories=["pay"])
MAPPING = {"food": "food", "pay": None}


def test_rows_and_money_are_counted_by_verdict_and_reason() -> None:
    made = make_ledger({"a.csv": [FOOD, BAD], "b.csv": [PAY, LEFT_OUT]}, MAPPING, RULES)
    total = made["total"]
    assert total["read"] == {"rows": 10, "amount": "-894.623456"}
    assert total["accepted"] == {"rows": 3, "amount": "4.50"}
    assert total["quarantined"]["reasons"] == {"bad_amount": {"rows": 1, "amount": None}}
    assert total["excluded"]["reasons"] == {
        "filter kind": {"rows": 4, "amount": "1.00"},
        "excluded_category": {"rows": 2, "amount": "-900.123456"},
    }
    assert made["files"]["a.csv"]["read"]["rows"] == 4
    assert [entry["class"] for entry in made["categories"]] == ["food", None]
    assert (made["first_month"], made["last_month"]) == ("2020-01", "2020-03")
    assert reasons_text(total) == "bad_amount 1, filter kind 4, excluded_category 2"
    line = summary({**made, "classes": ["food"], "customers": {"read": 3, "accepted": 1}})
    assert line.startswith(
        "10 rows read = 3 accepted + 1 quarantined (bad_amount 1)"
        " + 6 excluded (filter kind 4, excluded_category 2); "
    )
    assert line.endswith(
        "1 customer, 1 class, 2020-01 to 2020-03; 2 customers have no accepted row"
    )


def test_a_category_without_a_class_is_not_one_that_was_excluded() -> None:
    made = make_ledger({"a.csv": [FOOD, PAY]}, MAPPING, replace(RULES, excluded_categories=[]))
    assert list(made["total"]["excluded"]["reasons"]) == ["unmapped_category"]


def test_a_reason_that_the_ledger_does_not_know_does_not_add_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "EXCLUDED", ("missing_amount",))
    with pytest.raises(RuntimeError, match="does not add up"):
        make_ledger({"a.csv": [FOOD, PAY]}, MAPPING, RULES)


def test_without_an_accepted_row_there_are_no_months() -> None:
    made = make_ledger({"a.csv": [BAD]}, {}, RULES)
    assert made["first_month"] is None and made["total"]["read"] == {"rows": 1, "amount": None}
