"""Attributes: tables that are refused, ids that match or do not, groups, bands and groups that are too small."""

from decimal import Decimal
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from spendscape.core.errors import DataError
from spendscape.core.pseudonyms import pseudonyms
from spendscape.evaluation.attributes import groups_of, matched, read_attributes


def write(tmp_path: Path, text: str) -> str:
    path = tmp_path / "people.csv"
    path.write_text(text)
    return str(path)


def column(values: list[object]) -> pa.ChunkedArray:
    return pa.chunked_array([pa.array(values)])


def test_ids_stay_texts_and_customers_without_a_row_have_no_value(tmp_path: Path) -> None:
    path = write(tmp_path, "id,age,region\n007,30,north\n8,40,\n9,,south\n")
    ids, found = read_attributes(path, "id", [])
    assert ids == ["007", "8", "9"] and found.column_names == ["age", "region"]
    values = matched(np.array(["8", "007", "7"]), ids, found)
    assert values["age"].to_pylist() == [40, 30, None]
    assert values["region"].to_pylist() == [None, "north", None]
    assert read_attributes(path, "id", ["region"])[1].column_names == ["region"]
    key = b"a key that is long enough"
    assert read_attributes(path, "id", [], key)[0] == pseudonyms(ids, key)


@pytest.mark.parametrize(
    ("text", "customer", "wanted", "words"),
    [
        ("id,age\n1,2\n", "idd", [], "audit.customer: 'idd' was given; .* has the columns id, age"),
        ("id,age\n1,2\n", "id", ["agee"], "audit.attributes: 'agee' was given"),
        ("id\n1\n", "id", [], "no attribute beside id"),
        ("id,age\n1,2\n1,3\n", "id", [], "0 of 2 rows have no id, and 1 repeat one"),
        ("id,age\n,2\n1,3\n", "id", [], "1 of 2 rows have no id"),
        ('id,age\n1,2\n"', "id", [], "cannot be read as a table"),
        ("id,\n1,2\n", "id", [], "has a column without a name"),
    ],
)
def test_tables_that_are_refused(
    tmp_path: Path, text: str, customer: str, wanted: list[str], words: str
) -> None:
    with pytest.raises(DataError, match=words):
        read_attributes(write(tmp_path, text), customer, wanted)


def test_a_table_of_other_people_is_refused(tmp_path: Path) -> None:
    ids, found = read_attributes(write(tmp_path, "id,age\n1,2\n"), "id", [])
    with pytest.raises(DataError, match="none of its 1 customers is among the 2"):
        matched(np.array(["01", "x"]), ids, found)


def test_small_groups_and_unknown_values_are_left_out_and_counted() -> None:
    found = groups_of("sex", column(["m"] * 40 + ["f"] * 35 + ["x"] * 3 + [None] * 2), 4, 30)
    assert found.groups == ["f", "m"] and (found.unknown, found.small) == (2, 3)
    assert np.bincount(found.code + 1).tolist() == [5, 35, 40]


def test_numbers_become_bands_of_equally_many() -> None:
    ages = [float(age) for age in range(20, 60)] * 4
    found = groups_of("age", column([*ages, None]), 4, 30)
    # The ends are open, because the smallest and the largest number are a person's.
    assert found.groups == [
        "up to 29.75", "over 29.75 to 39.5", "over 39.5 to 49.25", "over 49.25"
    ]  # fmt: skip
    assert np.bincount(found.code[:-1]).tolist() == [40] * 4 and found.unknown == 1
    cash = [0.0] * 320 + [float(k) for k in range(1, 81)]
    zeros = groups_of("cash", column([*cash]), 4, 30)
    assert zeros.groups == ["up to 0", "over 0"]
    assert np.bincount(zeros.code).tolist() == [320, 80]
    few = groups_of("children", column([0, 1, 2, 10] * 40), 4, 30)
    assert few.groups == ["0", "1", "2", "10"]
    same = groups_of("age", column([5.0] * 50), 4, 30)
    assert same.groups == ["5"]


@pytest.mark.parametrize(
    ("values", "groups", "unknown"),
    [
        (pa.nulls(40), [], 40),
        (pa.array(["a", "b"] * 40).dictionary_encode(), ["a", "b"], 0),
        (pa.array([Decimal(k) for k in range(40)]), ["up to 9.75", "over 9.75 to 19.5", "over 19.5 to 29.25", "over 29.25"], 0),
        (pa.array([np.nan] * 5 + [1.0] * 40), ["1"], 5),
    ],
)  # fmt: skip
def test_columns_of_any_kind(values: pa.Array, groups: list[str], unknown: int) -> None:
    found = groups_of("x", pa.chunked_array([values]), 4, 5)
    assert (found.groups, found.unknown) == (groups, unknown)


def test_text_that_is_not_utf_8_is_refused() -> None:
    with pytest.raises(DataError, match="'x' holds neither numbers nor UTF-8 text"):
        groups_of("x", pa.chunked_array([pa.array([b"m\xe4"] * 40, pa.binary())]), 4, 5)


def test_a_column_of_names_is_no_attribute() -> None:
    with pytest.raises(DataError, match="'name' has 200 different values"):
        groups_of("name", column([f"person {k}" for k in range(200)]), 4, 30)
