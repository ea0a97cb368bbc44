"""What `job` does around a script, seen from Snakemake: one workflow, one rule for each ending."""

import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from spendscape.running.job import namespace, write_json

ROOT = Path(__file__).parents[3]

SNAKEFILE = """\
rule all:
    input:
        expand("{ending}/first.txt", ending=["well", "data_error", "error", "half"]),


rule ending:
    output:
        first="{ending}/first.txt",
        second="{ending}/second.txt",
        several=["{ending}/third.txt", "{ending}/fourth.txt"],
    log:
        "{ending}.log",
    params:
        settings=lambda wildcards: '{"model": {"units": 3}}',
    script:
        "script.py"
"""

SCRIPT = f"""\
import sys

sys.path[:0] = ["{ROOT / "workflow"}", "{ROOT / "workflow/scripts"}"]

from pathlib import Path

from spendscape.running.job import job
from spendscape.core.errors import DataError

with job(snakemake) as run:
    print("printed by a library")
    run.log.info("units %d", run.settings.model.units)
    assert Path(run.output.first).parent == Path(snakemake.output.first).parent
    assert Path(run.output.first).suffix == ".txt"
    Path(run.output.first).write_text("whole")
    if run.wildcards.ending == "data_error":
        raise DataError("ingest.files: 'a.csv' was given; it has no column amount")
    if run.wildcards.ending == "error":
        raise RuntimeError("secret of the library")
    if run.wildcards.ending == "well":
        Path(run.output.second).write_text("whole")
        for path in run.output.several:
            Path(path).write_text("whole")
"""


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """The workflow run to its end: its folder, exit code and what it printed."""
    folder = tmp_path_factory.mktemp("job")
    (folder / "Snakefile").write_text(SNAKEFILE)
    (folder / "script.py").write_text(SCRIPT)
    command = [sys.executable, "-m", "snakemake", "--cores", "2", "--keep-going"]
    run = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return SimpleNamespace(folder=folder, code=run.returncode, printed=run.stdout + run.stderr)


def test_a_script_that_ends_well_leaves_whole_outputs(done: SimpleNamespace) -> None:
    names = {"first.txt", "second.txt", "third.txt", "fourth.txt"}
    assert {path.name for path in (done.folder / "well").iterdir()} == names
    assert (done.folder / "well/first.txt").read_text() == "whole"


@pytest.mark.parametrize("ending", ["data_error", "error"])
def test_a_script_that_fails_leaves_nothing(done: SimpleNamespace, ending: str) -> None:
    assert done.code != 0
    assert (done.folder / f"{ending}.log").stat().st_size > 0
    assert list((done.folder / ending).glob("*")) == []


def test_a_forgotten_output_leaves_nothing_under_a_real_or_partial_name(
    done: SimpleNamespace,
) -> None:
    assert "second.txt" in (done.folder / "half.log").read_text()
    assert list((done.folder / "half").glob("*")) == []


def test_a_data_error_is_told_without_a_trace(done: SimpleNamespace) -> None:
    message = "spendscape ending: ingest.files: 'a.csv' was given; it has no column amount"
    assert message in done.printed.splitlines()
    assert "Traceback" not in done.printed
    log = (done.folder / "data_error.log").read_text()
    assert "it has no column amount" in log
    assert "Traceback" not in log


def test_another_error_is_told_by_kind_and_its_place_is_in_the_log(done: SimpleNamespace) -> None:
    assert "RuntimeError, which should not happen; its place is in error.log" in done.printed
    assert "secret of the library" not in done.printed
    log = (done.folder / "error.log").read_text()
    assert "Traceback" in log
    assert "secret of the library" in log


def test_what_a_script_prints_goes_to_its_log(done: SimpleNamespace) -> None:
    log = (done.folder / "well.log").read_text()
    assert "printed by a library" in log
    assert "units 3" in log
    assert "printed by a library" not in done.printed


def test_settings_become_attributes() -> None:
    settings = namespace({"a": {"b": [1, {"c": None}]}})
    assert settings.a.b[0] == 1
    assert settings.a.b[1].c is None


def test_json_keeps_every_float_exact(tmp_path: Path) -> None:
    values = np.array([[0.1, 1e-300], [np.pi, -1 / 3]])
    write_json(str(tmp_path / "x.json"), {"values": values, "one": np.float64(0.1)})
    read = json.loads((tmp_path / "x.json").read_text())
    assert read["values"] == values.tolist()
    assert read["one"] == 0.1
