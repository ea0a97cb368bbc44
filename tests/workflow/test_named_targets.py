"""What users ask for by name is there, and named in the same words in the docs and by make."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from plans import rules
from small_run import ROOT, snakemake

from spendscape.running.figure_table import FIGURES


def named() -> list[str]:
    """The targets of the Makefile."""
    text = (ROOT / "Makefile").read_text()
    [targets] = re.findall(r"^TARGETS := (.*)$", text, re.MULTILINE)
    return str(targets).split()


def test_make_and_the_docs_list_the_same_targets() -> None:
    table = (
        (ROOT / "docs/reference/command-line.md")
        .read_text()
        .split("## Targets")[1]
        .split("\n## ")[0]
    )
    assert re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE) == named()
    done = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert all(f" {name}" in done.stdout for name in named())


def test_every_target_is_up_to_date_after_a_run(run: Path) -> None:
    targets = [name for name in named() if name not in ("score", "monitor")]
    done = snakemake(run, *targets)
    assert done.returncode == 0, done.stderr
    assert "Nothing to be done" in done.stdout + done.stderr


@pytest.mark.parametrize("target", ["score", "monitor"])
def test_scoring_without_a_finished_run_says_what_is_missing(run: Path, target: str) -> None:
    done = snakemake(run, target)
    text = done.stdout + done.stderr
    assert done.returncode != 0 and "score.run: null was given" in text


def test_why_says_what_would_run_and_why(run: Path) -> None:
    command = [sys.executable, "-m", "spendscape", "why"]
    options = ["--snakefile", str(ROOT / "Snakefile"), "--configfile", "small.yaml"]

    def why(*arguments: str) -> str:
        return subprocess.run(
            [*command, *arguments, *options], cwd=run, capture_output=True, text=True, check=True
        ).stdout

    assert "Nothing would run" in why("segments")
    options += ["--config", "surrogate={nonzero: 0.2}"]
    said = why("segments")
    assert "surrogate: Surrogate:" in said
    assert "    config: surrogate.nonzero was 0.1, is 0.2\n" in said
    assert "and what follows from these: directions long, segments" in said


def test_every_rule_asks_for_its_own_memory_and_run_time() -> None:
    table = yaml.safe_load((ROOT / "rules/resources.yaml").read_text())
    asked = {
        "figures" if rule.name in FIGURES else rule.name: (
            rule.resources["mem_mb"].evaluate(None, attempt=3).value,
            rule.resources["runtime"].raw,
        )
        for kind in rules().values()
        for rule in kind.values()
    }
    assert asked == {name: (3 * row["mem_mb"], row["runtime"]) for name, row in table.items()}
