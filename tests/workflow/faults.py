"""Runs that are disturbed, and how they end: `python tests/workflow/faults.py --times 50` kills that often."""

import argparse
import hashlib
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).parents[2]
TINY = """\
simulate: {customers: 300, transactions_per_year: 30}
traits: {minimum_customers: 100}
model: {epochs: 5}
ensemble: {seeds: 1, bootstrap: 5}
elbow: {units: [1, 2, 3], seeds: 1, epochs: 2}
surrogate: {bootstrap: 10}
dynamics: {bootstrap: 10, basin_customers: 20, basin_starts: 2, starts: 2}
segments: {bootstrap: 10, minimum_customers: 5}
cards: {examples: 1}
explorer: {customers: 100}
"""
# They hold times: of the run, and of the entries of Keras' zip, whose weights are in weights.json too.
TIMED = {"report.html", "model/lstm.keras"}


def command(*arguments: str) -> list[str]:
    """What a user types."""
    return [
        *(sys.executable, "-m", "snakemake", *arguments, "--cores", "2"),
        *("--snakefile", str(ROOT / "Snakefile"), "--configfile", "tiny.yaml"),
    ]


def start(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    """Snakemake in a process group of its own, so that it can be killed with all its jobs."""
    with (folder / "run.log").open("a") as log:
        return subprocess.Popen(
            command(*arguments),
            cwd=folder,
            stdout=log,
            stderr=log,
            text=True,
            start_new_session=True,
        )


def finish(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The same command to its end."""
    return subprocess.run(
        command(*arguments), cwd=folder, capture_output=True, text=True, timeout=900
    )


def contents(results: Path) -> dict[str, str]:
    """A digest of every result whose bytes are promised."""
    found = {}
    for path in results.rglob("*"):
        name = path.relative_to(results).as_posix()
        # A job that outlives its Snakemake removes files of its own.
        with suppress(FileNotFoundError):
            if path.is_file() and name.split("/")[0] not in ("logs", "benchmarks"):
                found[name] = hashlib.sha256(path.read_bytes()).hexdigest()
    return {name: "" if name in TIMED else digest for name, digest in found.items()}


def kill(process: subprocess.Popen[str], everything: bool = True) -> None:
    """Kill -9: the whole group, or Snakemake alone, whose jobs live on."""
    if everything:
        os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
    process.wait()


def broken(folder: Path, expected: dict[str, str]) -> list[str]:
    """The results that are there and are not what an undisturbed run gives; unknown names are not whole yet."""
    found = contents(folder / "results")
    return sorted(name for name in found if found[name] != expected.get(name, found[name]))


def kills(
    folder: Path, times: int, chance: random.Random, expected: dict[str, str], longest: float = 14
) -> int:
    """Run with a kill after every few seconds until it is done or was killed `times`; how often it was.

    After each kill whatever stands under the name of a result has to be whole.
    """
    for count in range(times):
        process = start(folder)
        try:
            process.wait(timeout=chance.uniform(1.5, longest))
        except subprocess.TimeoutExpired:
            kill(process, everything=chance.random() < 0.7)
            assert not broken(folder, expected), broken(folder, expected)
            continue
        return count
    return times


def main() -> None:
    """Kill runs until `--times` is reached; each run that ends is compared with an undisturbed one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--longest", type=float, default=40, help="seconds from start to kill")
    options = parser.parse_args()
    chance = random.Random(options.seed)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)

        def fresh(number: int) -> Path:
            run = folder / str(number)
            run.mkdir()
            (run / "tiny.yaml").write_text(TINY)
            return run

        undisturbed = fresh(0)
        finish(undisturbed).check_returncode()
        expected = contents(undisturbed / "results")
        killed, runs, equal, began = 0, 0, 0, time.monotonic()
        while killed < options.times:
            runs += 1
            run = fresh(runs)
            killed += kills(run, options.times - killed, chance, expected, options.longest)
            done = finish(run)
            found = contents(run / "results")
            same = done.returncode == 0 and found == expected
            equal += same
            wrong = sorted(n for n in found.keys() | expected if found.get(n) != expected.get(n))
            print(f"run {runs}: {killed} kills so far, {'equal' if same else wrong}", flush=True)
            if not same:
                print(done.stdout[-3000:] + done.stderr[-3000:])
    print(f"{killed} kills, {equal} of {runs} runs equal, {time.monotonic() - began:.0f} s")
    sys.exit(equal != runs)


if __name__ == "__main__":
    main()
