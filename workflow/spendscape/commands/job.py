"""`spendscape job`: one rule's script in this process, so that a debugger can stop in it.

The idea is that of `mock_snakemake` in PyPSA-Eur. Snakemake plans the job, and the script finds the
same `snakemake` as in a run, but for the log: what it prints stays on the terminal.
"""

import contextlib
import io
import os
import runpy
import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from snakemake.api import SnakemakeApi
from snakemake.cli import parse_config
from snakemake.iocontainers import Log, Snakemake
from snakemake.settings.types import (
    ConfigSettings,
    DAGSettings,
    OutputSettings,
    Quietness,
    ResourceSettings,
)

from spendscape.core.errors import DataError, nearest


@dataclass(frozen=True)
class Choice:
    """Which job is meant.

    Attributes
    ----------
    rule : name of a rule with a script
    wildcards : values of the wildcards in its outputs; they may be left out where only one job of the
        targets is of this rule
    targets : files or rules that the job is planned for; none: its own output, or the default ones
    configfiles, config : as Snakemake's options of these names
    snakefile : None for the one of this folder
    """

    rule: str
    wildcards: Mapping[str, str] = field(default_factory=dict)
    targets: Sequence[str] = ()
    configfiles: Sequence[Path] = ()
    config: Sequence[str] = ()
    snakefile: Path | None = None


def run_job(choice: Choice) -> None:
    """Run the script of one job in this process.

    Raises
    ------
    DataError
        There is no such rule or wildcard, the workflow cannot be planned, several jobs are meant, or
        an input is not there.
    """
    job, script, config = _planned(choice)
    missing = [str(path) for path in job.input if not Path(path).exists()]
    if missing:
        options = ["--snakefile", str(choice.snakefile)] if choice.snakefile else []
        options += ["--configfile", *map(str, choice.configfiles)] if choice.configfiles else []
        options += ["--config", *choice.config] if choice.config else []
        command = shlex.join(["snakemake", *missing, "--cores", "all", *options])
        raise DataError(
            f"inputs that are not there: {', '.join(missing)}; make them with: {command}"
        )
    for path in [*job.output, *job.log]:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    made = Snakemake(
        job.input, job.output, job.params, job.wildcards, job.threads, job.resources, Log(),
        config, job.rule.name, None, str(script.parent),
    )  # fmt: skip
    runpy.run_path(str(script), init_globals={"snakemake": made}, run_name="__main__")


def _planned(choice: Choice) -> tuple[Any, Path, dict[str, Any]]:
    """The job, its script and the config, as Snakemake plans them."""
    said = io.StringIO()
    settings = OutputSettings(dryrun=True, quiet={Quietness.ALL})
    try:
        config = parse_config(choice.config)
    except ValueError as error:
        raise DataError(f"--config: {error}") from None
    for path in choice.configfiles:
        if not path.is_file():
            raise DataError(f"--configfile: {str(path)!r} was given; there is no such file")
    with (
        contextlib.redirect_stdout(said),
        contextlib.redirect_stderr(said),
        SnakemakeApi(settings) as api,
    ):
        try:
            plan = api.workflow(
                resource_settings=ResourceSettings(cores=os.cpu_count()),
                config_settings=ConfigSettings(config=config, configfiles=choice.configfiles),
                snakefile=choice.snakefile,
            )
            workflow = plan._workflow
            target = _target(choice, {rule.name: rule for rule in workflow.rules})
            plan.dag(DAGSettings(targets=target)).execute_workflow(executor="dryrun")
        except DataError:
            raise
        except Exception as error:
            said.seek(0)
            said.truncate()
            api.print_exception(error)
            raise DataError(f"the workflow cannot be planned:\n{said.getvalue().strip()}") from None
        jobs = [job for job in workflow.dag.jobs if job.rule.name == choice.rule]
        job = _one(choice, jobs, workflow.get_rule(choice.rule).wildcard_names)
        # A rule of a loop finds its script by a param.
        path = job.rule.script.format(wildcards=job.wildcards, params=job.params)
        script = Path(job.rule.basedir.join(path).get_path_or_uri(secret_free=True))
        return job, script.resolve(), workflow.config


def _target(choice: Choice, rules: Mapping[str, Any]) -> frozenset[str]:
    """What to plan for, so that the job is in the plan; nothing stands for the default targets."""
    if choice.rule not in rules:
        raise DataError(f"{choice.rule!r}: no such rule{nearest(choice.rule, list(rules))}")
    rule = rules[choice.rule]
    if not rule.script:
        scripts = ", ".join(sorted(name for name, other in rules.items() if other.script))
        raise DataError(f"{choice.rule!r} is a target without a script; rules with one: {scripts}")
    names = sorted(rule.wildcard_names)
    for name in choice.wildcards:
        if name not in names:
            raise DataError(
                f"--wildcard {name}: rule {choice.rule!r} has the wildcards {', '.join(names) or 'none'}"
            )
    if choice.targets or set(names) - choice.wildcards.keys():
        return frozenset(choice.targets)
    return frozenset({str(rule.output[0].apply_wildcards(choice.wildcards))})


def _one(choice: Choice, jobs: Sequence[Any], names: Iterable[str]) -> Any:
    """The job with the wildcards of the choice."""
    fitting = [
        job
        for job in jobs
        if all(job.wildcards_dict[name] == value for name, value in choice.wildcards.items())
    ]
    if len(fitting) == 1:
        return fitting[0]
    if not fitting:
        raise DataError(
            f"{choice.rule!r}: the targets need no such job; give another target, or a --wildcard for "
            f"each of its wildcards, {', '.join(sorted(names)) or 'none'}"
        )
    known = [
        " ".join(f"--wildcard {k}={v}" for k, v in job.wildcards_dict.items()) for job in fitting
    ]
    shown = "".join(f"\n  {text}" for text in sorted(known))
    raise DataError(f"{choice.rule!r}: {len(fitting)} jobs are meant; choose one of them by{shown}")
