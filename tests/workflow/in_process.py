"""A whole run in this process: the jobs as Snakemake plans them, without a process and its imports for each."""

import runpy
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from plans import planned
from snakemake.iocontainers import Log, Snakemake

from spendscape.network import training


def run_whole(folder: Path, config: Mapping[str, Any], patch: pytest.MonkeyPatch) -> Path:
    """Make every file of the results contract, and the cards of two examples; returns the results' folder.

    What joins the pages into report.html is Snakemake's own and stays out.
    """
    # TensorFlow takes its number of threads once in a process.
    patch.setattr(training, "start_tensorflow", lambda *given: None)
    patch.chdir(folder)
    done: set[str] = set()
    _run(planned(folder, config, "report"), done)
    with Path("results/explain/examples.csv").open() as lines:
        names = [line.split(",")[0] for line in lines][1:3]
    _run(planned(folder, config, *(f"results/explain/{name}.html" for name in names)), done)
    return folder / "results"


def _run(workflow: Any, done: set[str]) -> None:
    """Run the scripts of a plan's jobs that are not done, each after those that it waits for."""
    for level in workflow.dag.toposorted():
        for job in sorted(level, key=str):
            name = str(job.output)
            if job.rule.script and job.rule.name != "report" and name not in done:
                done.add(name)
                _script(job, workflow.config)


def _script(job: Any, config: Mapping[str, Any]) -> None:
    """Run a job's script as `spendscape job` does."""
    for made in job.output:
        Path(made).parent.mkdir(parents=True, exist_ok=True)
    path = job.rule.script.format(wildcards=job.wildcards, params=job.params)
    script = Path(job.rule.basedir.join(path).get_path_or_uri(secret_free=True)).resolve()
    given = Snakemake(
        job.input, job.output, job.params, job.wildcards, 1, job.resources, Log(),
        config, job.rule.name, None, str(script.parent),
    )  # fmt: skip
    runpy.run_path(str(script), init_globals={"snakemake": given}, run_name="__main__")
