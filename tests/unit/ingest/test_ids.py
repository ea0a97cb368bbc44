"""A customer is one customer where software has written 7 as 7.0, or else the files are refused; however they are read."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from ingest_runs import PLAIN, READING, Content, reasons, run, shards_of, sums

from spendscape.core.errors import DataError
from spendscape.ingest.added_files import ingest_added
from spendscape.ingest.classes import ClassRules
from spendscape.ingest.columns import Reading

HEAD = "payer,day,kind,money,id\n"
FILES: dict[str, Content] = {
    "1.csv": f"{HEAD}7,2024-01-01,food,10,1\n8,2024-01-02,food,1,2\n".encode(),
    "2.csv": f"{HEAD}7.0,2024-01-01,food,10,1.0\n 7.0 ,2024-02-01,food,5,3.0\n".encode(),
}
WAYS = ["one job", "two shards", "kept sums", "kept sums with pseudonyms"]


def run_by(
    way: str, folder: Path, files: Mapping[str, Content], reading: Reading
) -> tuple[dict[str, Any], list[Any]]:
    """The ledger and the monthly sums."""
    folder.mkdir(exist_ok=True)
    if way == "one job":
        ledger, monthly, _ = run(folder, files, reading, PLAIN)
    elif way == "two shards":
        ledger, monthly, _ = shards_of(folder, files, reading, PLAIN, 2)
    else:
        key = b"0123456789abcdef" if "pseudonyms" in way else None
        (folder / "kept").mkdir()
        for name, content in files.items():
            assert isinstance(content, bytes)
            (folder / name).write_bytes(content)
        paths = {name: str(folder / name) for name in files}
        place, bad, work = (str(folder / own) for own in ("monthly.parquet", "bad.parquet", "work"))
        (folder / "work").mkdir()
        ledger, _ = ingest_added(
            paths, reading, PLAIN, place, bad, work, str(folder / "kept"), "1", key=key
        )
        monthly = pq.read_table(place).to_pylist()
    return ledger, sums(monthly)


@pytest.mark.parametrize("way", WAYS)
def test_a_text_7_beside_a_text_7_0_is_refused_joined_or_kept(tmp_path: Path, way: str) -> None:
    reading = replace(READING, columns=replace(READING.columns, transaction="id"))
    with pytest.raises(DataError, match=r"ingest\.equal_ids: .* 1 customer has an id such as 7 "):
        run_by(way, tmp_path / "refuse", FILES, reading)
    joined, rows = run_by(way, tmp_path / "join", FILES, replace(reading, equal_ids="join"))
    assert sorted(row[3] for row in rows) == [1, 5, 10]
    assert joined["customers"]["accepted"] == len({row[0] for row in rows}) == 2
    assert joined["total"]["excluded"]["reasons"]["repeated_transaction"]["rows"] == 1
    kept, rows = run_by(way, tmp_path / "keep", FILES, replace(reading, equal_ids="keep"))
    assert kept["customers"]["accepted"] == 3
    assert sum(row[3] for row in rows) == 26


def test_a_text_7_0_beside_a_whole_number_of_parquet(tmp_path: Path) -> None:
    table = {"payer": [7, 8], "day": ["2024-01-01"] * 2, "kind": ["food"] * 2, "money": [1, 2]}
    files = {
        "1.parquet": pa.table(table),
        "2.csv": b"payer,day,kind,money\n7.0,2024-01-01,food,4\n",
    }
    with pytest.raises(DataError, match=r"ingest\.equal_ids"):
        run(tmp_path, files, READING, PLAIN)
    _, monthly, _ = run(tmp_path, files, replace(READING, equal_ids="join"), PLAIN)
    assert sums(monthly) == [("7", "2024-01", "food", 5.0, 2), ("8", "2024-01", "food", 2.0, 1)]


def test_ids_that_nothing_confuses_stay_as_they_are(tmp_path: Path) -> None:
    rows = "".join(
        f"{name},2024-01-01,food,1\n" for name in ("7.0", "8", "9.00", "7.5", "a.0", "010", "0")
    )
    _, monthly, _ = run(
        tmp_path, {"1.csv": b"payer,day,kind,money\n" + rows.encode()}, READING, PLAIN
    )
    assert [row[0] for row in sums(monthly)] == ["0", "010", "7.0", "7.5", "8", "9.00", "a.0"]


@pytest.mark.parametrize("name", ["1.23457E+11", "5e+15", '"4,92E+12"'])
def test_ids_that_a_spreadsheet_has_cut_are_refused(tmp_path: Path, name: str) -> None:
    files = {
        "1.csv": f"payer,day,kind,money\n{name},2024-01-01,food,1\n1E5,2024-01-01,food,1\n".encode()
    }
    with pytest.raises(DataError, match=r"columns\.customer: 1 id is of the form 1\.23E\+11"):
        run(tmp_path, files, READING, PLAIN)
    ledger, _, _ = run(tmp_path, files, replace(READING, equal_ids="keep"), PLAIN)
    assert ledger["customers"]["accepted"] == 2


def test_space_around_a_customer_hides_no_repeat(tmp_path: Path) -> None:
    reading = replace(READING, columns=replace(READING.columns, transaction="id"))
    text = f"{HEAD}a,2024-01-01,food,1,t\n a ,2024-01-01,food,1,t\n"
    ledger, monthly, _ = run(tmp_path, {"1.csv": text.encode()}, reading, PLAIN)
    assert sums(monthly) == [("a", "2024-01", "food", 1.0, 1)]
    assert ledger["total"]["excluded"]["reasons"]["repeated_transaction"]["rows"] == 1


@pytest.mark.parametrize("other", ["007", "7.", "07.0"])
def test_zeros_and_a_point_make_no_other_customer(tmp_path: Path, other: str) -> None:
    rows = f"7,2024-01-01,food,1,t\n{other},2024-01-01,food,2,u\n"
    files: dict[str, Content] = {"1.csv": f"{HEAD}{rows}".encode()}
    with pytest.raises(DataError, match=r"ingest\.equal_ids"):
        run(tmp_path, files, READING, PLAIN)
    _, monthly, _ = run(tmp_path, files, replace(READING, equal_ids="join"), PLAIN)
    assert sums(monthly) == [("7", "2024-01", "food", 3.0, 2)]


def test_what_looks_the_same_is_the_same(tmp_path: Path) -> None:
    names = ["zo\u00eb", "zoe\u0308", "zo\u00eb\u200b", "\u2009zo\u00eb\u3000"]
    rows = "".join(f"{name},2024-01-01,caf\u00e9 {name},1\n" for name in names)
    files: dict[str, Content] = {"1.csv": b"payer,day,kind,money\n" + rows.encode()}
    _, monthly, _ = run(tmp_path, files, READING, ClassRules())
    assert {row[0] for row in sums(monthly)} == {"zo\u00eb"}
    assert sum(row[4] for row in sums(monthly) if row[2] == "caf\u00e9 zo\u00eb") == 3


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_a_word_for_no_id_is_neither_a_customer_nor_a_repeat(tmp_path: Path, ending: str) -> None:
    words = ["NULL", " null ", "\\N", "None   ", "nan", "<NA>", "#N/A"]
    rows = [(word, "1") for word in words] + [("Nanette", "NULL")] * 2 + [("None2", "5")] * 2
    lines = [f"{who},2024-01-01,food,1,{mark}\n" for who, mark in rows]
    text = "payer,day,kind,money,id\n" + "".join(lines)
    names = ["payer", "day", "kind", "money", "id"]
    table = pa.table([list(own) for own in zip(*(line.strip("\n").split(",") for line in lines), strict=True)], names=names)  # fmt: skip
    reading = replace(READING, columns=replace(READING.columns, transaction="id"))
    content = text.encode() if ending == "csv" else table
    ledger, monthly, _ = run(tmp_path, {f"a.{ending}": content}, reading, PLAIN)
    assert sums(monthly) == [("Nanette", "2024-01", "food", 2.0, 2), ("None2", "2024-01", "food", 1.0, 1)]  # fmt: skip
    assert reasons(ledger, "quarantined") == {"no_customer": len(words)}
    assert reasons(ledger, "excluded") == {"repeated_transaction": 1}
