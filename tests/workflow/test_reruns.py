"""Exactly what must rerun does: the table of keys and modules, held against Snakemake's dry runs.

That every key reruns the rules of the table and no others is held by `make check`, which makes the
whole table anew.
"""

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import reruns
import yaml
from plans import prepare
from small_run import ROOT, snakemake

TABLE = yaml.safe_load(reruns.TABLE.read_text())
HINT = "if this is what you want: make generated, and read the difference"


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("plan")
    prepare(folder)
    return folder


def test_every_key_is_in_the_table() -> None:
    assert {key for key, _, _ in reruns.config_keys()} == {*TABLE["keys"], *reruns.APART}


def test_every_module_and_package_reruns_its_users_and_no_others(empty: Path) -> None:
    found = reruns.module_table(reruns.plan(empty, {}))
    del found["script"]
    wrong = {
        part: (found.get(part), TABLE["modules"].get(part))
        for part in found.keys() | TABLE["modules"]
        if found.get(part) != TABLE["modules"].get(part)
    }
    assert not wrong, HINT


# By a real `snakemake --dry-run` in a folder with results: the rules of the table, and what follows.
@pytest.mark.parametrize(
    ("key", "setting"),
    [
        ("surrogate.nonzero", "surrogate={nonzero: 0.2}"),
        ("elbow.tolerance", "elbow={tolerance: 0.02}"),
        ("states.extended_steps", "states={extended_steps: 90}"),
        ("tensors.recent.end", "tensors={recent: {end: 2024-11}}"),
        ("explorer.customers", "explorer={customers: 200}"),
        ("cards.classes", "cards={classes: 9}"),
    ],
)
def test_a_dry_run_agrees(run: Path, empty: Path, key: str, setting: str) -> None:
    done = snakemake(run, "--dry-run", config=[setting])
    assert done.returncode == 0, done.stderr
    planned = set(re.findall(r"^(\w+) +\d+$", done.stdout + done.stderr, re.MULTILINE))
    # The run plants an attribute.
    jobs = reruns.plan(empty, {})
    wanted = reruns.following(jobs, set(TABLE["keys"][key]))
    # What waits for a checkpoint is not known before it has run.
    later = {"card", "reference"} if "examples" in wanted else set()
    assert planned - {"all", "total"} - later == wanted - {"score"} - later


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the repository, with the first two results."""
    folder = tmp_path_factory.mktemp("checkout") / "spendscape"
    folder.mkdir()
    for name in ("Snakefile", "rules", "config", "envs", "profiles", "workflow"):
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, folder / name)
    done = _in(folder, "--cores", "1")
    assert done.returncode == 0, done.stderr
    return folder


def _in(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "snakemake", "simulate", *arguments]
    command += ["--config", "simulate={customers: 300, years: 1, transactions_per_year: 12}"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300)


def _edit(name: str, old: str, new: str) -> Callable[[Path], None]:
    def edit(folder: Path) -> None:
        text = (folder / name).read_text()
        assert old in text
        (folder / name).write_text(text.replace(old, new, 1))

    return edit


def _touch(folder: Path) -> None:
    for path in [*folder.glob("config/*/*"), *folder.rglob("workflow/**/*.py")]:
        path.touch()


def _clone(folder: Path) -> None:
    """As a fresh checkout has them: everything newer than the results, in another order."""
    for path in sorted((p for p in folder.rglob("*") if p.is_file()), reverse=True):
        if "results" not in path.parts and ".snakemake" not in path.parts:
            text = path.read_bytes()
            path.unlink()
            path.write_bytes(text)


SIMULATE, TRUTH = (
    "workflow/spendscape/simulate/population.py",
    "workflow/scripts/simulate/simulate_truth.py",
)
BOTH = {"simulate_truth", "simulate_transactions"}


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        (_touch, set()),
        (_clone, set()),
        (_edit(SIMULATE, "import numpy as np", "import numpy as np  # why"), set()),
        (_edit(TRUTH, "with job(", "\n\nwith  job( "), set()),
        (_edit(SIMULATE, '"""', '"""Told better. '), set()),
        (
            _edit(
                "workflow/spendscape/network/keras_model.py",
                "\n\n\ndef ",
                "\n\nprint()\n\n\ndef ",
            ),
            set(),
        ),
        (_edit(TRUTH, "with job(", "print()\nwith job("), BOTH),
        (_edit("envs/requirements.lock", "\nnumpy==", "\nnumpy==9."), BOTH),
        (_edit("envs/requirements.lock", "\nduckdb==", "\nduckdb==9."), set()),
        (_edit("envs/requirements.lock", "sha256:", "sha256:0"), set()),
        (_edit("config/taxonomy/classes.csv", "\n", "\n\n"), BOTH),
    ],
    ids=[
        *("touch", "fresh checkout", "comment", "format", "docstring", "another module"),
        *("statement", "used package", "unused package", "hash", "input"),
    ],
)
def test_an_edit_reruns_what_it_changes(
    checkout: Path, edit: Callable[[Path], None], expected: set[str]
) -> None:
    kept = checkout.parent / "kept"
    shutil.copytree(checkout, kept)
    try:
        edit(checkout)
        done = _in(checkout, "--dry-run")
        assert done.returncode == 0, done.stderr
        planned = set(re.findall(r"^(\w+) +\d+$", done.stdout + done.stderr, re.MULTILINE))
        assert planned - {"simulate", "total"} == expected
    finally:
        shutil.rmtree(checkout)
        kept.rename(checkout)
