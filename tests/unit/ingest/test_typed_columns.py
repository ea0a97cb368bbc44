"""Ids that are numbers in Parquet, columns of almost the same name, and the day of a moment."""

import datetime
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from ingest_runs import PLAIN, READING, read, reasons, run, sums

from spendscape.config.validate import validate
from spendscape.core.errors import DataError


def table(**columns: Any) -> pa.Table:
    """A table of two rows; the columns that are given replace its own."""
    rows = {"payer": ["a", "b"], "day": ["2024-01-01"] * 2, "kind": ["food"] * 2, "money": [1, 2]}
    return pa.table(rows | columns)


@pytest.mark.parametrize(
    "gaps",
    [pa.array([7.0, None]), pa.array([7.0, float("nan")]), pa.array([7, None], pa.decimal128(9, 2))],
    ids=["double", "nan", "decimal"],
)  # fmt: skip
def test_a_whole_number_is_the_same_id_whatever_its_type(tmp_path: Path, gaps: pa.Array) -> None:
    files = {"1.parquet": table(payer=[7, 8]), "2.parquet": table(payer=gaps)}
    ledger, monthly, _ = run(tmp_path, files, READING, PLAIN)
    assert sums(monthly) == [("7", "2024-01", "food", 2.0, 2), ("8", "2024-01", "food", 2.0, 1)]
    assert reasons(ledger, "quarantined") == {"no_customer": 1}


def test_a_transaction_id_is_the_same_whatever_its_type(tmp_path: Path) -> None:
    reading = replace(READING, columns=replace(READING.columns, transaction="id"))
    files = {"1.parquet": table(id=[1, 2]), "2.parquet": table(id=[1.0, None])}
    ledger, monthly, _ = run(tmp_path, files, reading, PLAIN)
    assert reasons(ledger, "excluded") == {"repeated_transaction": 1}
    assert sums(monthly) == [("a", "2024-01", "food", 1.0, 1), ("b", "2024-01", "food", 4.0, 2)]


@pytest.mark.parametrize("column", ["payer", "kind"])
def test_doubles_that_may_be_two_ids_are_refused(tmp_path: Path, column: str) -> None:
    largest = table(**{column: [float(2**53 - 1), 1.0]})
    if column == "payer":
        monthly = run(tmp_path, {"a.parquet": largest}, READING, PLAIN)[1]
        assert {row["customer_id"] for row in monthly} == {str(2**53 - 1), "1"}
    words = "a.parquet holds 1 floating-point number of 9,007,199,254,740,992 or more"
    with pytest.raises(DataError, match=re.escape(words)):
        run(tmp_path, {"a.parquet": table(**{column: [float(2**53), 1.0]})}, READING, PLAIN)


@pytest.mark.parametrize(
    ("column", "values", "message"),
    [
        ("money", pa.array([datetime.timedelta(1)] * 2), "amount: 'money' was given; in a.parquet it has the type duration; expected numbers or text"),
        ("money", pa.array([True, False]), "amount: .* the type bool;"),
        ("money", pa.array([datetime.date(2024, 1, 1)] * 2), "amount: .* the type date32;"),
        ("money", pa.array([datetime.time(1)] * 2), "amount: .* the type time64;"),
        ("day", pa.array([datetime.timedelta(1)] * 2), "date: .* the type duration; expected dates, text or numbers"),
        ("day", pa.array([True, False]), "date: .* the type bool;"),
        ("payer", pa.array([datetime.timedelta(1)] * 2), "customer: .* the type duration; expected text or numbers"),
        ("kind", pa.array([["food"], ["rent"]]), "category: .* the type list;"),
        ("kind", pa.array([{"secret": 1}] * 2), "category: .* the type struct;"),
    ],
)  # fmt: skip
def test_a_type_that_cannot_be_what_is_asked_for_is_refused(
    tmp_path: Path, column: str, values: pa.Array, message: str
) -> None:
    with pytest.raises(DataError, match=f"^ingest.columns.{message}"):
        run(tmp_path, {"a.parquet": table(**{column: values})}, READING, PLAIN)


