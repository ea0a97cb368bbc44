"""Values of the config that no row has are refused, whatever holds the rows."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from ingest_runs import PLAIN, READING, read, run, shards_of, sums

from spendscape.core.errors import DataError
from spendscape.ingest.classes import ClassRules
from spendscape.ingest.columns import Reading

TEXT = (
    "payer,day,kind,money,type\n"
    "a,2024-01-01,food,10,card\na,2024-01-01,rent,20,card\nb,2024-01-01,food,3,cash\n"
    "b,2024-01-01,food,4,C\n"
)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"drop": {"type": ["Cash"]}}, "ingest.drop['type']: no row has 'Cash' (nearest is 'cash')"),
        ({"keep": {"type": ["card", "csh"]}}, "ingest.keep['type']: no row has 'csh' (nearest is 'cash')"),
        ({"columns": {"direction": "type"}, "credit_values": ["CR"], "debit_values": ["card", "cash", "C"]}, "ingest.credit_values: no row has 'CR'"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("shards", [1, 2])
def test_a_value_that_no_row_has_is_refused(
    tmp_path: Path, settings: dict[str, Any], words: str, shards: int
) -> None:
    columns = replace(READING.columns, **settings.get("columns", {}))
    reading = replace(READING, **(settings | {"columns": columns}))
    with pytest.raises(DataError, match=re.escape(words)) as error:
        if shards == 1:
            run(tmp_path, {"a.csv": TEXT.encode()}, reading, PLAIN)
        else:
            shards_of(tmp_path, {"a.csv": TEXT.encode()}, reading, PLAIN, shards)
    assert "Its values: 'card' (2 rows), 'C' (1 row), 'cash' (1 row)" in str(error.value)
    allowed = replace(PLAIN, allow_unused=True)
    run(tmp_path, {"a.csv": TEXT.encode()}, reading, allowed)


def test_a_credit_that_is_marked_otherwise_is_not_spending(tmp_path: Path) -> None:
    monthly = read(
        tmp_path,
        TEXT,
        columns={"direction": "type"},
        credit_values=["C"],
        debit_values=["card", "cash"],
    )[1]
    assert sum(row[3] for row in sums(monthly)) == 29


@pytest.mark.parametrize("shards", [1, 2])
def test_a_credit_that_is_misspelt_is_not_taken_for_spending(tmp_path: Path, shards: int) -> None:
    text = (TEXT.replace("card", "Debit").replace(",C\n", ",Credit\n") + "b,2024-01-01,food,5,credit\n").replace("cash", "")  # fmt: skip
    columns = replace(READING.columns, direction="type")
    reading = replace(READING, columns=columns, credit_values=["Credit"])

    def outcome(reading: Reading) -> dict[str, Any]:
        files = {"a.csv": text.encode()}
        rules = replace(PLAIN, allow_unused=True)
        if shards == 1:
            return run(tmp_path, files, reading, rules)[0]
        return shards_of(tmp_path, files, reading, rules, shards)[0]

    with pytest.raises(DataError) as error:
        outcome(reading)
    assert str(error.value) == (
        "ingest.credit_values: ['Credit'] was given; column 'type' has 2 other values: "
        "'Debit' (2 rows), 'credit' (1 row, nearest is 'Credit').\n"
        "Give ingest.debit_values those that mean money was spent; rows with any other value are then quarantined."
    )
    total = outcome(replace(reading, debit_values=["Debit"]))["total"]
    assert total["accepted"] == {"rows": 3, "amount": "26.00"}
    assert total["quarantined"]["reasons"] == {"no_direction": {"rows": 2, "amount": None}}
    total = outcome(replace(reading, credit_values=["Credit", "credit"], debit_values=["Debit", ""]))["total"]  # fmt: skip
    assert total["accepted"] == {"rows": 5, "amount": "24.00"}


@pytest.mark.parametrize(
    ("column", "given"),
    [(pa.array([1.5, 2.0]), "1"), (pa.array([True, False]), "True")],
    ids=["double", "boolean"],
)
def test_values_are_compared_as_parquet_holds_them(
    tmp_path: Path, column: pa.Array, given: str
) -> None:
    table = pa.table(
        {
            "payer": ["a", "b"],
            "day": ["2024-01-01"] * 2,
            "kind": ["food"] * 2,
            "money": [1, 2],
            "flag": column,
        }
    )
    with pytest.raises(DataError, match=re.escape(f"ingest.drop['flag']: no row has {given!r}")):
        run(tmp_path, {"a.parquet": table}, replace(READING, drop={"flag": [given]}), PLAIN)


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        (ClassRules(class_map={"food": "x", "rnt": "y", "rent": "y"}), "ingest.class_map: no row has 'rnt' (nearest is 'rent')"),
        (ClassRules(excluded_categories=["salary"]), "ingest.excluded_categories: no row has 'salary' in the column of the categories"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("shards", [1, 2])
def test_a_category_that_no_row_has_is_refused(
    tmp_path: Path, rules: ClassRules, words: str, shards: int
) -> None:
    with pytest.raises(DataError, match=re.escape(words)) as error:
        if shards == 1:
            run(tmp_path, {"a.csv": TEXT.encode()}, READING, rules)
        else:
            shards_of(tmp_path, {"a.csv": TEXT.encode()}, READING, rules, shards)
    assert "Its values: 'food' (3 rows), 'rent' (1 row)" in str(error.value)
    run(tmp_path, {"a.csv": TEXT.encode()}, READING, replace(rules, allow_unused=True))


@pytest.mark.parametrize("shards", [1, 2])
def test_a_category_of_rows_that_a_filter_takes_away_is_not_unused(
    tmp_path: Path, shards: int
) -> None:
    reading = replace(READING, drop={"type": ["C"]})
    rules = ClassRules(["food", "rent"], excluded_categories=["salary"])
    text = (TEXT + "b,2024-01-01,salary,900,C\n").encode()
    if shards == 1:
        ledger = run(tmp_path, {"a.csv": text}, reading, rules)[0]
    else:
        ledger = shards_of(tmp_path, {"a.csv": text}, reading, rules, shards)[0]
    assert ledger["total"]["accepted"] == {"rows": 3, "amount": "33.00"}


def test_the_values_of_a_column_with_many_are_not_shown(tmp_path: Path) -> None:
    rows = "".join(f"a,2024-01-01,food,1,account {k}\n" for k in range(200))
    with pytest.raises(DataError) as error:
        read(tmp_path, "payer,day,kind,money,to\n" + rows, drop={"to": ["account"]})
    assert "more than 100 values" in str(error.value)
    assert not re.search(r"account \d", str(error.value))
