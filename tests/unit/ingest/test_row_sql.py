"""The verdict on a row: amounts of any form, debits and credits, filters, dates."""

import datetime
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from ingest_runs import READING, read, reasons, run, sums

from spendscape.ingest.classes import ClassRules
from spendscape.ingest.columns import Reading

MARKS = {"credit_marks": ["CR"], "debit_marks": ["DR"]}


def test_patterns_of_dates_and_the_sign_of_spending(tmp_path: Path) -> None:
    reading = Reading(
        columns=READING.columns, date_format="%d.%m.%y", spend_is="negative", delimiter=";"
    )
    text = b"payer;day;kind;money\na;31.12.23;food;-5\na;31.13.23;food;-5\n"
    ledger, monthly, _ = run(tmp_path, {"a.txt": text}, reading)
    assert monthly[0]["month"] == datetime.date(2023, 12, 1)
    assert monthly[0]["amount"] == 5.0
    assert ledger["total"]["quarantined"]["reasons"] == {"bad_date": {"rows": 1, "amount": "5.00"}}


def test_dates_in_columns_of_their_own(tmp_path: Path) -> None:
    text = b"payer,kind,money,year,month,day\na,food,1,2002,9,30\na,food,1,2002,9,31\na,food,1,2002,13,1\na,food,1,,1,1\n"
    _, monthly, quarantine = read(tmp_path, text, columns={"date": ["year", "month", "day"]})
    assert sums(monthly) == [("a", "2002-09", "food", 1.0, 1)] and len(quarantine) == 3
    _, monthly, quarantine = read(tmp_path, text, columns={"date": ["year", "month"]})
    assert sums(monthly) == [("a", "2002-09", "food", 2.0, 2)] and len(quarantine) == 2


@pytest.mark.parametrize(
    ("text", "settings", "value"),
    [
        ("$-12.30", {}, "-12.30"), ("(2,966.97)", {}, "-2966.97"), ("£26,050.00", {}, "26050"),
        ("12.30-", {}, "-12.30"), ("1.234,50", {}, None), ("-12.30-", {}, None),
        ("1.234,50", {"decimal": ",", "amount_ignores": "€. "}, "1234.50"),
        ("€ -0,5", {"decimal": ",", "amount_ignores": "€. "}, "-0.5"),
        ("1.5", {"decimal": ",", "amount_ignores": "€. "}, None),
        ("1,234", {"decimal": ",", "amount_ignores": "€. "}, "1.234"),
        ("12,5", {"decimal": ",", "amount_ignores": "", "spend_is": "negative"}, "-12.5"),
        ("\u2212100.00", {}, "-100"), ("£\u22121,000.00", {}, "-1000"), ("12.30\u2212", {}, "-12.30"),
        ("\u2212100.00", {"amount_ignores": "\u2212"}, "-100"), ("\u2013100", {"amount_ignores": "\u2013"}, None),
        ("100.\u2013", {"amount_ignores": "\u2013"}, "100"), ("\u22125", {"spend_is": "negative"}, "5"),
        ("5 CR", MARKS, "-5"), ("1,000.50DR", MARKS, "1000.50"), ("5 cr", MARKS, "-5"), ("5", MARKS, "5"),
        ("-5 CR", MARKS, None), ("5 XR", MARKS, None), ("(5) DR", MARKS, None), ("CR", MARKS, None), ("5 CR", {}, None),
        ("5 CR", MARKS | {"spend_is": "negative"}, "-5"), ("5,5 CR", MARKS | {"decimal": ",", "amount_ignores": ""}, "-5.5"),
        ("1e300", {}, None), ("NaN", {}, None), ("inf", {}, None),
    ],
)  # fmt: skip
def test_amounts_of_any_form(
    tmp_path: Path, text: str, settings: dict[str, Any], value: str | None
) -> None:
    rows = f"payer;day;kind;money\na;2024-01-01;food;{text}\na;2024-01-01;rent;100\n"
    if settings.get("decimal") == ",":
        rows = rows.replace("rent;100", "rent;100,0")
    ledger, monthly, quarantine = read(tmp_path, rows, delimiter=";", **settings)
    found = [Decimal(str(row[3])) for row in sums(monthly) if row[2] == "food"]
    assert found == ([] if value is None else [Decimal(value)])
    assert len(quarantine) == (value is None)
    assert Decimal(ledger["total"]["accepted"]["amount"]) == sum(
        Decimal(str(row[3])) for row in sums(monthly)
    )


