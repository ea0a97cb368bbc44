"""What a command costs is seen, with what its children take."""

import subprocess
import sys
from pathlib import Path

import pytest
from benchmarks.measure import run

ROOT = Path(__file__).parents[3]
CHILD = "import time; block = bytearray(200 * 2**20); time.sleep(1.5)"


def test_the_memory_of_children_counts(tmp_path: Path) -> None:
    two = (
        f"import subprocess, sys\nboth = [subprocess.Popen([sys.executable, '-c', {CHILD!r}]) for _ in 'ab']\n"
        "for one in both: one.wait()"
    )
    # From a small process, because the most memory of a child counts what its parent had when it forked.
    measured = (
        "import sys; from pathlib import Path; from benchmarks import measure; measure.EVERY = .5; "
        f"print(*vars(measure.run([sys.executable, '-c', {two!r}], Path('.'), Path(sys.argv[1]))).values())"
    )
    done = subprocess.run(
        [sys.executable, "-c", measured, str(tmp_path / "log")],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    wall, cpu, largest, together = map(float, done.stdout.split())
    assert 200 < largest < 350
    assert together > 400
    assert wall > 1.4 and 0 < cpu < wall * 2


def test_a_command_that_fails_is_told_with_what_it_said(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="no luck"):
        run([sys.executable, "-c", "raise SystemExit('no luck')"], tmp_path, tmp_path / "log")
