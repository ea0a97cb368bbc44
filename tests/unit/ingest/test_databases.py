"""Rows of a database: SQLite and DuckDB by their drivers of ADBC; tests/database has PostgreSQL."""

import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest
from ingest_runs import PLAIN, READING, Rows, reasons, sums

from spendscape.core.errors import DataError
from spendscape.ingest import tables
from spendscape.ingest.classes import ClassRules
from spendscape.ingest.columns import Reading
from spendscape.ingest.databases import Database, _with_password, database_table
from spendscape.ingest.ingest import ingest

pytest.importorskip("adbc_driver_sqlite", reason="`make database` adds the drivers")

SQL = "SELECT payer, day, kind, money FROM rows"


def made(path: Path, rows: Sequence[Sequence[Any]], kinds: str = "payer, day, kind, money") -> str:
    """A file of SQLite with the table rows; its path."""
    with sqlite3.connect(path) as connection:
        connection.execute(f"CREATE TABLE rows ({kinds})")
        marks = ", ".join("?" * len(kinds.split(",")))
        connection.executemany(f"INSERT INTO rows VALUES ({marks})", rows)
    return str(path)


def read(
    tmp_path: Path,
    database: Database,
    reading: Reading = READING,
    rules: ClassRules = PLAIN,
    **options: Any,
) -> tuple[dict[str, Any], Rows, Rows]:
    """Ingest what is asked of a database; the ledger, the monthly rows and the quarantine."""
    work = tmp_path / f"work-{len(list(tmp_path.iterdir()))}"
    work.mkdir()
    monthly, quarantine = str(work / "monthly.parquet"), str(work / "quarantine.parquet")
    settings: dict[str, Any] = {
        "max_quarantined_share": 1.0,
        "tables": [database_table(database, reading)],
    } | options
    ledger = ingest({}, reading, rules, monthly, quarantine, str(work), **settings)
    return ledger, pq.read_table(monthly).to_pylist(), pq.read_table(quarantine).to_pylist()


