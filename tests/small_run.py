"""A small run of the whole workflow, as a user would start it."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parents[1]
SMALL = """\
simulate: {customers: 600, transactions_per_year: 60}
model: {epochs: 30}
ensemble: {seeds: 2, bootstrap: 20}
elbow: {units: [2, 3], seeds: 2, epochs: 3}
surrogate: {bootstrap: 50}
"""


def snakemake(
    folder: Path, *arguments: str, config: Sequence[str] = (), cores: int = 2
) -> subprocess.CompletedProcess[str]:
    """Run Snakemake in a folder with its file small.yaml."""
    command = [sys.executable, "-m", "snakemake", *arguments, "--cores", str(cores)]
    command += ["--snakefile", str(ROOT / "Snakefile"), "--configfile", "small.yaml"]
    if config:
        command += ["--config", *config]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=600)


def finished(folder: Path) -> Path:
    """A folder with the results of a whole run of 600 simulated customers; made where it is not."""
    if not (folder / "results/report.html").exists():
        (folder / "small.yaml").write_text(SMALL)
        done = snakemake(folder)
        assert done.returncode == 0, done.stdout + done.stderr
    return folder


def kept(name: str, otherwise: Path) -> Path:
    """Where a run that several sessions of tests look at is kept: in the folder that SPENDSCAPE_TEST_RUNS names."""
    runs = os.environ.get("SPENDSCAPE_TEST_RUNS")
    folder = Path(runs) / name if runs else otherwise
    folder.mkdir(parents=True, exist_ok=True)
    return folder
