"""Parquet whose texts are not UTF-8: one bad value is one quarantined row, and no message shows it."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from ingest_runs import PLAIN, READING, reasons, run, shards_of, sums

COLUMNS: dict[str, list[str | None]] = {
    "payer": ["ann", "bob", "ann", None],
    "day": ["2024-01-01"] * 4,
    "kind": ["food"] * 4,
    "money": ["1", "2", "4", "8"],
    "note": ["", "", "", ""],
}


def table(bad: str, dictionary: bool) -> pa.Table:
    """A table with cp1252 in the second row of a column."""
    columns: dict[str, Any] = {name: pa.array(texts) for name, texts in COLUMNS.items()}
    raw = [None if text is None else text.encode() for text in COLUMNS[bad]]
    raw[1] = "Müller 123456".encode("cp1252")
    text = pa.Array.from_buffers(pa.string(), 4, pa.array(raw, pa.binary()).buffers())
    if dictionary:
        codes = pa.array([None if value is None else k for k, value in enumerate(raw)], pa.int32())
        raw = [value or b"" for value in raw]
        values = pa.Array.from_buffers(pa.string(), 4, pa.array(raw, pa.binary()).buffers())
        text = pa.DictionaryArray.from_arrays(codes, values)
    columns[bad] = text
    return pa.table(columns)


@pytest.mark.parametrize("dictionary", [False, True])
@pytest.mark.parametrize("bad", ["payer", "kind", "day", "money"])
@pytest.mark.parametrize("shards", [1, 2])
def test_one_bad_value_is_one_quarantined_row(
    tmp_path: Path, bad: str, dictionary: bool, shards: int
) -> None:
    files = {"a.parquet": table(bad, dictionary), "b.parquet": pa.table(COLUMNS)}
    if shards == 1:
        ledger, monthly, quarantine = run(tmp_path, files, READING, PLAIN)
    else:
        ledger, monthly, quarantine = shards_of(tmp_path, files, READING, PLAIN, shards)
    assert sums(monthly) == [
        ("ann", "2024-01", "food", 10.0, 4),
        ("bob", "2024-01", "food", 2.0, 1),
    ]
    assert reasons(ledger, "quarantined") == {"bad_encoding": 1, "no_customer": 2}
    assert ledger["customers"] == {"read": 2, "accepted": 2}
    assert [(row["file"], row["row"]) for row in quarantine] == [
        ("a.parquet", 2),
        ("a.parquet", 4),
        ("b.parquet", 4),
    ]


def test_a_bad_value_in_a_column_that_is_not_read_does_not_matter(tmp_path: Path) -> None:
    ledger = run(tmp_path, {"a.parquet": table("note", False)}, READING, PLAIN)[0]
    assert ledger["total"]["accepted"]["rows"] == 3
