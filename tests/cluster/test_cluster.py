"""The workflow on a real SLURM, undisturbed and disturbed, against a local run; `tests/cluster/run` starts it."""

import os
import random
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests/workflow"))
import faults  # noqa: E402

pytestmark = pytest.mark.skipif(
    "SLURM_ROOT" not in os.environ or not find_spec("snakemake_executor_plugin_slurm"),
    reason="no SLURM was brought up: tests/cluster/run does it",
)
TO_SLURM = [
    *("--workflow-profile", str(ROOT / "profiles/slurm")),
    *("--default-resources", "slurm_partition=main", "mem_mb=1000", "runtime=30"),
]


def slurm(*arguments: str) -> None:
    """A fault, or its end."""
    subprocess.run([str(ROOT / "tests/cluster/slurm.sh"), *arguments], check=True)


def queue(state: str) -> list[tuple[str, str]]:
    """The number and the node of the jobs in a state."""
    command = ["squeue", "--noheader", "--states", state, "--format", "%i %N"]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    return [(line.split()[0], line.split()[-1]) for line in lines]


def wait_for(what: Callable[[], bool], seconds: int = 180) -> None:
    """Until something holds."""
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.2)


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What a local run gives."""
    folder = tmp_path_factory.mktemp("local")
    (folder / "tiny.yaml").write_text(faults.TINY)
    done = faults.finish(folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return faults.contents(folder / "results")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "tiny.yaml").write_text(faults.TINY)
    return tmp_path


def equal(folder: Path, local: dict[str, str], least: int) -> None:
    """What is there is what a local run gives, byte for byte."""
    found = faults.contents(folder / "results")
    assert len(found) >= least
    assert {name: found[name] for name in found if found[name] != local.get(name)} == {}


def test_the_whole_pipeline(folder: Path, local: dict[str, str]) -> None:
    done = faults.finish(folder, *TO_SLURM)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "submitted with SLURM jobid" in done.stdout + done.stderr
    equal(folder, local, len(local))
    assert "Nothing to be done" in faults.finish(folder).stderr


def test_a_job_killed_for_memory_succeeds_with_more(folder: Path, local: dict[str, str]) -> None:
    done = faults.finish(
        folder, "simulate", *TO_SLURM, "--set-resources", "simulate_truth:mem_mb=60 * attempt ** 4"
    )
    text = done.stdout + done.stderr
    assert done.returncode == 0, text
    assert "Trying to restart" in text or "attempt" in text.lower()
    equal(folder, local, 7)


def test_shards_are_one_array_of_jobs(folder: Path) -> None:
    assert faults.finish(folder, "simulate").returncode == 0
    files = "source: files\ningest: {folder: results/simulate, files: [transactions_*.parquet], shards: 4}"
    (folder / "tiny.yaml").write_text(f"results: here\n{files}")
    assert faults.finish(folder, "ingest").returncode == 0
    (folder / "tiny.yaml").write_text(f"results: there\n{files}")
    done = faults.finish(folder, "ingest", *TO_SLURM)
    text = done.stdout + done.stderr
    assert done.returncode == 0, text
    # One submission of all four.
    assert len(re.findall("Submitted array job", text)) == 1
    assert "individual task IDs are 1-4" in text
    assert faults.contents(folder / "there") == faults.contents(folder / "here")


def test_the_generic_profile(folder: Path, local: dict[str, str]) -> None:
    submit = "sbatch --parsable -o /dev/null -c {threads} --mem {resources.mem_mb} -t {resources.runtime}"
    profile = ["--workflow-profile", str(ROOT / "profiles/generic")]
    done = faults.finish(folder, "ingest", *profile, "--cluster-generic-submit-cmd", submit)
    text = done.stdout + done.stderr
    assert done.returncode == 0, text
    assert "with external jobid" in text
    equal(folder, local, 11)


def running(chance: random.Random) -> tuple[str, str]:
    """The number and the node of a running job."""
    wait_for(lambda: bool(queue("RUNNING")))
    return chance.choice(queue("RUNNING"))


def lost_node(chance: random.Random) -> None:
    _, node = running(chance)
    slurm("stop-node", node)
    subprocess.run(
        ["scontrol", "update", f"nodename={node}", "state=down", "reason=test"], check=True
    )
    time.sleep(5)
    slurm("start-node", node)
    subprocess.run(["scontrol", "update", f"nodename={node}", "state=resume"], check=False)


def cancelled(chance: random.Random) -> None:
    subprocess.run(["scancel", running(chance)[0]], check=True)


def killed(chance: random.Random) -> None:
    """As the kernel does it to a job that takes too much memory."""
    job, _ = running(chance)
    subprocess.run(["scancel", "--full", "--signal=KILL", job], check=True)


def controller(chance: random.Random) -> None:
    running(chance)
    slurm("restart-controller", str(chance.randint(2, 20)))


@pytest.mark.parametrize("fault", [lost_node, cancelled, controller])
def test_a_fault_in_the_middle(
    folder: Path, local: dict[str, str], fault: Callable[[random.Random], None]
) -> None:
    process = faults.start(folder, "ingest", *TO_SLURM)
    fault(random.Random(0))
    code = process.wait(timeout=900)
    assert code == 0, (folder / "run.log").read_text()
    equal(folder, local, 11)


def test_an_interrupt_takes_its_jobs_along(folder: Path) -> None:
    process = faults.start(folder, "ingest", *TO_SLURM)
    wait_for(lambda: bool(queue("RUNNING")))
    process.send_signal(2)
    process.wait(timeout=60)
    wait_for(lambda: not queue("RUNNING,PENDING"), 30)


def test_snakemake_is_killed_and_started_again(folder: Path, local: dict[str, str]) -> None:
    process = faults.start(folder, "ingest", *TO_SLURM)
    wait_for(lambda: bool(queue("RUNNING")))
    faults.kill(process)
    done = faults.finish(folder, "ingest", *TO_SLURM)
    assert done.returncode == 0, done.stdout + done.stderr
    equal(folder, local, 11)
    assert shutil.which("squeue") and not queue("RUNNING")


# RANDOM_FAULTS=10 tests/cluster/run -k random: six minutes each.
@pytest.mark.parametrize("seed", range(int(os.environ.get("RANDOM_FAULTS", "0"))))
def test_a_random_fault_in_the_whole_pipeline(
    folder: Path, local: dict[str, str], seed: int
) -> None:
    chance = random.Random(seed)
    fault = chance.choice([lost_node, cancelled, killed, controller, None])
    process = faults.start(folder, *TO_SLURM)
    delay = chance.uniform(15, 240)
    time.sleep(delay)
    assert process.poll() is None, "the fault came too late"
    began = time.monotonic()
    if fault:
        fault(chance)
    else:
        faults.kill(process)
        process = faults.start(folder, *TO_SLURM)
    code = process.wait(timeout=1200)
    assert code == 0, (folder / "run.log").read_text()
    equal(folder, local, len(local))
    assert not queue("RUNNING,PENDING")
    name = fault.__name__ if fault else "snakemake killed"
    print(f"seed {seed}: {name} after {delay:.0f} s, whole {time.monotonic() - began:.0f} s later")
