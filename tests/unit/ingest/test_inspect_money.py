"""Dates, amounts and directions are found by what the columns hold, also where the names mislead."""

import datetime
import random
from collections.abc import Sequence

import numpy as np
import pytest

from spendscape.core.errors import DataError
from spendscape.ingest.inspect_columns import Column, columns_of
from spendscape.ingest.inspect_money import (
    date_formats_of,
    dates_of,
    propose_amounts,
    propose_dates,
    propose_direction,
)
from spendscape.ingest.inspect_proposal import Proposal

ROWS = 120
RNG = random.Random(1)
DAYS = [datetime.date(2024, 1, 1) + datetime.timedelta(k) for k in range(ROWS)]
MONEY = [f"{RNG.uniform(1, 90):.2f}" for _ in range(ROWS)]
OTHER = [f"{RNG.uniform(1, 90):.2f}" for _ in range(ROWS)]


def columns(**fields: Sequence[str]) -> dict[str, Column]:
    return columns_of(fields)


def test_of_two_readings_of_a_date_the_one_in_the_order_of_time_is_first() -> None:
    for form, other in (("%d/%m/%Y", "%m/%d/%Y"), ("%m/%d/%Y", "%d/%m/%Y")):
        # Days that could be months as well.
        fields = [day.strftime(form) for day in DAYS if day.day <= 12]
        best, share, others = date_formats_of({"day": fields})["day"]
        assert (best, share, others) == (form, 1.0, [other])
        assert dates_of(fields[:1], best)[0] == (DAYS[0] - datetime.date(1970, 1, 1)).days


def test_the_date_is_not_that_of_birth_nor_a_number() -> None:
    made, used = Proposal({}), set[str]()
    born = [f"19{60 + k % 30}-05-01" for k in range(ROWS)]
    found = columns(birth_date=born, number=[str(20240101 + k) for k in range(ROWS)], x=[f"{d:%d.%m.%Y}" for d in DAYS])  # fmt: skip
    propose_dates(made, found, used)
    assert made.section["columns"]["date"] == "x"
    assert made.section["date_format"] == "%d.%m.%Y"
    assert any("'birth_date' holds dates too" in doubt for doubt in made.doubts)
    with pytest.raises(DataError, match="no column looks like a date"):
        propose_dates(Proposal({}), columns(a=MONEY), set())


def test_the_amount_is_no_balance_no_code_and_no_constant() -> None:
    balance = [f"{1000 - total:.2f}" for total in np.cumsum([float(text) for text in MONEY])]
    made, used = Proposal({}), set[str]()
    found = columns(
        amount_total=balance, code=[str(1000 + k) for k in range(ROWS)], fixed=["9.99"] * ROWS, x=MONEY
    )  # fmt: skip
    spent = propose_amounts(made, found, used)
    assert made.section["columns"]["amount"] == "x" and "spend_is" not in made.section
    np.testing.assert_allclose(spent, [float(text) for text in MONEY])
    assert "'amount_total' adds up 'x', so it is not taken for the amount" in made.doubts


def test_most_amounts_with_a_minus_are_spending() -> None:
    made = Proposal({})
    fields = [text if k % 10 == 0 else f"-{text}" for k, text in enumerate(MONEY)]
    spent = propose_amounts(made, columns(amount=fields), set())
    assert made.section["spend_is"] == "negative"
    assert (spent > 0).mean() == pytest.approx(0.9)


@pytest.mark.parametrize("names", [("debit", "credit"), ("b", "a")])
def test_two_columns_of_which_each_row_fills_one(names: tuple[str, str]) -> None:
    made = Proposal({})
    out = ["" if k % 5 == 0 else text for k, text in enumerate(MONEY)]
    back = [text if k % 5 == 0 else "" for k, text in enumerate(OTHER)]
    found = columns(**dict(reversed([(names[0], out), (names[1], back)])))
    spent = propose_amounts(made, found, set())
    own = made.section["columns"]
    assert (own["amount"], own["credit"]) == names and made.section["missing_amounts"] == [""]
    assert spent[0] == -float(OTHER[0]) and spent[1] == float(MONEY[1])


def test_a_direction_turns_amounts_that_have_no_sign_of_their_own() -> None:
    sides = ["Haben" if k % 4 == 0 else "Soll" for k in range(ROWS)]
    spent = np.array([float(text) for text in MONEY])
    found = columns(x=sides, y=["a" if k % 4 else "b" for k in range(ROWS)])
    turned, column = propose_direction(Proposal({}), found, set(), spent)
    assert column == "x"
    np.testing.assert_array_equal(turned, np.where(np.arange(ROWS) % 4 == 0, -spent, spent))
    # The amounts say the same already.
    again, column = propose_direction(Proposal({}), found, set(), turned)
    assert column == "" and again is turned
