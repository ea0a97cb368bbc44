"""An added month: Snakemake runs ingest again, which opens the added file alone."""

import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from small_run import snakemake

from spendscape.ingest.added_files import MONTHLY
from spendscape.ingest.kept_sums import SETTLED

CONFIG = """\
source: files
ingest: {{folder: raw, files: [{files}], taxonomy: null{more}}}
"""
RESULTS = ("monthly.parquet", "quarantine.parquet", "ledger.json", "classes.json")


def write_month(folder: Path, month: int) -> None:
    """A month of raw rows."""
    path = folder / f"raw/2024-{month:02d}.parquet"
    rows = {
        "customer_id": [f"c{k % 7}" for k in range(40)],
        "booked": [f"2024-{month:02d}-{k % 28 + 1:02d}" for k in range(40)],
        "class": [f"class {k % 3}" for k in range(40)],
        "amount": [k + month / 4 for k in range(40)],
    }
    pq.write_table(pa.table(rows), path)


def ingested(folder: Path, results: str, files: str, more: str = "") -> dict[str, bytes]:
    """Run ingest; the bytes of its results."""
    (folder / "small.yaml").write_text(CONFIG.format(files=files, more=more))
    done = snakemake(folder, f"{results}/ingest/ledger.json", config=[f"results={results}"])
    assert done.returncode == 0, done.stdout + done.stderr
    return {name: (folder / results / "ingest" / name).read_bytes() for name in RESULTS}


def kept(folder: Path, results: str) -> dict[str, int]:
    """The folders of the files' sums, and their inodes."""
    every = (folder / results / "ingest/kept").iterdir()
    return {path.name: path.stat().st_ino for path in every if path.name != MONTHLY}


def test_an_added_month_is_read_alone(tmp_path: Path) -> None:
    (tmp_path / "raw").mkdir()
    for month in (1, 2, 3):
        write_month(tmp_path, month)
    # Sums of files that changed a moment ago are not used again.
    time.sleep(SETTLED)
    two, third = '"2024-01.parquet", "2024-02.parquet"', '"2024-03.parquet"'
    ingested(tmp_path, "results", two)
    before = kept(tmp_path, "results")
    alone = ingested(tmp_path, "new", third, ", history: results")
    assert len(kept(tmp_path, "new")) == 1 and kept(tmp_path, "results") == before
    added = ingested(tmp_path, "results", f"{two}, {third}")
    after = kept(tmp_path, "results")
    assert before.items() < after.items() and len(after) == 3, "one file was read"
    assert added == alone == ingested(tmp_path, "fresh", '"*.parquet"')
