"""The command line: `spendscape inspect`, `why`, `job`, `explain` and `monitor`."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import shtab

from spendscape import __version__
from spendscape.core.errors import DataError, nearest

TAXONOMY = Path(__file__).parent / "taxonomy"

EXAMPLES = """\
examples:
  spendscape inspect 2023.csv 2024.csv > my.yaml
  spendscape why model --configfile my.yaml
  spendscape job simulate_transactions --wildcard year=2019
  spendscape explain results C0000438
  spendscape --print-completion bash > ~/.local/share/bash-completion/completions/spendscape
"""
INSPECT = """\
Propose the config that reads an export, with a reason for every key, and try it: what it would
accept, quarantine and exclude stands below it as comments. Nothing is written but the text printed.
"""
WHY = """\
Say in words what Snakemake would run, and why: which config key, whose code, which file. All
arguments are Snakemake's own targets and options, targets first.

examples:
  spendscape why
  spendscape why segments --configfile my.yaml --config seed=21
"""
JOB = """\
Run the script of one rule in this process, so that breakpoint() or a debugger can stop in it.
What it prints stays on the terminal. Its inputs must be there; its outputs are written as in a run,
but Snakemake keeps no record of how they were made. Targets come before the options.

examples:
  spendscape job simulate_transactions --wildcard year=2019
  spendscape job card --wildcard customer=C000001 --configfile my.yaml
  python -m pdb -c continue -m spendscape job train     (stops where the script fails)
"""
EXPLAIN = """\
Say in words why a customer has its segment, how sure that is, which classes and which step decided, what would
change it, and where it is heading. RUN is a results folder; nothing is computed but what it holds.

examples:
  spendscape explain results C0000438
  spendscape explain results C0000438 --json
  spendscape explain results C0000438 --html why.html
"""

MONITOR = """\
Say which checks of the target `monitor` are alarms. The exit status is 0 without an alarm, 1 with one, and 2 where
there is nothing to read. RUN is the results folder of the new period.

examples:
  spendscape monitor results/new || mail -s drift analysts
"""


class Parser(argparse.ArgumentParser):
    """A parser that names the nearest command for one that there is not."""

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        if action.choices is not None and value not in action.choices:
            names = [str(choice) for choice in action.choices]
            near = nearest(str(value), names, "did you mean {!r}?")
            self.error(f"unknown command {value!r}; {near or 'one of ' + ', '.join(names)}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit status."""
    try:
        status = _run(arguments)
        sys.stdout.flush()
    except BrokenPipeError:
        # Who read the output, such as `head`, has enough of it. Python would write the rest on its way out.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 1
    return status


def _run(arguments: Sequence[str] | None) -> int:
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given[:1] == ["why"] and not {"-h", "--help"} & set(given):
        # Snakemake's own options, which argparse would take for unknown ones.
        from spendscape.commands.why import why

        return why(given[1:])
    options = parser().parse_args(given)
    try:
        if options.command == "inspect":
            _inspect(options)
        elif options.command == "explain":
            _explain(options)
        elif options.command == "monitor":
            return _monitor(options)
        else:
            _job(options)
    except (DataError, FileNotFoundError) as error:
        print(f"spendscape {options.command}: {error}", file=sys.stderr)
        # A monitor's 1 is an alarm.
        return 2 if options.command == "monitor" else 1
    return 0


