"""Workbooks: sheets as files, cells by their own type, rows by the numbers that the sheet shows."""

import datetime
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ingest_runs import PLAIN, READING, reasons, run, shards_of, sums
from workbooks import Cell, Sheets, write_ods, write_xlsx

from spendscape.core.errors import DataError
from spendscape.ingest.classes import ClassRules
from spendscape.ingest.spreadsheets import text_of

pytest.importorskip("python_calamine", reason="`make spreadsheet` adds python-calamine")

HEAD: list[Cell] = ["payer", "day", "kind", "money"]
DAY = datetime.date(2024, 1, 31)
CELLS: list[list[Cell]] = [
    ["Statement of 2024"],
    [],
    HEAD,
    ["ann", DAY, "food", 12.5],
    [],
    ["ann", "2024-01-05", "food", "£-2.50"],
    ["zoë", datetime.datetime(2024, 2, 1, 10, 20), "rent", 800],
    [7.0, DAY, "rent", "twelve"],
    ["ann", "soon", "rent", 1.0],
    ["ann", DAY, "rent", 1.0, "and a note"],
    [None, DAY, "rent", 2.0],
]
WRITERS = {"xlsx": write_xlsx, "ods": write_ods}


def book(path: Path, sheets: Sheets) -> bytes:
    """A workbook's bytes, of the kind that the name says."""
    WRITERS[path.suffix[1:]](path, sheets)
    return path.read_bytes()


@pytest.mark.parametrize("ending", WRITERS)
def test_every_cell_counts_as_what_it_is(tmp_path: Path, ending: str) -> None:
    content = book(tmp_path / f"b.{ending}", {"Cards": CELLS, "empty": []})
    reading = replace(READING, skip_lines=1, missing_amounts=())
    ledger, monthly, quarantine = run(tmp_path, {f"b.{ending}": content}, reading, PLAIN)
    assert sums(monthly) == [
        ("ann", "2024-01", "food", 10.0, 2),
        ("zoë", "2024-02", "rent", 800.0, 1),
    ]
    assert list(ledger["files"]) == [f"b.{ending}#Cards"]
    # The line is the number at the left of the sheet; the row leaves blank ones out.
    assert [(q["file"], q["row"], q["line"], q["reason"]) for q in quarantine] == [
        (f"b.{ending}#Cards", 4, 8, "bad_amount"),
        (f"b.{ending}#Cards", 5, 9, "bad_date"),
        (f"b.{ending}#Cards", 6, 10, "malformed_row"),
        (f"b.{ending}#Cards", 7, 11, "no_customer"),
    ]
    assert ledger["total"]["read"] == {"rows": 7, "amount": "813.00"}


def test_settings_of_texts_do_not_change_numbers_and_days(tmp_path: Path) -> None:
    rows: list[list[Cell]] = [
        HEAD,
        ["ann", DAY, "food", 1234.5],
        ["ann", "29.02.2024", "food", "1.234,50"],
        ["ann", "29.02.2024", "food", -0.1],
        ["ann", 45000, "food", "1,5"],
    ]
    content = book(tmp_path / "b.xlsx", {"S": rows})
    reading = replace(READING, date_format="%d.%m.%Y", decimal=",", amount_ignores="€. ")
    ledger, monthly, _ = run(tmp_path, {"b.xlsx": content}, reading, PLAIN)
    assert sums(monthly) == [
        ("ann", "2024-01", "food", 1234.5, 1),
        ("ann", "2024-02", "food", 1234.4, 2),
    ]
    assert reasons(ledger, "quarantined") == {"bad_date": 1}
    serial, _, _ = run(
        tmp_path, {"b.xlsx": content}, replace(reading, date_format="spreadsheet"), PLAIN
    )
    assert serial["total"]["accepted"] == {"rows": 2, "amount": "1236.00"}