def test_debits_and_credits(tmp_path: Path) -> None:
    text = b"payer,day,kind,money,type\na,2024-01-01,food,10,D\na,2024-01-01,food,4,CR\n"
    monthly = read(tmp_path, text, columns={"direction": "type"}, credit_values=["CR"])[1]
    assert sums(monthly) == [("a", "2024-01", "food", 6.0, 2)]
    text = b"payer,day,kind,money,back\na,2024-01-01,food,10,\na,2024-01-01,food,,4\na,2024-01-01,food,1,1\na,2024-01-01,food,,x\na,2024-01-01,food,,\n"
    ledger, monthly, quarantine = read(tmp_path, text, columns={"credit": "back"})
    assert sums(monthly) == [("a", "2024-01", "food", 6.0, 3)]
    assert [row["reason"] for row in quarantine] == ["bad_amount"]
    assert reasons(ledger, "excluded") == {"missing_amount": 1}


def test_a_debit_and_a_credit_may_be_missing_each_by_itself(tmp_path: Path) -> None:
    text = "payer;day;kind;money;back\na;2024-01-01;food;-;500,00\na;2024-01-01;food;700,00;-\na;2024-01-01;food;-;\n"
    settings: dict[str, Any] = {"decimal": ",", "amount_ignores": "", "delimiter": ";"}
    ledger, monthly, quarantine = read(
        tmp_path, text, columns={"credit": "back"}, missing_amounts=["-", ""], **settings
    )
    assert sums(monthly) == [("a", "2024-01", "food", 200.0, 2)] and not quarantine
    assert reasons(ledger, "excluded") == {"missing_amount": 1}


def test_of_several_categories_the_first_that_is_not_empty_counts(tmp_path: Path) -> None:
    text = b"payer,day,money,symbol,operation\na,2024-01-01,1,food,rent\na,2024-01-01,2, ,fun\na,2024-01-01,4,,\nb,2024-01-01,8,,5.0\n"
    columns = replace(READING.columns, category=["symbol", "operation"])
    reading = replace(READING, columns=columns)
    ledger, monthly, _ = run(tmp_path, {"a.csv": text}, reading)
    assert sums(monthly) == [("a", "2024-01", "food", 1.0, 1), ("a", "2024-01", "fun", 2.0, 1)]
    assert [(row["category"], row["rows"]) for row in ledger["categories"]] == [
        ("", 1), ("5.0", 1), ("food", 1), ("fun", 1)
    ]  # fmt: skip
    assert ledger["total"]["read"]["amount"] == "15.00"
    table = pa.table(
        {
            "payer": ["a"] * 3,
            "day": ["2024-01-01"] * 3,
            "money": [1.0, 2.0, 4.0],
            "symbol": pa.array([None, "food", ""]),
            "operation": pa.array([5.0, 7.0, float("nan")]),
        }
    )
    rules = ClassRules(class_map={"5": "fun", "food": "food"}, unmapped="exclude")
    ledger, monthly, _ = run(tmp_path, {"b.parquet": table}, reading, rules)
    assert sums(monthly) == [("a", "2024-01", "food", 2.0, 1), ("a", "2024-01", "fun", 1.0, 1)]


def test_filters_are_named_rules(tmp_path: Path) -> None:
    text = b"payer,day,kind,money,type,fault\na,2024-01-01,food,1,payment,\na,never,food,2,income,\na,2024-01-01,food,4,payment, broke \na,2024-01-01,food,8,,\n"
    ledger, monthly, quarantine = read(
        tmp_path, text, keep={"type": ["payment", ""]}, drop={"fault": ["broke"]}
    )
    assert sums(monthly) == [("a", "2024-01", "food", 9.0, 2)] and not quarantine
    assert reasons(ledger, "excluded") == {"filter fault": 1, "filter type": 1}