def parser() -> argparse.ArgumentParser:
    """The commands and their options."""
    made = Parser(
        prog="spendscape",
        description="From raw bank transactions to explained micro-segments. The runs themselves are Snakemake's.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    shtab.add_argument_to(made, help="print what lets a shell complete this command, and exit")
    commands = made.add_subparsers(dest="command", required=True, metavar="COMMAND")
    inspect = _command(commands, "inspect", "propose the config that reads an export", INSPECT)
    _completed(inspect.add_argument("files", nargs="+", type=Path, metavar="FILE"))
    _completed(
        inspect.add_argument(
            "--taxonomy",
            type=Path,
            default=TAXONOMY / "classes.csv",
            metavar="FILE",
            help="table whose column class lists the classes (default: the one of config/taxonomy)",
        )
    )
    why = _command(commands, "why", "say in words what would run, and why", WHY)
    why.add_argument(
        "arguments", nargs="*", metavar="ARGUMENT", help="target or option of Snakemake"
    )
    _add_job_options(
        _command(commands, "job", "run one rule's script in this process, for a debugger", JOB)
    )
    _add_explain_options(
        _command(commands, "explain", "say why a customer has its segment", EXPLAIN)
    )
    monitor = _command(commands, "monitor", "say which checks of a new period are alarms", MONITOR)
    folder = monitor.add_argument("run", type=Path, metavar="RUN", help="a results folder")
    folder.complete = shtab.DIRECTORY  # type: ignore[attr-defined]
    return made


def _add_explain_options(explain: argparse.ArgumentParser) -> None:
    folder = explain.add_argument("run", type=Path, metavar="RUN", help="a results folder")
    folder.complete = shtab.DIRECTORY  # type: ignore[attr-defined]
    explain.add_argument("customer", metavar="CUSTOMER", help="an id as it is in the data")
    form = explain.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="every number, as JSON")
    _completed(
        form.add_argument("--html", type=Path, metavar="FILE", help="write a page instead of text")
    )


def _add_job_options(job: argparse.ArgumentParser) -> None:
    job.add_argument("rule", metavar="RULE", help="name of the rule")
    _completed(
        job.add_argument(
            "targets",
            nargs="*",
            metavar="TARGET",
            help="file or rule that the job is planned for (default: its own output)",
        )
    )
    job.add_argument(
        "--wildcard",
        nargs="+",
        action="extend",
        default=[],
        metavar="NAME=VALUE",
        help="value of a wildcard in the rule's outputs",
    )
    _completed(
        job.add_argument(
            "--configfile",
            nargs="+",
            action="extend",
            type=Path,
            default=[],
            metavar="FILE",
            help="config files, as for Snakemake",
        )
    )
    job.add_argument(
        "--config",
        nargs="+",
        action="extend",
        default=[],
        metavar="KEY=VALUE",
        help="keys of the config, as for Snakemake",
    )
    _completed(
        job.add_argument(
            "--snakefile", type=Path, metavar="FILE", help="(default: the one of this folder)"
        )
    )


def _command(commands: Any, name: str, summary: str, text: str) -> argparse.ArgumentParser:
    description, _, examples = text.partition("\nexamples:")
    made: argparse.ArgumentParser = commands.add_parser(
        name,
        help=summary,
        description=description,
        epilog=f"examples:{examples}" if examples else None,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    return made


def _completed(action: argparse.Action) -> None:
    """Let shells complete an argument by the names of files."""
    action.complete = shtab.FILE  # type: ignore[attr-defined]


def _inspect(options: argparse.Namespace) -> None:
    from spendscape.commands.inspect import inspect

    codes = TAXONOMY / "merchant_category_codes.csv"
    print(inspect(options.files, options.taxonomy, codes), end="")


def _explain(options: argparse.Namespace) -> None:
    from spendscape.commands.explain import explain

    found = explain(options.run, options.customer)
    if options.html:
        options.html.write_text(found.html(), encoding="utf-8")
    else:
        print(found.json() if options.json else found)


def _monitor(options: argparse.Namespace) -> int:
    from spendscape.commands.monitor import monitor

    text, alarm = monitor(options.run)
    print(text, end="")
    return int(alarm)


def _job(options: argparse.Namespace) -> None:
    from spendscape.commands.job import Choice, run_job

    wildcards = {}
    for text in options.wildcard:
        name, equals, value = text.partition("=")
        if not equals:
            raise DataError(f"--wildcard: {text!r} was given; expected such as year=2019")
        wildcards[name] = value
    run_job(
        Choice(
            options.rule,
            wildcards,
            options.targets,
            options.configfile,
            options.config,
            options.snakefile,
        )
    )


if __name__ == "__main__":
    sys.exit(main())
