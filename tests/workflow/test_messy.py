"""Messy exports: ingestion finds every broken row that was planted, and nothing else."""

import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from small_run import ROOT

SIMULATE = "simulate: {customers: 300, years: 2, transactions_per_year: 60, messy: 0.05}\n"
INGEST = """\
source: files
ingest:
  folder: simulated/simulate/messy
  files: ["*.csv"]
  max_quarantined_share: 0.1
"""


def run(folder: Path, config: str, target: str) -> None:
    (folder / "own.yaml").write_text(config)
    command = [
        sys.executable,
        "-m",
        "snakemake",
        target,
        "--cores",
        "2",
        "--configfile",
        "own.yaml",
    ]
    command += ["--snakefile", str(ROOT / "Snakefile")]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_planted_defect_is_found_and_nothing_else(tmp_path: Path) -> None:
    run(tmp_path, SIMULATE + "results: simulated\n", "simulated/simulate/defects.parquet")
    run(tmp_path, INGEST + "results: read\n", "read/ingest/quarantine.parquet")
    planted = pq.read_table(tmp_path / "simulated/simulate/defects.parquet").to_pylist()
    found = pq.read_table(tmp_path / "read/ingest/quarantine.parquet").to_pylist()
    truth = {(row["file"], row["line"], row["reason"]) for row in planted}
    assert len(truth) == len(planted) > 1000
    assert len({reason for _, _, reason in truth}) == 6
    assert {(Path(row["file"]).name, row["line"], row["reason"]) for row in found} == truth

    # The export carries all columns of the rows.
    with open(tmp_path / "simulated/simulate/messy/2019.csv", encoding="utf-8-sig") as file:
        assert file.readline().strip().split(",")[-2:] == ["currency", "merchant_category_code"]
        assert any(line.rstrip().endswith(",EUR,5411") for line in file)

    # Every other row has the customer, month, class and amount that it had before the export.
    clean = []
    for year in (2019, 2020):
        rows = pq.read_table(tmp_path / f"simulated/simulate/transactions_{year}.parquet")
        broken = {line for file, line, _ in truth if file == f"{year}.csv"}
        kept = pa.array([place + 2 not in broken for place in range(len(rows))])
        clean.append(rows.filter(kept).to_pandas())
    wanted: dict[tuple[str, str, str], float] = {}
    for frame in clean:
        month = frame["booked"].astype(str).str[:7]
        keys = [frame["customer_id"].astype(str), month, frame["class"].astype(str)]
        sums = frame["amount"].groupby(keys, observed=True).sum()
        wanted |= {key: round(value, 2) for key, value in sums.items()}
    monthly = pq.read_table(tmp_path / "read/ingest/monthly.parquet").to_pylist()
    assert {
        (row["customer_id"], str(row["month"])[:7], row["class"]): round(row["amount"], 2)
        for row in monthly
    } == wanted
