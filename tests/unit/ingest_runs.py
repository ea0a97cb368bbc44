"""Runs of ingest for tests: small raw files, how they are read, and what comes out in short."""

import datetime
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias

import pyarrow as pa
import pyarrow.parquet as pq

from spendscape.ingest.classes import ClassRules
from spendscape.ingest.columns import Columns, Reading
from spendscape.ingest.file_parts import cuttable, plan
from spendscape.ingest.ingest import gather, ingest, read_shard

# What a raw file holds: its bytes, or a table that is written as Parquet.
Content: TypeAlias = bytes | pa.Table
Rows = list[dict[str, Any]]

HEAD = b"payer,day,kind,money\n"
ROWS = "ann,2024-01-31,food,12.50\nzoë,2024-02-01,rent,800\nann,2024-01-05,food,-2.50\n"
SUMS = [("ann", "2024-01", "food", 10.0, 2), ("zoë", "2024-02", "rent", 800.0, 1)]
PLAIN = ClassRules(taxonomy=["food", "rent", "fun"])
CLASSES = ["food", "rent", "fun"]
READING = Reading(
    columns=Columns("payer", "day", "kind", "money"),
    amount_ignores="£$€, ",
    missing_amounts=["", "N/A"],
)
RULES = ClassRules(
    taxonomy=CLASSES,
    class_map={"groceries": "food", "pubs": "fun", "kino, theatre": "fun"},
    excluded_categories=["salary"],
    unmapped="exclude",
    allow_unused=True,
)


def run(
    tmp_path: Path,
    files: Mapping[str, Content],
    reading: Reading = READING,
    rules: ClassRules = RULES,
    **options: Any,
) -> tuple[dict[str, Any], Rows, Rows]:
    """Ingest `files` (name to bytes or table); the ledger, the monthly rows and the quarantine."""
    folder, work = tmp_path / "raw", tmp_path / f"work-{len(list(tmp_path.iterdir()))}"
    folder.mkdir(exist_ok=True)
    work.mkdir()
    for name, content in files.items():
        if isinstance(content, bytes):
            (folder / name).write_bytes(content)
        else:
            pq.write_table(content, folder / name, row_group_size=max(3, len(content) // 5))
    monthly, quarantine = str(work / "monthly.parquet"), str(work / "quarantine.parquet")
    ledger = ingest(
        {name: str(folder / name) for name in files},
        reading,
        rules,
        monthly,
        quarantine,
        str(work),
        **({"max_quarantined_share": 1.0} | options),
    )
    return ledger, pq.read_table(monthly).to_pylist(), pq.read_table(quarantine).to_pylist()


def sums(monthly: Rows) -> list[tuple[str, str, str, float, int]]:
    """The rows of monthly.parquet in short, in the order of the customers; in the file they are by month, customer and class."""
    rows = [
        (r["customer_id"], str(r["month"])[:7], r["class"], r["amount"], r["transactions"])
        for r in monthly
    ]
    assert rows == sorted(rows, key=lambda row: (row[1], row[0], row[2]))
    return sorted(rows)


def read(
    tmp_path: Path, text: str | bytes, name: str = "a.csv", **changes: Any
) -> tuple[dict[str, Any], Rows, Rows]:
    """Ingest one file of the columns payer, day, kind, money."""
    columns = replace(READING.columns, **changes.pop("columns", {}))
    content = text.encode() if isinstance(text, str) else text
    reading = replace(READING, columns=columns, **changes)
    return run(tmp_path, {name: content}, reading, PLAIN)


def reasons(ledger: dict[str, Any], verdict: str) -> dict[str, int]:
    """Rows by reason."""
    return {name: entry["rows"] for name, entry in ledger["total"][verdict]["reasons"].items()}


def table_of(types: tuple[pa.DataType, pa.DataType]) -> pa.Table:
    """The same five rows as a table with the given types of date and amount."""
    days = [
        datetime.date(2024, 1, 31),
        datetime.date(2024, 1, 1),
        None,
        datetime.date(2024, 2, 1),
        datetime.date(2024, 2, 2),
    ]
    return pa.table(
        {
            "money": pa.array([1.1, 2.2, 3.3, None, -1.0]).cast(types[1]),
            "payer": pa.array(["a", "a ", "b", "b", None]),
            "day": pa.array(days, pa.date32()).cast(types[0]),
            "kind": pa.array(["food", "groceries", "food", "food", "food"]),
        }
    )  # fmt: skip


def shards_of(
    tmp_path: Path, files: Mapping[str, Content], reading: Reading, rules: ClassRules, shards: int
) -> tuple[dict[str, Any], Rows, Rows]:
    """As `run`, by as many jobs as `shards`, each of which reads a part of each large file."""
    folder, work = tmp_path / "raw", tmp_path / f"shards-{len(list(tmp_path.iterdir()))}"
    folder.mkdir(exist_ok=True)
    work.mkdir()
    for name, content in files.items():
        if isinstance(content, bytes):
            (folder / name).write_bytes(content)
        else:
            pq.write_table(content, folder / name, row_group_size=max(3, len(content) // 5))
    sizes = [
        (name, str(folder / name), (folder / name).stat().st_size, cuttable(name, reading.encoding))
        for name in files
    ]
    surveys, parts, bad = [], [], []
    for k, pieces in enumerate(plan(sizes, shards)):
        own = work / str(k)
        own.mkdir()
        parts.append(str(own / "part.parquet"))
        quarantine = str(own / "quarantine.parquet")
        surveys.append(read_shard(pieces, reading, parts[-1], quarantine, str(own)))
        bad += pq.read_table(quarantine).to_pylist()
    monthly = str(work / "monthly.parquet")
    ledger = gather(parts, surveys, reading, rules, monthly, str(work), 1.0)
    return ledger, pq.read_table(monthly).to_pylist(), bad
