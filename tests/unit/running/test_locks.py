"""A killed run's lock goes when its process is dead, and only then."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from spendscape.running import locks


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "locks").mkdir()
    (tmp_path / "locks/0.output.lock").write_text("results/a\n")
    return tmp_path


@pytest.fixture
def other(folder: Path):
    """Another process that has noted itself."""
    code = f"import sys, pathlib; sys.path = {sys.path!r}\nfrom spendscape.running import locks\nlocks.note(pathlib.Path({str(folder)!r}))\nprint('noted', flush=True)\nsys.stdin.read()"
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout and process.stdout.readline() == "noted\n"
    yield process
    process.kill()
    process.communicate()


def notes(folder: Path) -> list[Path]:
    return list((folder / locks.RUNS).glob("*"))


def test_a_lock_without_a_note_stays(folder):
    assert not locks.release(folder) and (folder / "locks").is_dir()


def test_a_living_run_keeps_its_lock(folder, other):
    assert not locks.release(folder) and (folder / "locks").is_dir()
    assert len(notes(folder)) == 1


def test_a_killed_run_loses_it(folder, other):
    other.kill()
    # Dead, but a zombie until somebody asks for its exit code.
    os.waitid(os.P_PID, other.pid, os.WEXITED | os.WNOWAIT)
    assert locks.release(folder) and not (folder / "locks").exists()
    assert notes(folder) == []


def test_a_run_that_ends_takes_its_note_along(folder, other):
    other.communicate("")
    assert other.returncode == 0 and notes(folder) == []
    assert not locks.release(folder) and (folder / "locks").is_dir()


def test_one_that_lives_keeps_the_locks_of_all(folder, other):
    (folder / locks.RUNS / "dead.json").write_text(
        notes(folder)[0].read_text().replace('"started": "', '"started": "9')
    )
    assert not locks.release(folder) and (folder / "locks").is_dir()
    assert len(notes(folder)) == 1


def test_our_own_note_is_no_hindrance(folder, other):
    locks.note(folder)
    other.kill()
    other.wait()
    assert locks.release(folder) and len(notes(folder)) == 1


def test_what_another_host_has_noted_stays(folder, other):
    [path] = notes(folder)
    run = json.loads(path.read_text())
    other.kill()
    other.wait()
    path.write_text(json.dumps(run | {"host": "elsewhere"}))
    assert not locks.release(folder) and (folder / "locks").is_dir()
