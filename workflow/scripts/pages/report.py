"""Report: by a second Snakemake, which runs nothing, of all results but itself; and the config that made it."""

import json
import subprocess
import sys
from pathlib import Path

import yaml

from spendscape.pages.report.control_names import with_names
from spendscape.running.job import job

with job() as run:
    config = json.loads(json.dumps(run.settings, default=vars))
    Path(run.output.config).write_text(yaml.safe_dump(config, sort_keys=False, allow_unicode=True))
    command = [
        *(sys.executable, "-m", "snakemake", "--snakefile"),
        str(Path(__file__).parents[2] / "Snakefile"),
        *("--configfile", run.output.config),
        # Where they are now: a bucket's files have local copies elsewhere.
        *("--config", f"results={Path(run.output.report).parent}"),
        # The first Snakemake holds the lock, and profiles are about running jobs.
        *("--nolock", "--profile", "none", "--workflow-profile", "none"),
        *("--report", run.output.report, "--report-stylesheet", run.input.stylesheet),
        *("--", *run.input.results, *run.input.cards),
    ]
    subprocess.run(command, stdin=subprocess.DEVNULL, check=True)
    report = Path(run.output.report)
    report.write_text(with_names(report.read_text("utf-8")), "utf-8")
