"""The words of columns' names: what speaks for a role, and what against it although it has the same words."""

import pytest

from spendscape.ingest.inspect_words import CREDITS, DEBITS, NO, NOT_MADE, YES, named

FOR = {
    "date": ["Buchungstag", "posted_on", "TransactionDate"],
    "amount": ["Betrag (EUR)", "amount", "Soll"],
    "credit": ["Paid in", "Haben"],
    "debit": ["Paid out", "Soll"],
    "customer": ["CustomerID", "household_id", "IBAN", "account name"],
    "category": ["mcc", "Kategorie", "merchant type", "k_symbol"],
    "transaction": ["Transaction ID", "Referenz"],
    "currency": ["ccy", "Währung"],
}
AGAINST = {
    "date": ["date of birth", "value_date", "Wertstellung"],
    "amount": ["Running balance", "amount_ytd", "fee amount", "original amount"],
    "credit": ["debit", "withdrawn"],
    "customer": [
        "counterparty account",
        "payee name",
        "is_customer",
        "client card",
        "account city",
    ],
    "category": ["category_name", "spending party", "class_flag"],
    "transaction": ["customer number", "account no"],
    "currency": ["amount in currency"],
}


@pytest.mark.parametrize("role", FOR)
def test_a_name_speaks_for_its_role_or_against_it(role: str) -> None:
    assert {name: named(role, name) for name in FOR[role]} == dict.fromkeys(FOR[role], 1.0)
    wrong = AGAINST.get(role, [])
    assert {name: named(role, name) for name in wrong} == dict.fromkeys(wrong, -1.0)
    assert named(role, "xq7") == 0


def test_a_value_has_one_meaning() -> None:
    assert not CREDITS & DEBITS and not YES & NO
    assert all(NOT_MADE.search(state) for state in ("Pending", "vorgemerkt", "DECLINED"))
    assert not any(NOT_MADE.search(state) for state in ("booked", "gebucht", "settled", "posted"))
