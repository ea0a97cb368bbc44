"""`spendscape why`: what Snakemake would run, and why, in words."""

import contextlib
import io
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

from snakemake import cli

from spendscape.running.rerun_reasons import follows, words


class Planned(logging.Handler):
    """Keeps what Snakemake says of each job that it would run: its message and its reason."""

    def __init__(self) -> None:
        super().__init__()
        self.jobs: dict[str, tuple[str, str]] = {}

    def emit(self, record: logging.LogRecord) -> None:
        """Note a record that describes a job; all others are dropped."""
        said = vars(record)
        if str(said.get("event", "")) == "job_info" and said.get("rule_msg"):
            name = " ".join([said["rule_name"], *map(str, said["wildcards"].values())])
            self.jobs[name] = (said["rule_msg"], said["reason"])


def why(arguments: Sequence[str]) -> int:
    """Print the plan for Snakemake's own targets and options; returns the exit status."""
    planned, said = Planned(), io.StringIO()
    # Not on `snakemake.logging`, whose handlers Snakemake clears.
    logging.getLogger("snakemake").addHandler(planned)
    try:
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            _, given = cli.parse_args([*arguments])
            missing = [str(path) for path in given.configfile or [] if not Path(path).is_file()]
            if not missing:
                cli.main([*arguments, "--dry-run"])
    except SystemExit as end:
        if end.code:
            # What stands before says which Snakemake and which folder, and not what is wrong.
            print(said.getvalue().rpartition("Building DAG of jobs...")[2].strip(), file=sys.stderr)
            return 1
    finally:
        logging.getLogger("snakemake").removeHandler(planned)
    if missing:
        print(
            f"spendscape why: --configfile: {missing[0]!r} was given; there is no such file",
            file=sys.stderr,
        )
        return 1
    print("\n".join(_lines(planned.jobs)))
    return 0


def _lines(jobs: dict[str, tuple[str, str]]) -> list[str]:
    if not jobs:
        return ["Nothing would run: everything that was asked for is there and up to date."]
    lines, behind = [], []
    for name, (message, reason) in jobs.items():
        if follows(reason):
            behind.append(name)
        else:
            lines.append(f"{name}: {message}")
            lines += [f"    {statement}" for statement in words(reason)]
    if behind:
        lines.append("and what follows from these: " + ", ".join(behind))
    return lines
