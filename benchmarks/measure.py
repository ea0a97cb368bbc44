"""What a command costs: wall, processor and memory of all its processes, and the machine it ran on."""

import os
import platform
import subprocess
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from time import perf_counter, sleep
from typing import Any

import psutil

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = (
    "snakemake",
    "tensorflow-cpu",
    "keras",
    "numpy",
    "pandas",
    "scikit-learn",
    "duckdb",
    "pyarrow",
)
# Looking more often would cost a run of many processes a tenth of its time.
MEGABYTE, EVERY = 2**20, 2.0


@dataclass(frozen=True)
class Usage:
    """What a command and all that it started took.

    Attributes
    ----------
    wall, cpu : seconds
    largest : the most resident memory of one of its processes, in MB
    together : the most of all of them at once, in MB, where shared pages count once; seen every two seconds
    """

    wall: float
    cpu: float
    largest: float
    together: float


def run(
    command: Sequence[str], cwd: Path, log: Path, env: Mapping[str, str] | None = None
) -> Usage:
    """Run a command, its output into `log`.

    Raises
    ------
    SystemExit
        It failed.
    """
    with log.open("ab") as output:
        begun = perf_counter()
        process = subprocess.Popen(
            command, cwd=cwd, stdout=output, stderr=output, stdin=subprocess.DEVNULL,
            env={**os.environ, **(env or {})},
        )  # fmt: skip
        peak, done = [0.0], threading.Event()
        watcher = threading.Thread(target=_watch, args=(process.pid, peak, done))
        watcher.start()
        # Also what its own children took, which it has waited for.
        _, status, used = os.wait4(process.pid, 0)
        wall = perf_counter() - begun
        process.returncode = os.waitstatus_to_exitcode(status)
        done.set()
        watcher.join()
    if status:
        tail = log.read_text(errors="replace")[-3000:]
        raise SystemExit(f"{tail}\n{' '.join(command)} failed; see {log}")
    largest = used.ru_maxrss / 1024
    return Usage(wall, used.ru_utime + used.ru_stime, largest, max(largest, peak[0]))


def _watch(pid: int, peak: list[float], done: threading.Event) -> None:
    while not done.is_set():
        total = 0.0
        try:
            root = psutil.Process(pid)
            for process in (root, *root.children(recursive=True)):
                try:
                    total += process.memory_full_info().pss / MEGABYTE
                except psutil.Error:
                    continue
        except psutil.Error:
            return
        peak[0] = max(peak[0], total)
        sleep(EVERY)


def machine() -> dict[str, Any]:
    """Where and when: processor, memory, versions, commit, load."""
    model = next(
        (
            line.split(":")[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )

    def git(*arguments: str) -> str:
        done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True)
        return done.stdout.strip()

    # What was measured before changes the docs, and that is no other program.
    changed = git("status", "--porcelain", "--", "workflow", "rules", "config", "Snakefile")
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "processor": model,
        "cores": len(os.sched_getaffinity(0)),
        "memory_gib": round(psutil.virtual_memory().total / 2**30),
        "load_before": round(os.getloadavg()[0], 1),
        "commit": git("rev-parse", "--short", "HEAD") + (", changed" if changed else ""),
        "python": platform.python_version(),
        "versions": {name: version(name) for name in PACKAGES},
    }
