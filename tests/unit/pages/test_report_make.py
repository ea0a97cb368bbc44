"""What pages get of results files, and which pages a set of files suffices for."""

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from synthetic import World

from spendscape.pages.report.make import read, report_pages


def test_files_are_read_as_values_rows_and_counts(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps({"x": [1, 2.5]}))
    assert read(tmp_path / "a.json") == {"x": [1, 2.5]}
    (tmp_path / "a.csv").write_text("name,value\nNA,1\na,2\n")
    assert read(tmp_path / "a.csv") == [{"name": "NA", "value": 1}, {"name": "a", "value": 2}]
    columns = {"customer_id": ["p", "q", "r"], "verdict": ["no", "yes", "yes"], "size": [1, 2, 3]}
    pq.write_table(pa.table(columns), tmp_path / "a.parquet")
    counts = read(tmp_path / "a.parquet")
    assert counts == {"verdict": {"yes": 2, "no": 1}}
    assert list(counts["verdict"]) == ["yes", "no"]


def test_only_pages_whose_files_are_there_are_made(tmp_path: Path) -> None:
    world = World(N=60)
    (tmp_path / "traits.json").write_text(world.formula.to_json())
    (tmp_path / "metrics.json").write_text(json.dumps({"r2": world.r2}))
    (tmp_path / "recovery.csv").write_text(
        "quantity,value,low,high,target\ntrait,0.5,0.4,0.6,0.9\n"
    )
    names = {"formula": "traits.json", "metrics": "metrics.json", "recovery": "recovery.csv"}
    pages = report_pages(
        {name: str(tmp_path / file) for name, file in names.items()}, 1, 0.05, 0.05, ""
    )
    assert list(pages) == ["recovery"]
    assert "0.50 (0.40–0.60)" in pages["recovery"]
