"""What the workflow itself costs: python benchmarks/workflow.py [--config my.yaml] [check] [shards] [stages].

check   seconds until a finished run says that there is nothing to be done
shards  seconds of a dry run with 1,000 files in 1,000 shards
stages  a run's wall time, beside the sum of its scripts' seconds when one Python process runs them all in
        turn, where each may use every core and nothing is imported twice
"""

import argparse
import os
import resource
import runpy
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests")]

from small_run import SMALL  # noqa: E402

SHARDS = 1000
COMMAND = [sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile")]
CORES = "2"


def processor() -> float:
    """Seconds that the processes which have ended were computing."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def seconds(*arguments: str, cwd: Path) -> tuple[float, float]:
    """What a Snakemake takes from its start to its end, and what of it is computing."""
    began, computed = time.monotonic(), processor()
    command = [*COMMAND, *arguments, "--cores", CORES, "--configfile", "config.yaml"]
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stdout + done.stderr)
    return time.monotonic() - began, processor() - computed


def shards(folder: Path) -> tuple[float, float]:
    """A dry run over files that a job each reads."""
    (folder / "raw").mkdir(parents=True)
    for number in range(SHARDS):
        row = f"c{number},2024-01-31,food,1.00\n"
        (folder / f"raw/{number:04}.csv").write_text("customer_id,booked,class,amount\n" + row)
    (folder / "config.yaml").write_text(
        f"source: files\ningest: {{folder: raw, files: ['*.csv'], shards: {SHARDS}, taxonomy: null}}\n"
    )
    return seconds("--dry-run", "--quiet", cwd=folder)


def one_process(folder: Path) -> None:
    """Run the workflow in this process, one script after the other, and print their seconds."""
    from snakemake import cli
    from snakemake.script import PythonScript, Snakemake

    took: dict[str, float] = {}

    def evaluate(script: Any, edit: bool = False) -> None:
        given = Snakemake(
            *(script.input, script.output, script.params, script.wildcards, script.threads),
            *(script.resources, script.log, script.config, script.rulename),
            *(script.bench_iteration, str(ROOT / "workflow/scripts")),
        )
        room, name = Path(script.path.get_path_or_uri(secret_free=True)).parts[-2:]
        terminal = [os.dup(1), os.dup(2)]
        began = time.monotonic()
        try:
            path = ROOT / "workflow/scripts" / room / name
            # Under this name, because there `job` looks for what Snakemake gives a script.
            runpy.run_path(str(path), {"snakemake": given}, "__main__")
        finally:
            # A script sends both to its log.
            os.dup2(terminal[0], 1)
            os.dup2(terminal[1], 2)
        if script.bench_record:
            script.bench_record.running_time = time.monotonic() - began
        took[script.rulename] = took.get(script.rulename, 0.0) + time.monotonic() - began

    PythonScript.evaluate = evaluate
    sys.path.insert(0, str(ROOT / "workflow"))
    os.chdir(folder)
    alone = ["--default-resources", "alone=1", "--resources", "alone=1"]
    arguments = ["--snakefile", str(ROOT / "Snakefile"), "--configfile", "config.yaml"]
    try:
        cli.main([*arguments, "--cores", CORES, "--quiet", "all", *alone])
    except SystemExit as end:
        if end.code:
            raise
    for rule, spent in sorted(took.items(), key=lambda item: -item[1])[:8]:
        print(f"  {rule}: {spent:.1f} s")
    print(f"sum {sum(took.values()):.2f}")


def stages(folder: Path, config: str) -> tuple[float, float]:
    """Wall time of a run, and the sum of its scripts' seconds in one process."""
    for name in ("apart", "together"):
        (folder / name).mkdir()
        (folder / name / "config.yaml").write_text(config)
    wall, _ = seconds(cwd=folder / "apart")
    command = [sys.executable, __file__, "--inside", str(folder / "together")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stdout + done.stderr)
    *slowest, last = done.stdout.strip().splitlines()
    print("\n".join(line for line in slowest if line.startswith("  ")))
    return wall, float(last.split()[1])


def main() -> None:
    """Measure and print what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", nargs="*", default=["check", "shards", "stages"])
    parser.add_argument(
        "--config", type=Path, help="config of the runs; 600 customers if not given"
    )
    parser.add_argument("--inside", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.inside:
        one_process(options.inside)
        return
    config = options.config.read_text() if options.config else SMALL
    print(f"load {os.getloadavg()[0]:.1f}, {os.cpu_count()} cores")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if "shards" in options.what:
            wall, used = shards(folder / "shards")
            print(f"dry run with {SHARDS} shards: {wall:.1f} s (asked: 10), processor {used:.1f} s")
        if "stages" in options.what:
            wall, alone = stages(folder, config)
            print(
                f"run {wall:.1f} s, its scripts in one process {alone:.1f} s: {wall / alone:.2f} times (asked: 1.5)"
            )
        if "check" in options.what:
            run = folder / "apart"
            if not run.is_dir():
                run.mkdir()
                (run / "config.yaml").write_text(config)
                seconds(cwd=run)
            wall, used = min(seconds(cwd=run) for _ in range(3))
            print(f"nothing to be done: {wall:.1f} s (asked: 4), processor {used:.1f} s")


if __name__ == "__main__":
    main()
