"""Scripts run by forks of a warm process: exit codes, what they share, and what ends when a run is killed."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from spendscape.running import warm_starts
from spendscape.running.warm_starts import Started, Warm


@pytest.fixture
def warm(monkeypatch: pytest.MonkeyPatch) -> Iterator[Warm]:
    """With a small module in TensorFlow's place."""
    monkeypatch.setattr(warm_starts, "TENSORFLOW", "colorsys")
    monkeypatch.setitem(warm_starts.INSIDE, "colorsys", ["colorsys"])
    warm = Warm([{"spendscape.core.errors": ""}, {"colorsys": ""}])
    yield warm
    warm.end()


def started(warm: Warm, folder: Path, text: str, *uses: str) -> Started:
    script = folder / "script.py"
    script.write_text(text)
    environment = {"OUTPUT": str(folder / "output"), "HOME": "/home"}
    job = warm.start(str(script), set(uses), environment)
    assert job is not None
    return job


WRITE = "import os, sys; open(os.environ['OUTPUT'], 'w').write(str({}))"


@pytest.mark.parametrize(
    "uses, loaded", [("numpy", "[True, False]"), ("colorsys", "[False, True]")]
)
def test_a_script_finds_its_modules_imported(
    warm: Warm, tmp_path: Path, uses: str, loaded: str
) -> None:
    names = "[name in sys.modules for name in ('spendscape.core.errors', 'colorsys')]"
    found, end = "", time.monotonic() + 60
    # The first may come before all is imported.
    while found != loaded and time.monotonic() < end:
        assert started(warm, tmp_path, WRITE.format(names), uses).run() == 0
        found = (tmp_path / "output").read_text()
    assert found == loaded


def test_scripts_share_nothing_but_modules(warm: Warm, tmp_path: Path) -> None:
    leave = "import os, sys; os.environ['LEFT'] = sys.left = 'x'; os.chdir('/'); left = 1"
    assert started(warm, tmp_path, leave).run() == 0
    seen = "(sorted(os.environ), hasattr(sys, 'left'), os.getcwd(), 'left' in globals(), sys.argv)"
    assert started(warm, tmp_path, WRITE.format(seen)).run() == 0
    expected = (["HOME", "OUTPUT"], False, os.getcwd(), False, [str(tmp_path / "script.py")])
    assert (tmp_path / "output").read_text() == str(expected)


@pytest.mark.parametrize(
    "text, code",
    [
        ("import sys; sys.exit(3)", 3),
        ("import sys; sys.exit('no')", 1),
        ("import sys; sys.exit()", 0),
        ("1 / 0", 1),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", -signal.SIGKILL),
    ],
)
def test_exit_codes(warm: Warm, tmp_path: Path, text: str, code: int) -> None:
    assert started(warm, tmp_path, text).run() == code


def test_a_script_waits_to_be_measured(warm: Warm, tmp_path: Path) -> None:
    job = started(warm, tmp_path, WRITE.format("1"))
    assert psutil.Process(job.process).is_running() and not (tmp_path / "output").exists()
    assert job.run() == 0 and (tmp_path / "output").exists()


def test_without_a_warm_process_nothing_is_started(warm: Warm, tmp_path: Path) -> None:
    warm._process.kill()
    warm._process.wait()
    assert warm.start(str(tmp_path / "script.py"), set(), {}) is None


def test_all_ends_with_a_killed_run(tmp_path: Path) -> None:
    text = (
        "import time\nfrom spendscape.running import warm_starts\nwarm_starts.TENSORFLOW = 'colorsys'\n"
        "warm = warm_starts.Warm([{'spendscape.core.errors': ''}, {'colorsys': ''}])\n"
        "print(warm._process.pid, flush=True)\ntime.sleep(60)"
    )
    run = subprocess.Popen([sys.executable, "-c", text], stdout=subprocess.PIPE, text=True)
    assert run.stdout
    warm = psutil.Process(int(run.stdout.readline()))
    run.kill()
    end = time.monotonic() + 60
    while warm.is_running() and warm.status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < end
        time.sleep(0.05)
    run.wait()
    run.stdout.close()