@pytest.mark.parametrize("kind", [pa.int8(), pa.float16(), pa.decimal256(50, 2), pa.string_view(), pa.binary(), pa.dictionary(pa.int8(), pa.string()), pa.null()], ids=str)  # fmt: skip
def test_every_type_of_number_and_text_may_be_an_amount(tmp_path: Path, kind: pa.DataType) -> None:
    texts = pa.types.is_string_view(kind) or pa.types.is_binary(kind) or pa.types.is_dictionary(kind)  # fmt: skip
    own = pa.array(["3", "4"] if texts else [3, 4])
    values = pa.nulls(2) if pa.types.is_null(kind) else own.cast(kind)
    files = {"a.parquet": table(money=values), "b.parquet": table()}
    monthly = run(tmp_path, files, READING, PLAIN)[1]
    assert sum(row["amount"] for row in monthly) == (3 if pa.types.is_null(kind) else 10)


def test_columns_that_differ_in_case_are_two(tmp_path: Path) -> None:
    names = ["payer", "day", "kind", "Money", "money"]
    arrays = [pa.array(v) for v in (["a"], ["2024-01-01"], ["food"], [100], [1])]
    for order in ([0, 1, 2, 3, 4], [0, 1, 2, 4, 3]):
        own = pa.table([arrays[k] for k in order], names=[names[k] for k in order])
        assert sums(run(tmp_path, {"a.parquet": own}, READING, PLAIN)[1])[0][3] == 1.0
    twice = pa.table(arrays, names=[name.lower() for name in names])
    with pytest.raises(DataError, match=r"'money' was given; a\.parquet has more than one"):
        run(tmp_path, {"a.parquet": twice}, READING, PLAIN)


NEW_YEAR = datetime.datetime(2023, 12, 31, 23, 30, tzinfo=datetime.UTC)
# In Berlin it was half past midnight.


@pytest.mark.parametrize(
    ("zone", "month"), [(None, "2024-01"), ("Europe/Berlin", "2024-01"), ("UTC", "2023-12"), ("America/New_York", "2023-12")]
)  # fmt: skip
@pytest.mark.parametrize("written", ["Europe/Berlin", "+01:00", "text", "%z", "%z first", "%Z"])
def test_the_day_of_a_moment_does_not_depend_on_the_kind_of_file(
    tmp_path: Path, written: str, zone: str | None, month: str
) -> None:
    reading = replace(READING, time_zone=zone)
    if written in ("Europe/Berlin", "+01:00"):
        days = pa.array([NEW_YEAR] * 2, pa.timestamp("us", tz=written))
        monthly = run(tmp_path, {"a.parquet": table(day=days)}, reading, PLAIN)[1]
    else:
        text, pattern = {
            "text": ("2024-01-01T00:30:00+01:00", None),
            "%z": ("01-01-2024 00:30:00 +0100", "%d-%m-%Y %H:%M:%S %z"),
            "%Z": ("01-01-2024 00:30:00 Europe/Berlin", "%d-%m-%Y %H:%M:%S %Z"),
            "%z first": ("+01:00 01-01-2024 00:30:00", "%z %d-%m-%Y %H:%M:%S"),
        }[written]
        rows = f"payer,day,kind,money\na,{text},food,1\nb,{text},food,1\n"
        monthly = read(tmp_path, rows, time_zone=zone, date_format=pattern)[1]
    assert [row[1] for row in sums(monthly)] == [month, month]


def test_a_day_without_an_offset_is_as_it_is_written(tmp_path: Path) -> None:
    rows = "payer,day,kind,money\na,2024-01-01T00:30:00,food,1\na,2024-01-31,food,1\n"
    monthly = read(tmp_path, rows, time_zone="America/New_York")[1]
    assert sums(monthly) == [("a", "2024-01", "food", 2.0, 2)]
    with pytest.raises(DataError, match="expected a time zone such as Europe/Berlin"):
        validate({"ingest": {"time_zone": "Europe/Berln"}})


def test_a_missing_value_in_the_name_of_a_folder_is_no_customer(tmp_path: Path) -> None:
    text = b"day,kind,money\n2024-01-01,food,1\n"
    files: dict[str, bytes | pa.Table] = {}
    for value in ("ann", "__HIVE_DEFAULT_PARTITION__"):
        (tmp_path / "raw" / f"payer={value}").mkdir(parents=True)
        files[f"payer={value}/1.csv"] = text
    ledger, monthly, _ = run(tmp_path, files, READING, PLAIN)
    assert sums(monthly) == [("ann", "2024-01", "food", 1.0, 1)]
    assert reasons(ledger, "quarantined") == {"no_customer": 1}
