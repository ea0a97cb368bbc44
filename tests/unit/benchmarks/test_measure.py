"""What a command costs is seen, with what its children take."""

import sys
from pathlib import Path

import pytest
from benchmarks.measure import run

CHILD = "import time; block = bytearray(200 * 2**20); time.sleep(1.5)"


def test_the_memory_of_children_counts(tmp_path: Path) -> None:
    two = (
        f"import subprocess, sys\nboth = [subprocess.Popen([sys.executable, '-c', {CHILD!r}]) for _ in 'ab']\n"
        "for one in both: one.wait()"
    )
    used = run([sys.executable, "-c", two], tmp_path, tmp_path / "log")
    assert 200 < used.largest < 350
    assert used.together > 400
    assert used.wall > 1.4 and 0 < used.cpu < used.wall * 2


def test_a_command_that_fails_is_told_with_what_it_said(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="no luck"):
        run([sys.executable, "-c", "raise SystemExit('no luck')"], tmp_path, tmp_path / "log")
