"""Say in words what would run, and why: `make why`, with Snakemake's own targets and options."""

import contextlib
import io
import logging
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from snakemake import cli

from spendscape.running.rerun_reasons import follows, words


class Planned(logging.Handler):
    """Keeps what Snakemake says of each job that it would run."""

    def __init__(self) -> None:
        super().__init__()
        self.jobs: dict[str, tuple[str, str]] = {}

    def emit(self, record: logging.LogRecord) -> None:
        if str(getattr(record, "event", "")) == "job_info" and getattr(record, "rule_msg", None):
            name = " ".join([record.rule_name, *map(str, record.wildcards.values())])
            self.jobs[name] = (record.rule_msg, record.reason)


def main(arguments: list[str]) -> int:
    """Print the plan; Snakemake's exit code."""
    planned, said = Planned(), io.StringIO()
    # Not on `snakemake.logging`, whose handlers Snakemake clears.
    logging.getLogger("snakemake").addHandler(planned)
    try:
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            cli.main([*arguments, "--dry-run"])
    except SystemExit as end:
        if end.code:
            print(said.getvalue(), file=sys.stderr)
            return 1
    if not planned.jobs:
        print("Nothing would run: everything that was asked for is there and up to date.")
        return 0
    behind = []
    for name, (message, reason) in planned.jobs.items():
        if follows(reason):
            behind.append(name)
            continue
        print(f"{name}: {message}")
        print("".join(f"    {statement}\n" for statement in words(reason)), end="")
    if behind:
        print("and what follows from these: " + ", ".join(behind))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
