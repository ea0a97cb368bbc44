"""Rows out of a real PostgreSQL; `tests/database/run` starts it."""

import importlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import yaml
from ingest_runs import PLAIN, READING, Rows, reasons, sums

from spendscape.core.errors import DataError
from spendscape.ingest.classes import ClassRules
from spendscape.ingest.columns import Reading
from spendscape.ingest.databases import Database, _with_password, database_table
from spendscape.ingest.ingest import ingest

URI = os.environ.get("SPENDSCAPE_TEST_DATABASE", "")
PASSWORD = os.environ.get("SPENDSCAPE_TEST_PASSWORD", "")
VARIABLE = "SPENDSCAPE_TEST_PASSWORD"
ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.skipif(not URI, reason="no PostgreSQL: tests/database/run starts one")

ROWS = """
CREATE SCHEMA bank;
CREATE TYPE bank.direction AS ENUM ('paid', 'came back');
CREATE TABLE bank.postings (
    id uuid, payer numeric(12, 2), day timestamptz, "Day as text" text, kind char(8), money numeric, direction bank.direction
);
INSERT INTO bank.postings VALUES
    ('00000000-0000-0000-0000-000000000001', 7.00, '2023-12-31 23:30:00+00', '31.12.2023', 'food', 12.50, 'paid'),
    ('00000000-0000-0000-0000-000000000001', 7.00, '2023-12-31 23:30:00+00', '31.12.2023', 'food', 12.50, 'paid'),
    ('00000000-0000-0000-0000-000000000002', 7.50, '2024-02-01 00:00:00+00', '01.02.2024', 'rent', 1234567890.123456, 'paid'),
    ('00000000-0000-0000-0000-000000000003', 7.50, '2024-02-01 00:00:00+00', '01.02.2024', 'rent', 0.000001, 'came back'),
    ('00000000-0000-0000-0000-000000000004', 8, NULL, 'never', 'rent', 5, 'paid'),
    ('00000000-0000-0000-0000-000000000005', NULL, '2024-02-01', '01.02.2024', 'rent', 6, 'paid'),
    ('00000000-0000-0000-0000-000000000006', 8, '2024-02-01', '01.02.2024', 'rent', 'NaN', 'paid');
CREATE VIEW bank.typed AS SELECT payer::int8 AS payer, day::date AS day, kind::text AS kind, money::float8 AS money
    FROM bank.postings WHERE money < 1000;
"""
OWN = Database("postgresql", URI, table="bank.postings", order=["id"], password_variable=VARIABLE)
TYPED = replace(
    READING,
    columns=replace(READING.columns, transaction="id", direction="direction"),
    credit_values=["came back"],
    time_zone="Europe/Berlin",
)


@pytest.fixture(scope="module", autouse=True)
def rows() -> Iterator[None]:
    """The bank's rows."""
    driver = importlib.import_module("adbc_driver_postgresql.dbapi")
    with (
        driver.connect(_with_password(URI, PASSWORD), autocommit=True) as connection,
        connection.cursor() as cursor,
    ):
        cursor.executescript(ROWS)
        yield
        cursor.executescript("DROP SCHEMA bank CASCADE")


def read(
    tmp_path: Path, database: Database, reading: Reading, rules: ClassRules = PLAIN, **options: Any
) -> tuple[dict[str, Any], Rows, Rows]:
    """Ingest what is asked of the database; the ledger, the monthly rows and the quarantine."""
    work = tmp_path / f"work-{len(list(tmp_path.iterdir()))}"
    work.mkdir()
    monthly, quarantine = str(work / "monthly.parquet"), str(work / "quarantine.parquet")
    tables = [database_table(database, reading)]
    settings: dict[str, Any] = {"max_quarantined_share": 1.0, "tables": tables} | options
    ledger = ingest({}, reading, rules, monthly, quarantine, str(work), **settings)
    return ledger, pq.read_table(monthly).to_pylist(), pq.read_table(quarantine).to_pylist()


