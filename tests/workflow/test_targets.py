"""What users ask for by name is there, and named in the same words in the docs and by make."""

import re
import subprocess
import sys

from conftest import ROOT, snakemake


def named() -> list[str]:
    """The targets of the Makefile."""
    text = (ROOT / "Makefile").read_text()
    return re.search(r"^TARGETS := (.*)$", text, re.MULTILINE)[1].split()


def test_make_and_the_docs_list_the_same_targets():
    table = (
        (ROOT / "docs/reference/command-line.md")
        .read_text()
        .split("## Targets")[1]
        .split("\n## ")[0]
    )
    assert re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE) == named()
    done = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert all(f" {name}" in done.stdout for name in named())


def test_every_target_is_up_to_date_after_a_run(run):
    targets = [name for name in named() if name != "score"]
    done = snakemake(run, *targets)
    assert done.returncode == 0, done.stderr
    assert "Nothing to be done" in done.stdout + done.stderr


def test_scoring_without_a_finished_run_says_what_is_missing(run):
    done = snakemake(run, "score")
    text = done.stdout + done.stderr
    assert done.returncode != 0 and "score.run: null was given" in text


def test_why_says_what_would_run_and_why(run):
    command = [sys.executable, "-m", "spendscape", "why"]
    options = ["--snakefile", str(ROOT / "Snakefile"), "--configfile", "small.yaml"]

    def why(*arguments):
        return subprocess.run(
            [*command, *arguments, *options], cwd=run, capture_output=True, text=True, check=True
        ).stdout

    assert "Nothing would run" in why("segments")
    options += ["--config", "surrogate={nonzero: 0.2}"]
    said = why("segments")
    assert "surrogate: Surrogate:" in said
    assert "    config: surrogate.nonzero was 0.1, is 0.2\n" in said
    assert "and what follows from these: directions long, segments" in said


def test_the_profiles_know_every_rule() -> None:
    rules = {
        name
        for path in (ROOT / "rules").glob("*.smk")
        if path.name != "targets.smk"
        for name in re.findall(
            r"^ *(?:rule|checkpoint|use rule \w+ as) (\w+)", path.read_text(), re.MULTILINE
        )
    }
    line = re.compile(r"^  (\w+): {mem_mb: (.*)}", re.MULTILINE)
    slurm, generic = (
        dict(line.findall((ROOT / f"profiles/{name}/config.yaml").read_text()))
        for name in ("slurm", "generic")
    )
    assert rules == set(slurm)
    assert slurm == generic