def test_ids_that_are_numbers_are_whole_and_below_the_limit(tmp_path: Path) -> None:
    rows: list[list[Cell]] = [HEAD, [7.0, DAY, "5411", 1.0], ["7", DAY, 5411, 2.0]]
    rules = ClassRules(class_map={"5411": "food"})
    content = book(tmp_path / "b.xlsx", {"S": rows})
    _, monthly, _ = run(tmp_path, {"b.xlsx": content}, READING, rules)
    assert sums(monthly) == [("7", "2024-01", "food", 3.0, 2)]
    content = book(tmp_path / "b.xlsx", {"S": [*rows, [2.0**53, DAY, "5411", 1.0]]})
    with pytest.raises(DataError, match="1 floating-point number of 9,007,199,254,740,992 or more"):
        run(tmp_path, {"b.xlsx": content}, READING, rules)


@pytest.mark.parametrize("shards", [1, 2, 3])
def test_sheets_are_files_of_their_own(tmp_path: Path, shards: int) -> None:
    one: list[Cell] = ["ann", DAY, "food", 1.0]
    others: list[list[Cell]] = [["bob", day, "food", 1.0] for day in ("2024-02-02", "x")]
    sheets = {"January": [HEAD, one, one, one], "February": [HEAD, *others]}
    # No copy: it has an empty sheet.
    more = {"c.xlsx": sheets | {"empty": []}}
    files: dict[str, Any] = {
        name: book(tmp_path / name, more.get(name, sheets))
        for name in ("a.xlsx", "b.ods", "c.xlsx")
    }
    ledger, monthly, quarantine = run(tmp_path, files, READING, PLAIN)
    assert list(ledger["files"]) == [f"{n}#{s}" for n in files for s in sheets]
    assert sums(monthly) == [
        ("ann", "2024-01", "food", 9.0, 9),
        ("bob", "2024-02", "food", 3.0, 3),
    ]
    assert "files_that_are_one" not in ledger
    assert shards_of(tmp_path, files, READING, PLAIN, shards) == (ledger, monthly, quarantine)
    own = replace(READING, sheets=["February"], from_name="#(?P<kind>.+)$")
    own = replace(own, columns=replace(READING.columns, category="kind"))
    files = {"d.xlsx": book(tmp_path / "d.xlsx", {"February": [[h for h in HEAD if h != "kind"], ["ann", DAY, 4.0]], "notes": [["x"]]})}  # fmt: skip
    _, monthly, _ = run(tmp_path, files, own, ClassRules())
    assert sums(monthly) == [("ann", "2024-01", "February", 4.0, 1)]


def test_mistakes_are_named(tmp_path: Path) -> None:
    content = book(tmp_path / "b.xlsx", {"Cards": CELLS, "notes": [["a"], ["b"], ["c"]]})
    for files, changes, words in (
        ({"b.xlsx": content}, {"sheets": ["cards"]}, ["ingest.sheets", "'cards'", "Cards, notes"]),
        ({"b.xlsx": content}, {"skip_lines": 2}, ["ingest.columns.customer", "b.xlsx#notes"]),
        ({"b.xlsx": b"PK\x03\x04 cut"}, {}, ["b.xlsx cannot be read as a workbook"]),
        ({"b.xlsx": b""}, {}, ["b.xlsx"]),
        ({"b.xlsx": book(tmp_path / "e.xlsx", {"S": []})}, {}, ["b.xlsx#S is empty"]),
    ):
        with pytest.raises(DataError) as error:
            run(tmp_path, files, replace(READING, **changes), PLAIN)
        assert all(word in str(error.value) for word in words), str(error.value)


def test_any_ending_when_the_config_says_what_it_is(tmp_path: Path) -> None:
    content = book(tmp_path / "b.xlsx", {"Cards": CELLS[2:4]})
    spreadsheet = replace(READING, format="spreadsheet")
    _, monthly, _ = run(tmp_path, {"export.dat": content}, spreadsheet, PLAIN)
    assert sums(monthly) == [("ann", "2024-01", "food", 12.5, 1)]


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (7.0, "7"), (-0.1, "-0.1"), (1e-7, "0.0000001"), (1e22, "10000000000000000000000"), (True, "true"),
        (DAY, "2024-01-31"), (datetime.datetime(2024, 1, 31), "2024-01-31"),
        (datetime.datetime(2024, 1, 31, 5), "2024-01-31 05:00:00"), ("x ", "x "),
    ],
)  # fmt: skip
def test_cells_as_text(cell: Any, text: str) -> None:
    assert text_of(cell) == text