def test_columns_of_any_type(tmp_path: Path) -> None:
    ledger, monthly, quarantine = read(tmp_path, OWN, TYPED)
    assert sums(monthly) == [
        ("7", "2024-01", "food", 12.5, 1),
        ("7.50", "2024-02", "rent", 1234567890.123455, 2),
    ]
    assert reasons(ledger, "excluded") == {"repeated_transaction": 1}
    assert [(q["file"], q["row"], q["reason"]) for q in quarantine] == [
        ("bank.postings", 5, "bad_date"),
        ("bank.postings", 6, "no_customer"),
        ("bank.postings", 7, "bad_amount"),
    ]
    assert ledger["total"]["accepted"] == {"rows": 3, "amount": "1234567902.623455"}
    _, _, kept = read(tmp_path, OWN, TYPED, keep_rejected_text=True)
    assert "7,never" not in kept[0]["text"] and "never,rent" in kept[0]["text"]


def test_a_query_and_settings_of_texts(tmp_path: Path) -> None:
    asked = 'SELECT payer, "Day as text" AS day, kind, money FROM bank.postings -- all\n;'
    own = replace(OWN, table=None, query=asked, order=["day", "money"])
    reading = replace(READING, date_format="%d.%m.%Y", decimal=",", amount_ignores=". ")
    ledger, monthly, _ = read(tmp_path, own, reading)
    assert sums(monthly)[0] == ("7", "2023-12", "food", 25.0, 2)
    assert ledger["tables"]["query"]["numbered_by"] == ["day", "money"]
    view = replace(OWN, table="bank.typed", order=["money"])
    assert sums(read(tmp_path, view, READING)[1])[0] == ("7", "2023-12", "food", 25.0, 2)


def test_no_value_and_no_password_is_in_a_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for changes, words in (
        ({"table": "bank.nope"}, 'relation "bank.nope" does not exist'),
        ({"table": None, "query": "SELECT * FROM bank.postings WHERE"}, "syntax error"),
        ({"order": ["nope"]}, "ingest.table: the database cannot be read"),
        ({"table": None, "query": "SELECT payer, day, kind, 1 / (money - 6)::int AS money, id, direction FROM bank.postings WHERE money >= 0"}, "division by zero"),
        ({"table": None, "query": """SELECT payer, day, kind, ("Day as text" || ' secret')::int AS money, id, direction FROM bank.postings"""}, "invalid input syntax for type integer"),
    ):  # fmt: skip
        with pytest.raises(DataError) as error:
            read(tmp_path, replace(OWN, **changes), TYPED)
        assert words in str(error.value)
        assert "secret" not in str(error.value) and PASSWORD not in str(error.value)
    monkeypatch.setenv(VARIABLE, "wrong one")
    with pytest.raises(DataError) as error:
        read(tmp_path, OWN, TYPED)
    assert "password authentication failed" in str(error.value)
    assert "wrong" not in str(error.value)


def test_the_rule_reads_it_again_when_asked(tmp_path: Path) -> None:
    config: dict[str, Any] = {
        "source": "database",
        "results": "results",
        "ingest": {
            "table": "bank.postings",
            "order": ["id"],
            "columns": {"customer": "payer", "date": "day", "category": "kind"}
            | {"amount": "money"},
            "connection": {"uri": URI, "password_variable": VARIABLE},
            "taxonomy": None,
            "max_quarantined_share": 1,
        },
    }

    def snakemake(*arguments: str) -> str:
        (tmp_path / "own.yaml").write_text(yaml.safe_dump(config))
        command = [sys.executable, "-m", "snakemake", "ingest", *arguments, "--cores", "1"]
        command += ["--snakefile", str(ROOT / "Snakefile"), "--configfile", "own.yaml"]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    snakemake()
    ledger = json.loads((tmp_path / "results/ingest/ledger.json").read_text())
    assert ledger["total"]["accepted"]["rows"] == 4
    assert "Nothing to be done" in snakemake("-n")
    assert "Nothing to be done" not in snakemake("-n", "--forcerun", "ingest")
    config["ingest"]["as_of"] = "2024-12-31"
    snakemake()
    ledger = json.loads((tmp_path / "results/ingest/ledger.json").read_text())
    assert ledger["tables"]["bank.postings"]["as_of"] == "2024-12-31"
    written = b"".join(p.read_bytes() for p in tmp_path.rglob("*") if p.is_file())
    assert PASSWORD.encode() not in written
