"""Rows that are no spending, ids of rows and currencies are found by what the columns hold."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from spendscape.ingest.inspect_columns import Column, columns_of
from spendscape.ingest.inspect_filters import (
    doubt_groups,
    propose_currency,
    propose_ids,
    propose_income,
    propose_states,
)
from spendscape.ingest.inspect_proposal import Proposal

ROWS = 100
WHO = [f"c{k % 10}" for k in range(ROWS)]


def columns(**fields: Sequence[str]) -> dict[str, Column]:
    return columns_of(fields)


def section(found: dict[str, Column], propose: Any, *given: Any) -> dict[str, Any]:
    """What a function proposes."""
    made = Proposal({"columns": {"category": "kind"}})
    propose(made, found, *given)
    return {key: value for key, value in made.section.items() if key != "columns"} | {
        f"columns.{key}": own for key, own in made.section["columns"].items() if key != "category"
    }


def test_rows_that_were_not_made_are_dropped_unless_they_are_most() -> None:
    states = ["booked" if k % 10 else "pending" for k in range(ROWS)]
    assert section(columns(status=states), propose_states, set()) == {
        "drop": {"status": ["pending"]}
    }
    mostly = ["pending" if k % 10 else "booked" for k in range(ROWS)]
    assert section(columns(status=mostly), propose_states, set()) == {}
    # A memo has the word now and then, and is no state.
    memo = [f"note {k}" if k % 10 else "pending fee" for k in range(ROWS)]
    assert section(columns(memo=memo), propose_states, set()) == {}
    errors = ["" if k % 20 else "no funds" for k in range(ROWS)]
    assert section(columns(error=errors), propose_states, set()) == {"keep": {"error": [""]}}


def test_a_yes_of_customers_is_told_from_one_of_rows() -> None:
    made = Proposal({})
    found = columns(who=WHO, member=["Y" if who < "c4" else "N" for who in WHO], online=["1" if k % 7 else "0" for k in range(ROWS)])  # fmt: skip
    doubt_groups(made, found, {"who"}, "who")
    assert made.doubts[0].startswith("'member' says yes or no of customers (yes in 40% of rows)")
    assert made.doubts[1].startswith("'online' says yes or no of rows (yes in 85% of rows)")


def test_categories_that_only_ever_come_in_are_income() -> None:
    kinds = ["salary" if k % 10 == 0 else "food" if k % 2 else "rent" for k in range(ROWS)]
    spent = np.array([-100.0 if kind == "salary" else 5.0 for kind in kinds])
    spent[1] = -5
    own = section(columns(kind=kinds), propose_income, spent, "")
    assert own == {"excluded_categories": ["salary"]}


def test_credits_are_refunds_where_their_categories_have_spending() -> None:
    kinds = ["food" if k % 2 else "rent" for k in range(ROWS)]
    sides = ["C" if k % 5 == 0 else "D" for k in range(ROWS)]
    spent = np.array([-5.0 if side == "C" else 5.0 for side in sides])
    own = section(columns(kind=kinds, side=sides), propose_income, spent, "side")
    assert own == {"columns.direction": "side", "credit_values": ["C"], "debit_values": ["D"]}
    income = ["pay" if side == "C" else "food" for side in sides]
    own = section(columns(kind=income, side=sides), propose_income, spent, "side")
    assert own == {"drop": {"side": ["C"]}}


def test_an_id_of_rows_is_one_unless_different_rows_have_it() -> None:
    spent = np.arange(ROWS, dtype=np.float64)
    ids = [f"T{k:06d}" for k in range(ROWS)]
    assert section(columns(ref=ids), propose_ids, set(), spent) == {"columns.transaction": "ref"}
    assert section(columns(customer_number=ids), propose_ids, set(), spent) == {}
    twice = [f"T{k - k % 2 if k < 20 else k:06d}" for k in range(ROWS)]
    assert section(columns(ref=twice), propose_ids, set(), spent) == {}
    repeats = np.where(np.arange(ROWS) < 20, spent - spent % 2, spent)
    assert section(columns(ref=twice), propose_ids, set(), repeats) == {
        "columns.transaction": "ref"
    }


def test_of_several_currencies_the_most_frequent_is_kept() -> None:
    codes = ["eur" if k % 10 else "USD" for k in range(ROWS)]
    own = section(columns(x=codes), propose_currency, set())
    assert own == {"columns.currency": "x", "currency": "EUR", "keep": {"x": ["eur"]}}
    assert section(columns(x=["EUR"] * ROWS), propose_currency, set()) == {"columns.currency": "x", "currency": "EUR"}  # fmt: skip
    assert section(columns(x=["abc", "xyz"] * 50), propose_currency, set()) == {}
