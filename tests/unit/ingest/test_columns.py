"""Which column holds what, in a file or in its name, and the settings as keys of the config."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.feather
import pytest
from ingest_runs import (
    PLAIN,
    READING,
    read,
    run,
    sums,
)

from spendscape.config.config import Config
from spendscape.config.validate import validate
from spendscape.core.errors import DataError
from spendscape.ingest.classes import ClassRules
from spendscape.ingest.columns import Columns, Reading, find


def test_columns_in_the_name(tmp_path: Path) -> None:
    folder = tmp_path / "raw" / "year=2024" / "land=a%20b"
    folder.mkdir(parents=True)
    text = b"day,kind,money\n2024-01-01,food,1\n"
    _, monthly, _ = read(tmp_path, text, "client_x-1.csv", from_name=r"client_(?P<payer>.+)\.csv")
    assert sums(monthly) == [("x-1", "2024-01", "food", 1.0, 1)]
    table = pa.table({"kind": ["food"], "money": [1], "payer": ["p"]})
    _, monthly, _ = run(
        tmp_path,
        {"year=2024/land=a%20b/1.parquet": table, "year=2024/land=a%20b/2.csv": b"kind,money,payer\nrent,2,p\n"},
        replace(READING, columns=replace(READING.columns, date=["year", "month"]), from_name="(?P<month>[12])[.]"),
        PLAIN,
    )  # fmt: skip
    assert sums(monthly) == [("p", "2024-01", "food", 1.0, 1), ("p", "2024-02", "rent", 2.0, 1)]


def test_the_settings_are_keys_of_the_config() -> None:
    keys = set(Config().ingest.model_dump())
    assert set(Reading.__dataclass_fields__) <= keys
    assert set(ClassRules.__dataclass_fields__) - {"class_table"} <= keys
    assert set(Columns.__dataclass_fields__) == set(Config().ingest.columns.model_dump())


def test_the_defaults_of_the_reader_are_those_of_the_config() -> None:
    given = validate({}).ingest.model_dump()
    assert Columns(**given["columns"]) == Columns()
    same = set(Reading.__dataclass_fields__) - {"columns", "rates", "amount_ignores"}
    for name in same:
        default = getattr(Reading(), name)
        assert given[name] == (list(default) if isinstance(default, tuple) else default)


@pytest.mark.parametrize(
    ("section", "words"),
    [
        ({"amount_ignores": "£.-"}, "'£.-' was given; - . is part of a number"),
        ({"amount_ignores": "€\u2212"}, "\u2212 is part of a number"),
        ({"credit_marks": ["-"]}, "ingest.credit_marks"),
        ({"first_month": "2024-01", "last_month": "2023-01"}, "first_month is 2024-01, after"),
    ],
)
def test_the_config_refuses(section: dict[str, Any], words: str) -> None:
    with pytest.raises(DataError, match=re.escape(words)):
        validate({"ingest": section})


@pytest.mark.parametrize(
    ("section", "words"),
    [
        ({"columns": {"direction": "type"}}, "need each other"),
        ({"currency": "EUR"}, "need each other"),
        ({"rates": "rates.csv"}, "rates need currency"),
        ({"decimal": ",", "amount_ignores": "€, "}, "'€, ' was given; , is part of a number"),
        ({"from_name": "("}, "no regular expression"),
        ({"from_name": "x"}, "expected a named group"),
        ({"columns": {"date": ["year"]}}, "2 or more entries"),
        ({"financial_year_ends": 13}, "12 or less"),
        (
            {"columns": {"credit": "amount"}},
            "columns.credit: 'amount' .* is columns.amount as well",
        ),
        (
            {"columns": {"category": ["a", "booked"]}},
            "columns.category: 'booked' .* columns.date as",
        ),
    ],
)
def test_the_config_refuses_what_does_not_fit_together(section: dict[str, Any], words: str) -> None:
    with pytest.raises(DataError, match=words):
        validate({"ingest": section})


@pytest.mark.parametrize("column", ["WÃ¤hrung", "W\ufffdhrung"])
def test_a_column_in_another_encoding_names_the_key(column: str) -> None:
    wanted = replace(READING, columns=replace(READING.columns, category="Währung"))
    header = ["payer", "day", column, "money"]
    with pytest.raises(DataError, match=rf"'{column}' looks like it, .* ingest\.encoding"):
        find("a.csv", header, wanted)
    with pytest.raises(DataError, match="nearest is 'Währungs'"):
        find("a.csv", ["payer", "day", "Währungs", "money"], wanted)
