"""What the columns of an export seem to hold."""

import random
from collections.abc import Iterable
from pathlib import Path

import pytest

from spendscape.core.errors import DataError
from spendscape.ingest.date_formats import FORMATS, ISO
from spendscape.ingest.inspect_money import date_formats_of
from spendscape.ingest.inspect_proposal import Proposal
from spendscape.ingest.propose_config import propose


def known_share(fields: Iterable[str]) -> float:
    """Every category has a class."""
    return 1.0


def proposed(tmp_path: Path, dates: list[str], name: str = "booked") -> Proposal:
    """What is proposed for rows of three customers with these dates."""
    lines = [f"{name};customer;amount;category"]
    lines += [f"{text};c{k % 3};{k}.50;food{k % 2}" for k, text in enumerate(dates * 20)]
    path = tmp_path / "export.csv"
    path.write_text("\n".join(lines) + "\n")
    return propose({"export.csv": str(path)}, known_share, str(tmp_path))


def test_every_format_of_the_table_is_proposed() -> None:
    found = date_formats_of({own.name: list(own.examples) for own in FORMATS})
    for own in FORMATS:
        best, share, _ = found[own.name]
        assert (best, share) == (own.name, 1.0)


def test_a_day_and_month_without_a_leading_zero_are_a_date(tmp_path: Path) -> None:
    assert proposed(tmp_path, ["1/5/2024", "31/1/2024"]).section["date_format"] == "%d/%m/%Y"
    made = proposed(tmp_path, ["01.02.2024 10:15"])
    assert made.section["date_format"] == "%d.%m.%Y %H:%M"


def test_a_date_that_can_be_two_things_is_in_doubt(tmp_path: Path) -> None:
    pattern, share, others = date_formats_of({"x": ["01/02/2024", "03/04/2024"]})["x"]
    assert share == 1 and {pattern, *others} >= {"%d/%m/%Y", "%m/%d/%Y"}
    assert date_formats_of({"x": ["31/12/2024", "01/02/2024"]})["x"][0::2] == ("%d/%m/%Y", [])
    assert any("%m/%d/%Y" in doubt for doubt in proposed(tmp_path, ["01/02/2024"]).doubts)


def test_numbers_that_could_be_years_are_a_date_only_where_nothing_else_is(tmp_path: Path) -> None:
    columns = {"code": ["2001", "2010"], "when": ["2024-01-31", "2024-02-01"], "text": ["a", ""]}
    found = date_formats_of(columns)
    assert found["code"][:2] == ("financial_year", 1.0) and found["when"][:2] == (ISO, 1.0)
    assert found["text"][1] == 0
    path = tmp_path / "export.csv"
    rows = [f"{2000 + k % 20},2024-01-{k % 28 + 1:02d},c{k % 3},{k}.50,x{k % 2}" for k in range(99)]
    path.write_text("\n".join(["code,when,customer,amount,category", *rows]) + "\n")
    made = propose({"export.csv": str(path)}, known_share, str(tmp_path))
    assert made.section["columns"]["date"] == "when"


def test_a_column_of_other_texts_is_no_date(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no column looks like a date"):
        proposed(tmp_path, ["yesterday", "31.31.2024"])


@pytest.mark.parametrize("amount", ["Betrag CHF", "Betrag"])
def test_amounts_that_may_be_in_one_currency_already(tmp_path: Path, amount: str) -> None:
    lines = [f"Buchung;Kunde;Rubrik;{amount};Originalbetrag;Whg"]
    lines += [
        f"2024-01-{k % 28 + 1:02d};K{k % 9};food{k % 4};{k}.40;{k * 1.1:.2f};{('CHF', 'CHF', 'USD')[k % 3]}"
        for k in range(90)
    ]
    path = tmp_path / "export.csv"
    path.write_text("\n".join(lines) + "\n")
    made = propose({"export.csv": str(path)}, known_share, str(tmp_path))
    assert made.section["columns"]["amount"] == amount
    assert any("only rows in CHF" in doubt for doubt in made.doubts)
    assert any("'Betrag CHF' names CHF" in doubt for doubt in made.doubts) == (amount != "Betrag")


FIRST, LAST = ("Ann", "Bob", "Cid", "Dee", "Eve"), ("Oberwasser", "Plumpsack", "Tannhuber", "Uhl")


def payments(tmp_path: Path, customer: str, category: str, payee: str) -> Proposal:
    """What is proposed for 40 holders, three categories, and 20 payees who are drawn evenly."""
    rng = random.Random(3)
    lines = [f"posted,{customer},{category},amount,{payee}"]
    lines += [
        f"2022-{month:02d}-{rng.randrange(1, 29):02d},{FIRST[k % 5]} {'ABCDEFGH'[k // 5]} Holder,{kind},{rng.uniform(5, 90):.2f},"
        f"{rng.choice(FIRST)} {rng.choice(LAST)}"
        for k in range(40)
        for month in range(1, 13)
        for kind in ("food", "rent", "fun")
    ]
    path = tmp_path / "export.csv"
    path.write_text("\n".join(lines) + "\n")
    return propose({"export.csv": str(path)}, lambda fields: 0.0, str(tmp_path))


@pytest.mark.parametrize(
    ("customer", "category", "payee"),
    [
        ("member_name", "department", "memo"),
        ("member", "department", "memo"),
        ("owner_name", "department", "note"),
        ("account_name", "department", "reference"),
        ("Kontonummer", "Verwendung", "Empfänger"),
        ("client", "column_3", "payee"),
        ("Holder", "what", "Counterparty"),
    ],
)
def test_payees_are_neither_customer_nor_category(
    tmp_path: Path, customer: str, category: str, payee: str
) -> None:
    made = payments(tmp_path, customer, category, payee)
    assert made.section["columns"]["customer"] == customer
    assert made.section["columns"]["category"] == category


def test_names_of_columns_that_say_nothing_leave_a_doubt_with_both(tmp_path: Path) -> None:
    made = payments(tmp_path, "one", "department", "two")
    both = {"one", "two"}
    (other,) = both - {made.section["columns"]["customer"]}
    (chosen,) = both - {other}
    assert any(f"{other!r} could be the customer as well as {chosen!r}" in d for d in made.doubts)
