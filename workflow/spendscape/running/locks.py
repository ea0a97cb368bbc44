"""Locks of Snakemake that a killed run has left: removed when it is certain that nobody holds them.

Snakemake's lock names files, not who locked them, so that after a `kill -9` or a power cut it asks
for `--unlock`. Here each run leaves a note of its process, and the next one on the same host looks
whether that still lives. What another host has noted is left alone: nobody can know from here.
"""

import atexit
import json
import os
import shutil
import socket
from pathlib import Path

import psutil

RUNS = "spendscape_runs"


def note(folder: Path) -> None:
    """Note in Snakemake's folder (`.snakemake`) that this process runs, until it ends."""
    runs = folder / RUNS
    runs.mkdir(parents=True, exist_ok=True)
    process = os.getpid()
    own = runs.absolute() / f"{socket.gethostname()}-{process}.json"
    partial = own.with_suffix(".partial")
    values = {"host": socket.gethostname(), "process": process, "started": _started(process)}
    partial.write_text(json.dumps(values))
    partial.replace(own)
    atexit.register(own.unlink, missing_ok=True)


def release(folder: Path) -> bool:
    """Remove the locks in Snakemake's folder if all who noted a run there, but us, are dead; whether it did."""
    dead: list[Path] = []
    living: list[Path] = []
    for path in (folder / RUNS).glob("*.json"):
        try:
            run = json.loads(path.read_text())
        except FileNotFoundError:
            continue
        here = run["host"] == socket.gethostname()
        if not here or _started(run["process"]) == run["started"]:
            if not (here and run["process"] == os.getpid()):
                living.append(path)
        else:
            dead.append(path)
    for path in dead:
        path.unlink(missing_ok=True)
    if not dead or living or not (folder / "locks").is_dir():
        return False
    shutil.rmtree(folder / "locks", ignore_errors=True)
    return True


def _started(process: int) -> str | None:
    """When a living process began: numbers are used again. In ticks since boot where there is /proc, as clocks are set."""
    try:
        if psutil.Process(process).status() == psutil.STATUS_ZOMBIE:
            return None
        stat = Path(f"/proc/{process}/stat")
        if stat.exists():
            return stat.read_text().rpartition(")")[2].split()[19]
        return str(psutil.Process(process).create_time())
    except (psutil.NoSuchProcess, OSError):
        return None
