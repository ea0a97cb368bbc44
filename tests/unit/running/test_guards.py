"""A killed run's lock goes when its process is dead, and only then; files from the future are named."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from spendscape.running import guards

Noted = subprocess.Popen[str]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "locks").mkdir()
    (tmp_path / "locks/0.output.lock").write_text("results/a\n")
    return tmp_path


@pytest.fixture
def other(folder: Path) -> Iterator[Noted]:
    """Another process that has noted itself."""
    code = f"""
import sys, pathlib
sys.path = {sys.path!r}
from spendscape.running import guards
guards.note_run(pathlib.Path({str(folder)!r}))
print('noted', flush=True)
sys.stdin.read()
"""
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout and process.stdout.readline() == "noted\n"
    yield process
    process.kill()
    process.communicate()


def notes(folder: Path) -> list[Path]:
    return list((folder / guards.RUNS).glob("*"))


def test_a_lock_without_a_note_stays(folder: Path) -> None:
    assert not guards.release_locks(folder) and (folder / "locks").is_dir()


def test_a_living_run_keeps_its_lock(folder: Path, other: Noted) -> None:
    assert not guards.release_locks(folder) and (folder / "locks").is_dir()
    assert len(notes(folder)) == 1


def test_a_killed_run_loses_it(folder: Path, other: Noted) -> None:
    other.kill()
    # Dead, but a zombie until somebody asks for its exit code.
    os.waitid(os.P_PID, other.pid, os.WEXITED | os.WNOWAIT)
    assert guards.release_locks(folder) and not (folder / "locks").exists()
    assert notes(folder) == []


def test_a_run_that_ends_takes_its_note_along(folder: Path, other: Noted) -> None:
    other.communicate("")
    assert other.returncode == 0 and notes(folder) == []
    assert not guards.release_locks(folder) and (folder / "locks").is_dir()


def test_one_that_lives_keeps_the_locks_of_all(folder: Path, other: Noted) -> None:
    (folder / guards.RUNS / "dead.json").write_text(
        notes(folder)[0].read_text().replace('"started": "', '"started": "9')
    )
    assert not guards.release_locks(folder) and (folder / "locks").is_dir()
    assert len(notes(folder)) == 1


def test_our_own_note_is_no_hindrance(folder: Path, other: Noted) -> None:
    guards.note_run(folder)
    other.kill()
    other.wait()
    assert guards.release_locks(folder) and len(notes(folder)) == 1


def test_what_another_host_has_noted_stays(folder: Path, other: Noted) -> None:
    [path] = notes(folder)
    run = json.loads(path.read_text())
    other.kill()
    other.wait()
    path.write_text(json.dumps(run | {"host": "elsewhere"}))
    assert not guards.release_locks(folder) and (folder / "locks").is_dir()


def test_files_of_the_past_are_no_matter(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.touch()
    assert guards.files_ahead([str(path), str(tmp_path / "missing")], path.stat().st_mtime) is None
    assert guards.files_ahead([str(path)], path.stat().st_mtime - guards.TOLERANCE) is None


def test_the_farthest_is_named_and_the_others_are_counted(tmp_path: Path) -> None:
    for name, seconds in [("a", 1000), ("b", 1300), ("c", 1061), ("d", 1060)]:
        (tmp_path / name).touch()
        os.utime(tmp_path / name, (seconds, seconds))
    told = guards.files_ahead([str(tmp_path / name) for name in "abcd"], 1000)
    assert told and told.count("\n") == 1
    assert f"{str(tmp_path / 'b')!r} is dated" in told
    assert "300 s ahead of this machine's clock (in all 2 files are)" in told
    assert f"find {tmp_path} -newermt now -exec touch {{}} +" in told


def test_a_file_in_the_place_of_a_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    assert guards.no_folder("results", str(tmp_path)) is None
    assert guards.no_folder("results", str(tmp_path / "new/b")) is None
    for name in ("a", "a/b", "a/b/c"):
        told = guards.no_folder("results", str(tmp_path / name)) or ""
        assert told.startswith(f"results: {str(tmp_path / name)!r} was given")
        assert f"{str(tmp_path / 'a')!r} is a file" in told
