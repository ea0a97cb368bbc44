"""Months and their numbers."""

import datetime
import re

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from spendscape.core.months import MONTH, month_name, month_number, month_of


def test_numbers_count_from_january_1970() -> None:
    assert month_number("1970-01") == 0
    assert month_number("2024-12") == 54 * 12 + 11
    assert month_name(-1) == "1969-12"


@given(st.dates())
def test_numbers_are_those_of_numpy(day: datetime.date) -> None:
    number = month_of(day)
    assert number == np.datetime64(day, "M").astype(int)
    assert month_name(number) == day.isoformat()[:7]
    assert month_number(month_name(number)) == number


def test_what_a_month_looks_like() -> None:
    assert all(re.fullmatch(MONTH, text) for text in ("2024-12", "1970-01"))
    assert not any(re.fullmatch(MONTH, text) for text in ("2024-13", "2024-1", "24-01", "2024-00"))
