"""Rows of Delta Lake and Iceberg tables: a pinned version, whole or in parts, partitioned or not."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from ingest_runs import PLAIN, READING, Rows, reasons, run, sums

from spendscape.core.errors import DataError
from spendscape.ingest.ingest import ingest
from spendscape.ingest.lakes import Lake, check_version, lake_table

deltalake = pytest.importorskip("deltalake", reason="`make lake` adds deltalake and pyiceberg")
sql = pytest.importorskip("pyiceberg.catalog.sql", reason="`make lake` adds pyiceberg")


def rows(kind: str, days: list[str | None]) -> pa.Table:
    """A part of a table."""
    return pa.table(
        {
            "note": ["x"] * len(days),
            "payer": pa.array([7.0, *[8.0] * (len(days) - 1)]),
            "day": pa.array(days).cast(pa.date32()),
            "kind": pa.array([kind] * len(days)),
            "money": pa.array([1.25] * len(days)),
        }
    )


PARTS = [rows("food", ["2024-01-31", None, "2024-02-01"]), rows("rent", ["2024-03-01", None])]
WANTED = [("7", "2024-01", "food", 1.25, 1), ("8", "2024-02", "food", 1.25, 1)]


def delta(tmp_path: Path) -> tuple[Lake, list[int]]:
    """A partitioned Delta table, and its versions."""
    path = str(tmp_path / "delta")
    for part in PARTS:
        deltalake.write_deltalake(path, part, mode="append", partition_by=["kind"])
    return Lake("delta", path, None), [0, 1]


def iceberg(tmp_path: Path) -> tuple[Lake, list[int]]:
    """An Iceberg table in a catalog of SQLite, and its snapshots."""
    uri = f"sqlite:///{tmp_path}/catalog.db"
    (tmp_path / "lake").mkdir()
    options = {"warehouse": f"file://{tmp_path}/lake"}
    catalog = sql.SqlCatalog("spendscape", uri=uri, **options)
    catalog.create_namespace("bank")
    table = catalog.create_table("bank.rows", PARTS[0].schema)
    for part in PARTS:
        table.append(part)
    snapshots = [one.snapshot_id for one in table.snapshots()]
    return Lake("iceberg", "bank.rows", None, uri, options=options), snapshots


MAKERS = {"delta": delta, "iceberg": iceberg}


def read(tmp_path: Path, own: Lake, **options: Any) -> tuple[dict[str, Any], Rows, Rows]:
    """Ingest a table; the ledger, the monthly rows and the quarantine."""
    work = tmp_path / f"work-{len(list(tmp_path.iterdir()))}"
    work.mkdir()
    monthly, quarantine = str(work / "monthly.parquet"), str(work / "quarantine.parquet")
    settings: dict[str, Any] = {"max_quarantined_share": 1.0, "tables": [lake_table(own)]} | options
    ledger = ingest({}, READING, PLAIN, monthly, quarantine, str(work), **settings)
    return ledger, pq.read_table(monthly).to_pylist(), pq.read_table(quarantine).to_pylist()


@pytest.mark.parametrize("kind", MAKERS)
def test_the_pinned_version_is_read(tmp_path: Path, kind: str) -> None:
    own, versions = MAKERS[kind](tmp_path)
    first, last = (replace(own, version=version) for version in versions)
    ledger, monthly, quarantine = read(tmp_path, first)
    assert sums(monthly) == WANTED
    name = f"{own.table}@{versions[0]}"
    assert [(q["file"], q["row"], q["reason"]) for q in quarantine] == [(name, 2, "bad_date")]
    word = "version" if kind == "delta" else "snapshot"
    assert ledger["tables"][name][word] == versions[0]
    ledger, monthly, quarantine = read(tmp_path, last, keep_rejected_text=True)
    assert sums(monthly) == [WANTED[0], ("7", "2024-03", "rent", 1.25, 1), WANTED[1]]
    assert reasons(ledger, "quarantined") == {"bad_date": 2}
    assert all("1.25" in row["text"] for row in quarantine)
    assert read(tmp_path, last)[2] == [{k: v for k, v in row.items() if k != "text"} for row in quarantine]  # fmt: skip
    plain = run(tmp_path, {"a.parquet": pa.concat_tables(PARTS)}, READING, PLAIN)
    assert monthly == plain[1]
    assert ledger["total"] == plain[0]["total"]


@pytest.mark.parametrize("kind", MAKERS)
def test_a_version_has_to_be_pinned(tmp_path: Path, kind: str) -> None:
    own, versions = MAKERS[kind](tmp_path)
    with pytest.raises(DataError, match=f"ingest.version: null was given; the newest of .* is {versions[-1]}"):  # fmt: skip
        check_version(own)
    check_version(replace(own, version=versions[0]))
    with pytest.raises(DataError, match=r"ingest\.(version|table)"):
        read(tmp_path, replace(own, version=99))
    with pytest.raises(DataError, match=r"ingest\.table: .* cannot be read as"):
        check_version(
            replace(own, table=str(tmp_path / "nothing") if kind == "delta" else "bank.x")
        )


def test_a_partition_is_a_column(tmp_path: Path) -> None:
    own, versions = delta(tmp_path)
    found = read(tmp_path, replace(own, version=versions[-1]))[0]
    assert {c["category"]: c["rows"] for c in found["categories"]} == {"food": 2, "rent": 1}


def test_the_catalog_has_the_name_that_it_was_written_by(tmp_path: Path) -> None:
    uri = f"sqlite:///{tmp_path}/catalog.db"
    (tmp_path / "lake").mkdir()
    options = {"warehouse": f"file://{tmp_path}/lake"}
    catalog = sql.SqlCatalog("bank_lake", uri=uri, **options)
    catalog.create_namespace("bank")
    table = catalog.create_table("bank.rows", PARTS[0].schema)
    table.append(PARTS[0])
    own = Lake("iceberg", "bank.rows", table.current_snapshot().snapshot_id, uri, options=options)
    with pytest.raises(DataError, match=r"^ingest\.table: bank\.rows cannot be read as iceberg"):
        read(tmp_path, own)
    assert sums(read(tmp_path, replace(own, options=options | {"name": "bank_lake"}))[1]) == WANTED
