"""Whatever disturbs a run, the same command afterwards ends it, with an undisturbed run's results."""

import os
import random
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import faults
import pytest

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("undisturbed")
    (folder / "tiny.yaml").write_text(faults.TINY)
    done = faults.finish(folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture
def copy(undisturbed: Path, tmp_path: Path) -> Path:
    """A finished run, to disturb."""
    # As deep as the first: seen from elsewhere the captions have other names, and the report is made anew.
    folder = undisturbed.with_name(f"copy_{tmp_path.name}")
    shutil.copytree(undisturbed, folder)
    return folder


def same(folder: Path, undisturbed: Path) -> None:
    """The results are an undisturbed run's, and nothing half-written lies about."""
    found, expected = (faults.contents(f / "results") for f in (folder, undisturbed))
    assert found.keys() == expected.keys()
    assert [name for name in expected if found[name] != expected[name]] == []


def wait_for(what: Callable[[], bool]) -> None:
    """Until something holds."""
    end = time.monotonic() + 120
    while not what():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.1)


def recovers(folder: Path, undisturbed: Path) -> None:
    """The same command again ends the run."""
    done = faults.finish(folder)
    assert done.returncode == 0, done.stdout + done.stderr
    same(folder, undisturbed)


def test_kills_at_random_moments(tmp_path: Path, undisturbed: Path) -> None:
    (tmp_path / "tiny.yaml").write_text(faults.TINY)
    expected = faults.contents(undisturbed / "results")
    faults.kills(tmp_path, 4, random.Random(2), expected)
    recovers(tmp_path, undisturbed)


def test_jobs_that_outlive_their_snakemake_do_no_harm(copy: Path, undisturbed: Path) -> None:
    for path in (copy / "results/model").glob("elbow*"):
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    process = faults.start(copy)
    wait_for(lambda: any((copy / ".snakemake/scripts").glob("tmp*elbow.py")))
    faults.kill(process, everything=False)
    recovers(copy, undisturbed)


def test_two_runs_at_once(copy: Path, undisturbed: Path) -> None:
    (copy / "results/surrogate/scores.csv").unlink()
    first = faults.start(copy)
    wait_for(lambda: any((copy / ".snakemake/locks").glob("*")))
    second = faults.finish(copy)
    assert first.wait(timeout=600) == 0
    assert second.returncode != 0 and "cannot be locked" in second.stdout + second.stderr
    same(copy, undisturbed)


def test_a_lost_snakemake_folder(copy: Path, undisturbed: Path) -> None:
    shutil.rmtree(copy / ".snakemake")
    (copy / "results/claims.csv").unlink()
    recovers(copy, undisturbed)


@pytest.mark.parametrize("name", ["states/long.parquet", "space/inverse.json"])
def test_a_corrupt_file_stops_the_run_and_is_made_anew_without_it(
    copy: Path, undisturbed: Path, name: str
) -> None:
    path = copy / "results" / name
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    done = faults.finish(copy)
    assert done.returncode != 0 and "its place is in" in done.stdout + done.stderr
    path.unlink()
    recovers(copy, undisturbed)


AHEAD = ["simulate/truth.parquet", "surrogate/chart.json"]


def set_ahead(folder: Path, names: list[str]) -> None:
    """As if another machine, whose clock is two hours ahead, had written them."""
    for name in names:
        os.utime(folder / "results" / name, (time.time() + 7200,) * 2)


def test_files_from_the_future_rerun_nothing(copy: Path) -> None:
    set_ahead(copy, AHEAD)
    done = faults.finish(copy)
    assert "Nothing to be done" in done.stdout + done.stderr


def test_files_from_the_future_are_refused_before_anything_runs(
    copy: Path, undisturbed: Path
) -> None:
    set_ahead(copy, AHEAD)
    (copy / "results/explain/examples.csv").unlink()
    done = faults.finish(copy)
    said = done.stdout + done.stderr
    assert done.returncode != 0 and "ahead of this machine's clock (in all 2 files" in said
    assert "Finished job" not in said
    [remedy] = re.findall(r"If it is right: (find .* \+) \(", said)
    subprocess.run(remedy, shell=True, cwd=copy, check=True)
    recovers(copy, undisturbed)
    again = faults.finish(copy)
    assert "Nothing to be done" in again.stdout + again.stderr


def test_a_clock_that_was_ahead_and_is_set_back(copy: Path, undisturbed: Path) -> None:
    """Half of a run is dated later than the other half."""
    early = [path for path in (copy / "results").rglob("*") if path.is_file()]
    first = [p for p in early if p.parent.name in ("simulate", "ingest", "tensors")]
    set_ahead(copy, [p.relative_to(copy / "results").as_posix() for p in first])
    shutil.rmtree(copy / "results/segments")
    shutil.rmtree(copy / "results/dynamics")
    done = faults.finish(copy)
    assert done.returncode != 0 and "ahead of this machine's clock" in done.stdout + done.stderr
    command = "find results -newermt now -exec touch {} +"
    subprocess.run(command, shell=True, cwd=copy, check=True)
    recovers(copy, undisturbed)
    again = faults.finish(copy)
    assert "Nothing to be done" in again.stdout + again.stderr


needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="mounting takes root")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A run whose results are on a disk too small for them."""
    (tmp_path / "tiny.yaml").write_text(faults.TINY)
    disk = tmp_path / "results"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "spendscape-test", str(disk)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("no tmpfs can be mounted here")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


@needs_root
def test_a_full_disk(small_disk: Path, undisturbed: Path) -> None:
    full = faults.finish(small_disk.parent)
    assert full.returncode != 0
    subprocess.run(["mount", "-o", "remount,size=200m", str(small_disk)], check=True)
    recovers(small_disk.parent, undisturbed)


@needs_root
def test_a_read_only_results_folder(small_disk: Path, undisturbed: Path) -> None:
    subprocess.run(["mount", "-o", "remount,size=200m,ro", str(small_disk)], check=True)
    refused = faults.finish(small_disk.parent)
    assert refused.returncode != 0
    assert "Read-only" in refused.stdout + refused.stderr
    subprocess.run(["mount", "-o", "remount,rw", str(small_disk)], check=True)
    recovers(small_disk.parent, undisturbed)
