"""The workflow as a module of another one, under names of its own."""

import subprocess
import sys
from pathlib import Path

import faults
import pytest
import yaml
from small_run import ROOT

WORKFLOW = """\
module spendscape:
    snakefile: "{root}/workflow/Snakefile"
    config: {config}


use rule * from spendscape as spendscape_*


rule summary:
    default_target: True
    input: "results/bank/explain/examples.csv", rules.spendscape_cards.input
    output: "summary.txt"
    shell: "ls {{input}} > {{output}}"
"""


@pytest.mark.slow
def test_another_workflow_uses_it_as_a_module(tmp_path: Path) -> None:
    config = yaml.safe_load(faults.TINY) | {"results": "results/bank"}
    (tmp_path / "Snakefile").write_text(WORKFLOW.format(root=ROOT, config=config))
    command = [sys.executable, "-m", "snakemake", "--cores", "2"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "spendscape_fixed_points" in done.stdout + done.stderr
    [card, listed] = (tmp_path / "summary.txt").read_text().splitlines()
    assert listed.endswith("examples.csv") and card.startswith("results/bank/explain/C")
