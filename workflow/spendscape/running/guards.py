"""What is looked at before a run begins: locks that a killed run has left, files from the future, and the results folder.

Snakemake's lock names files and not who locked them, so that after a `kill -9` or a power cut it asks
for `--unlock`. Here each run leaves a note of its process, and the next run on the same host looks
whether that process still lives. Notes of another host are left alone: nobody can know from here.
"""

import atexit
import json
import os
import shlex
import shutil
import socket
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

import psutil

RUNS = "spendscape_runs"
# The clocks of one network differ by less, and a run that starts later finds such files in its past.
TOLERANCE = 60.0


def note_run(folder: Path) -> None:
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


def release_locks(folder: Path) -> bool:
    """Remove the locks in Snakemake's folder when every other run that left a note there is dead.

    Returns whether it removed any.
    """
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
    """When a living process began, because process numbers are used again.

    In ticks since boot where there is /proc, because a clock may be set meanwhile.
    """
    try:
        if psutil.Process(process).status() == psutil.STATUS_ZOMBIE:
            return None
        stat = Path(f"/proc/{process}/stat")
        if stat.exists():
            return stat.read_text().rpartition(")")[2].split()[19]
        return str(psutil.Process(process).create_time())
    except (psutil.NoSuchProcess, OSError):
        return None


def no_folder(key: str, path: str) -> str | None:
    """What to tell the user about a folder that cannot be made, because there is a file where it or one above it would be.

    Parameters
    ----------
    key : the config's key that names the folder
    """
    for part in (Path(path), *Path(path).parents):
        if part.exists() and not part.is_dir():
            return f"{key}: {path!r} was given, but {str(part)!r} is a file; expected a folder, which is made where there is none"
    return None


def files_ahead(paths: Iterable[str], now: float) -> str | None:
    """What to tell the user about files that are dated later than now, or nothing without such files.

    What is made of them would look older than they are.

    Parameters
    ----------
    paths : names of files; those that do not exist are passed over
    now : this machine's time, seconds since 1970

    Returns
    -------
    str or None
        Two lines: the file that is farthest ahead with the number of all that are, and what to do.
    """
    dated = sorted((os.path.getmtime(path), path) for path in set(paths) if os.path.exists(path))
    found = [(time, path) for time, path in dated if time > now + TOLERANCE]
    if not found:
        return None
    time, path = found[-1]
    folders = shlex.join(sorted({os.path.dirname(path) or "." for _, path in found}))
    others = f" (in all {len(found)} files are)" if found[1:] else ""
    return (
        f"{path!r} is dated {datetime.fromtimestamp(time):%Y-%m-%d %H:%M:%S}, {time - now:.0f} s ahead of this "
        f"machine's clock{others}: what is made of it would look older than it.\n"
        f"Set the clock if it is late. If it is right: find {folders} -newermt now "
        f"-exec touch {{}} + (contents are compared, so that a touch alone reruns nothing)"
    )
