"""The command line: help, completion, names that are nearly right, and one job in this process."""

import logging
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from spendscape import __version__
from spendscape.cli import main, parser

ROOT = Path(__file__).parents[2]
ENVIRONMENT = os.environ | {"PYTHONPATH": str(ROOT / "workflow")}
SMALL = "simulate: {customers: 20, transactions_per_year: 20}\n"
# A workflow of a rule whose inputs there are, one whose inputs are made first, and a target.
SNAKEFILE = """\
import json

rule all:
    input:
        expand("out/{letter}.txt", letter=["a", "b"]),

rule copied:
    input:
        source="{letter}.in",
    output:
        twin="out/{letter}.txt",
    log:
        "logs/{letter}.log",
    params:
        settings=json.dumps({"times": config.get("times", 1)}),
        name="copied",
    message:
        "Copying {wildcards.letter}"
    script:
        "{params.name}.py"

rule made:
    output:
        source="b.in",
    shell:
        "echo b > {output}"
"""
SCRIPT = """\
import os
from pathlib import Path
from spendscape.core.errors import DataError
from spendscape.running.job import job

with job() as run:
    text = Path(run.input.source).read_text()
    if text == "wrong":
        raise DataError("source: it is wrong")
    if text == "broken":
        raise ZeroDivisionError("of the script")
    print("said to the terminal")
    made = f"{os.getpid()} {run.wildcards.letter} {text * run.settings.times}"
    Path(run.output.twin).write_text(made)
"""

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the small workflow, to work in."""
    # A job sets up the log of its process, which is that of the tests here.
    monkeypatch.setattr(logging.getLogger(), "handlers", [*logging.getLogger().handlers])
    monkeypatch.chdir(tmp_path)
    (tmp_path / "Snakefile").write_text(SNAKEFILE)
    (tmp_path / "copied.py").write_text(SCRIPT)
    (tmp_path / "a.in").write_text("a")
    return tmp_path


def test_a_job_runs_in_this_process_with_what_snakemake_gives_it(
    folder: Path, capfd: Captured
) -> None:
    assert main(["job", "copied", "--wildcard", "letter=a", "--config", "times=3"]) == 0
    assert (folder / "out/a.txt").read_text() == f"{os.getpid()} a aaa"
    assert "said to the terminal" in capfd.readouterr().out
    assert not (folder / "logs/a.log").exists()
    assert [path.name for path in (folder / "out").iterdir()] == ["a.txt"]


def test_a_mistake_in_the_data_is_said_and_any_other_error_reaches_the_debugger(
    folder: Path, capfd: Captured
) -> None:
    command = ["job", "copied", "--wildcard", "letter=a"]
    (folder / "a.in").write_text("wrong")
    with pytest.raises(SystemExit, match="1"):
        main(command)
    assert capfd.readouterr().err == "spendscape copied: source: it is wrong\n"
    (folder / "a.in").write_text("broken")
    with pytest.raises(ZeroDivisionError, match="of the script"):
        main(command)
    assert list((folder / "out").iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["copeid"], "'copeid': no such rule; nearest is 'copied'"),
        (["all"], "'all' is a target without a script; rules with one: copied"),
        (["copied", "--wildcard", "x=1"], "--wildcard x: rule 'copied' has the wildcards letter"),
        (["copied", "--wildcard", "a"], "--wildcard: 'a' was given; expected such as year=2019"),
        (["copied"], "2 jobs are meant; choose one of them by\n  --wildcard letter=a\n"),
        (["copied", "made"], "the targets need no such job; give another target, or a --wildcard"),
        (["copied", "made", "--wildcard", "letter=a"], "for each of its wildcards, letter"),
        (["copied", "--config", "times"], "--config: Invalid config definition"),
        (
            ["copied", "out/b.txt", "--config", "times=2"],
            "inputs that are not there: b.in; make them with: snakemake b.in --cores all --config times=2\n",
        ),
        (["copied", "--wildcard", "letter=c"], "MissingInputException"),
        (["copied", "--snakefile", "other"], 'Snakefile "'),
        (
            ["copied", "--configfile", "n.yaml"],
            "--configfile: 'n.yaml' was given; there is no such file",
        ),
    ],
)
def test_what_cannot_run_is_said_and_nothing_is_made(
    folder: Path, capsys: Captured, arguments: list[str], message: str
) -> None:
    assert main(["job", *arguments]) == 1
    said = capsys.readouterr().err
    assert said.startswith("spendscape job: ") and message in said
    assert "Traceback" not in said and not (folder / "out").exists()


def test_a_rule_of_the_workflow_makes_its_results(tmp_path: Path) -> None:
    (tmp_path / "small.yaml").write_text(SMALL)
    options = ["--configfile", "small.yaml", "--snakefile", str(ROOT / "Snakefile")]
    for job in (["simulate_truth"], ["simulate_transactions", "--wildcard", "year=2020"]):
        command = [sys.executable, "-m", "spendscape", "job", *job, *options]
        subprocess.run(command, cwd=tmp_path, env=ENVIRONMENT, check=True)
    results = tmp_path / "results/simulate"
    assert pq.read_table(results / "truth.parquet").num_rows == 20
    booked = pq.read_table(results / "transactions_2020.parquet")["booked"].to_pylist()
    assert {day.year for day in booked} == {2020}


def test_a_breakpoint_stops_in_the_script(folder: Path) -> None:
    script = folder / "copied.py"
    script.write_text(SCRIPT.replace("    print(", "    breakpoint()\n    print("))
    command = [sys.executable, "-m", "spendscape", "job", "copied", "--wildcard", "letter=a"]
    done = subprocess.run(
        command, input="p 'text is', text\ncontinue\n", env=ENVIRONMENT, capture_output=True, text=True, check=True
    )  # fmt: skip
    assert "('text is', 'a')" in done.stdout
    assert (folder / "out/a.txt").exists()


def test_why_says_what_would_run_or_what_snakemake_says_against_it(
    folder: Path, capsys: Captured
) -> None:
    (folder / "b.in").write_text("b")
    command = [sys.executable, "-m", "spendscape", "why"]
    options: Any = {"env": ENVIRONMENT, "cwd": folder, "text": True}
    done = subprocess.run([*command, "out/a.txt"], capture_output=True, check=True, **options)
    assert done.stdout == "copied a: Copying a\n    not there: out/a.txt\n"
    done = subprocess.run([*command, "out/c.txt"], capture_output=True, check=False, **options)
    assert done.returncode == 1 and done.stderr.startswith("MissingInputException")
    assert main(["why", "--configfile", "n.yaml"]) == 1
    said = "spendscape why: --configfile: 'n.yaml' was given; there is no such file\n"
    assert capsys.readouterr().err == said
    # A reader that has enough, such as `head`, is no error to be traced.
    options |= {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen([*command, "out/a.txt"], **options) as process:
        assert process.stdout and process.stderr
        process.stdout.close()
        assert process.stderr.read() == ""
    assert process.returncode == 1


def test_help_shows_the_commands_and_examples(capsys: Captured) -> None:
    for command in ([], ["inspect"], ["why"], ["job"]):
        with pytest.raises(SystemExit, match="0"):
            main([*command, "--help"])
    said = capsys.readouterr().out
    assert said.count("usage: spendscape") == 4 and said.count("\nexamples:\n") == 3
    with pytest.raises(SystemExit, match="0"):
        main(["--version"])
    assert capsys.readouterr().out == f"spendscape {__version__}\n"


@pytest.mark.parametrize(
    ("given", "near"),
    [("inspct", "did you mean 'inspect'?"), ("zzz", "one of inspect, why, job, explain, monitor")],
)
def test_an_unknown_command_is_answered_by_the_nearest(
    capsys: Captured, given: str, near: str
) -> None:
    with pytest.raises(SystemExit, match="2"):
        main([given])
    assert f"unknown command {given!r}; {near}\n" in capsys.readouterr().err


@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_shells_are_told_what_there_is_to_complete(capsys: Captured, shell: str) -> None:
    with pytest.raises(SystemExit, match="0"):
        main(["--print-completion", shell])
    script = capsys.readouterr().out
    assert all(word in script for word in ("inspect", "why", "job", "--wildcard", "--taxonomy"))
    if shell == "bash":
        subprocess.run(["bash", "-n"], input=script, text=True, check=True)


def test_the_command_imports_no_snakemake_before_it_needs_it() -> None:
    code = "import sys, spendscape.cli; print({'snakemake', 'duckdb', 'numpy'} & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code], env=ENVIRONMENT, capture_output=True, text=True, check=True
    )
    assert done.stdout == "set()\n"
    assert parser().prog == "spendscape"