@pytest.mark.parametrize("at_once", [2**17, 1000])
def test_rows_of_any_type_in_one_column(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr(tables, "ROWS", at_once)
    # 2,000 rows without a value come first: the driver would take the type of a column from them.
    rows: list[tuple[Any, ...]] = [("ann", None, None, None)] * 2000
    rows += [
        ("ann", "2024-01-31", "food", 12.5),
        (7, "2024-02-01", "rent", 800),
        (7.0, "2024-02-02", "rent", "£1,000.25"),
    ]
    rows += [("7", "2024-02-03", "food", 0.1), ("ann", "2024-01-01", "food", 1e-7), ("ann", b"x", "food", "twelve")]  # fmt: skip
    own = Database("sqlite", made(tmp_path / "bank.db", rows), query=SQL + " ; ")
    ledger, monthly, quarantine = read(tmp_path, own, replace(READING, missing_amounts=()))
    assert sums(monthly) == [
        ("7", "2024-02", "food", 0.1, 1),
        ("7", "2024-02", "rent", 1800.25, 2),
        ("ann", "2024-01", "food", 12.5, 2),
    ]
    assert reasons(ledger, "quarantined") == {"bad_date": 2001}
    assert [(q["file"], q["row"], q["line"]) for q in quarantine[-2:]] == [
        ("query", 2000, None),
        ("query", 2006, None),
    ]
    assert ledger["tables"] == {
        "query": {"kind": "database", "driver": "sqlite", "query": SQL + " ; ", "numbered_by": "as the database sent them"}
    }  # fmt: skip


def test_a_decimal_comma_of_texts_does_not_change_numbers(tmp_path: Path) -> None:
    rows = [("a", "2024-01-01", "food", 1234.5), ("a", "2024-01-01", "food", "1.234,50"), ("a", "2024-01-01", "food", 3)]  # fmt: skip
    own = Database("sqlite", made(tmp_path / "bank.db", rows), table="rows")
    reading = replace(READING, decimal=",", amount_ignores=". ")
    assert sums(read(tmp_path, own, reading)[1]) == [("a", "2024-01", "food", 2472.0, 3)]


def test_rows_are_numbered_in_the_order_of_the_config(tmp_path: Path) -> None:
    rows = [(k % 7, "2024-01-01" if k % 5 else "never", "food", (k * 37) % 100) for k in range(100)]
    uri = made(tmp_path / "bank.db", rows)
    ordered = Database("sqlite", uri, table="rows", order=["money"])
    ledger, _, quarantine = read(tmp_path, ordered, keep_rejected_text=True)
    assert [row["row"] for row in quarantine] == [
        place + 1 for place, row in enumerate(sorted(rows, key=lambda row: row[3])) if row[1] == "never"
    ]  # fmt: skip
    assert ledger["tables"]["rows"]["numbered_by"] == ["money"]
    assert quarantine[0]["text"] == "0,never,food,0"


def test_numbers_that_may_be_several_ids_are_refused(tmp_path: Path) -> None:
    rows = [("a", "2024-01-01", "food", 1), (2.0**53, "2024-01-01", "food", 1)]
    own = Database("sqlite", made(tmp_path / "bank.db", rows), table="rows")
    with pytest.raises(DataError, match=r"columns\.customer: rows holds 1 floating-point number"):
        read(tmp_path, own)


def test_another_driver_by_its_name(tmp_path: Path) -> None:
    path = str(tmp_path / "bank.duckdb")
    with duckdb.connect(path) as connection:
        connection.execute(
            """CREATE TABLE rows AS FROM (VALUES
            (7.0::DOUBLE, TIMESTAMPTZ '2023-12-31 23:30:00+00', 'food', 12.50::DECIMAL(9, 2)),
            (7.0, TIMESTAMPTZ '2024-02-01 00:00:00+00', 'food', 2)) rows(payer, day, kind, money)"""
        )
    own = Database("duckdb", path, query=SQL)
    reading = replace(READING, time_zone="Europe/Berlin")
    assert sums(read(tmp_path, own, reading)[1]) == [
        ("7", "2024-01", "food", 12.5, 1),
        ("7", "2024-02", "food", 2.0, 1),
    ]
    with pytest.raises(DataError) as error:
        read(tmp_path, replace(own, driver="nodb"))
    assert "cannot be read by 'nodb'" in str(error.value)


@pytest.mark.parametrize("start", ["", "file:", "file://"])
def test_a_missing_file_of_sqlite_is_not_made(tmp_path: Path, start: str) -> None:
    path = made(tmp_path / "a bank.db", [("a", "2024-01-01", "food", 1)])
    uri = start + (path.replace(" ", "%20") if start else path)
    assert (
        read(tmp_path, Database("sqlite", uri, table="rows"))[0]["total"]["accepted"]["rows"] == 1
    )
    other = uri.replace("bank.db", "bnak.db")
    with pytest.raises(DataError) as error:
        read(tmp_path, Database("sqlite", other, table="rows"))
    assert str(error.value) == f"ingest.connection.uri: {other!r} was given; there is no such file"
    assert not list(tmp_path.glob("*bnak*"))


def test_mistakes_are_named_without_the_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPENDSCAPE_PASSWORD", "s3 cr%t")
    own = Database("sqlite", made(tmp_path / "bank.db", [("a", "2024-01-01", "food", 1)]), table="nope")  # fmt: skip
    for database, words in (
        (own, "ingest.table: the database cannot be read by 'sqlite'"),
        (replace(own, table=None, query="SELECT 1 FROM"), "ingest.query: the database"),
        (replace(own, table=None, query="SELECT payer FROM rows"), "ingest.columns.date: 'day'"),
        (Database("postgresql", "postgresql://a@nowhere.invalid/b", table="x"), "by 'postgresql'"),
        (Database("postgresql", "host=nowhere.invalid user=a", table="x"), "by 'postgresql'"),
    ):
        with pytest.raises(DataError) as error:
            read(tmp_path, database)
        assert words in str(error.value)
        assert "s3" not in str(error.value)
    assert _with_password("host=h", "it's \\ ") == "host=h password='it\\'s \\\\ '"
    assert _with_password("postgresql://a@h/b?x=1", "a&b") == "postgresql://a@h/b?x=1&password=a%26b"  # fmt: skip
