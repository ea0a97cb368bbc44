"""Dates of any form are read to the day that they mean: the examples of the table, and others."""

import re
from pathlib import Path
from typing import Any

import duckdb
import pytest
from ingest_runs import HEAD, read, sums

from spendscape.core.errors import DataError
from spendscape.ingest.date_formats import (
    FORMATS,
    NAMED,
    check_date_format,
    date_format,
    shares_read,
)
from spendscape.ingest.sql import literal


def test_the_examples_of_the_table_are_read_as_the_days_that_they_mean() -> None:
    with duckdb.connect() as connection:
        for own in FORMATS:
            assert own.examples, own.name
            for text, day in own.examples.items():
                sql = date_format(own.name).sql("field", 12, None)
                query = f"SELECT {sql} FROM (SELECT {literal(f' {text}')} AS field)"
                [(found,)] = connection.execute(query).fetchall()
                assert str(found) == day, (own.name, text)


def test_a_name_stands_in_the_table_once() -> None:
    assert len(NAMED) == len(FORMATS)


@pytest.mark.parametrize(
    ("days", "settings", "months"),
    [
        (["960728", "000131", "961341"], {"date_format": "%y%m%d"}, ["1996-07", "2000-01", None]),
        (["31.12.2024", "1.2.2024", "2024-02-01"], {"date_format": "%d.%m.%Y"}, ["2024-12", "2024-02", None]),
        (["40339.61528", "45292", "45291.99", "59", "x"], {"date_format": "spreadsheet"}, ["2010-06", "2024-01", "2023-12", None, None]),
        (["2024-Q3", "Q1 2024", "2024q4", "2024-Q5", "Q3"], {"date_format": "quarter"}, ["2024-09", "2024-03", "2024-12", None, None]),
        (["2010-11", "2010/2011", "FY2011", "1999-00", "2010-12"], {"date_format": "financial_year", "financial_year_ends": 3}, ["2011-03", "2011-03", "2011-03", "2000-03", None]),
    ],
)  # fmt: skip
def test_dates_of_any_form(
    tmp_path: Path, days: list[str], settings: dict[str, Any], months: list[str | None]
) -> None:
    text = HEAD.decode() + "".join(f"c{k},{day},food,1\n" for k, day in enumerate(days))
    _, monthly, quarantine = read(tmp_path, text, **settings)
    found = {row[0]: row[1] for row in sums(monthly)}
    assert [found.get(f"c{k}") for k in range(len(days))] == months
    assert len(quarantine) == months.count(None)


def test_a_value_that_is_no_format_is_refused() -> None:
    for name in (None, "quarter", "%d.%m.%Y", "%j of %Y"):
        check_date_format(name)
    with pytest.raises(DataError, match=re.escape("'%Q' was given; expected a strptime pattern")):
        check_date_format("%Q")
    with pytest.raises(DataError, match="or one of quarter, "):
        check_date_format("quarters")


def test_shares_count_likely_years_only() -> None:
    found = shares_read({"a": ["31.12.2024", "31.12.0024", "x", "1.2.2024"], "b": ["2024-01-01"]})
    assert found["a"]["%d.%m.%Y"] == 0.5 and found["a"]["ISO"] == 0
    assert found["b"]["ISO"] == 1
