"""Report: Snakemake's report of the whole run, with the config that made it (both outputs).

A second Snakemake writes it, which runs nothing. It is given the resolved config, so that both see
the same workflow, and all results but the report as targets, so that it waits for nothing.
"""

import json
import subprocess
import sys
from pathlib import Path

import yaml

from spendscape.running.job import job

with job() as run:
    config = json.loads(snakemake.params.settings)
    Path(run.output.config).write_text(yaml.safe_dump(config, sort_keys=False, allow_unicode=True))
    command = [
        *(sys.executable, "-m", "snakemake"),
        *("--snakefile", str(Path(snakemake.scriptdir).parents[1] / "Snakefile")),
        *("--configfile", run.output.config),
        # Where they are now: a bucket's files have local copies elsewhere.
        *("--config", f"results={Path(snakemake.output.report).parent}"),
        # The first Snakemake holds the lock. Profiles are about running jobs, which this one does not.
        *("--nolock", "--profile", "none", "--workflow-profile", "none"),
        *("--report", run.output.report),
        *("--", *run.input.results, *run.input.cards),
    ]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, check=False)
    if done.returncode:
        raise RuntimeError(f"snakemake --report ended with exit code {done.returncode}")
