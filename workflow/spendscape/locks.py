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
    own = runs / f"{socket.gethostname()}-{os.getpid()}.json"
    partial = own.with_suffix(".partial")
    partial.write_text(json.dumps({"host": socket.gethostname(), "process": os.getpid()}))
    partial.replace(own)
    atexit.register(own.unlink, missing_ok=True)


def release(folder: Path) -> bool:
    """Remove the locks in Snakemake's folder if all who could hold them are dead; whether it did."""
    dead: list[Path] = []
    living: list[Path] = []
    for path in (folder / RUNS).glob("*.json"):
        run = json.loads(path.read_text())
        here = run["host"] == socket.gethostname()
        (dead if here and not _lives(run["process"]) else living).append(path)
    for path in dead:
        path.unlink(missing_ok=True)
    if not dead or living or not (folder / "locks").is_dir():
        return False
    shutil.rmtree(folder / "locks", ignore_errors=True)
    return True


def _lives(process: int) -> bool:
    """Whether the process is there and is still a Snakemake: numbers are used again."""
    try:
        found = psutil.Process(process)
        return found.status() != psutil.STATUS_ZOMBIE and any(
            "snakemake" in word for word in found.cmdline()
        )
    except psutil.NoSuchProcess:
        return False
    except psutil.AccessDenied:
        return True
