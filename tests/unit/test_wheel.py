"""A wheel of the package holds all that `spendscape inspect` needs, without the repository."""

import datetime
import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest
import yaml

from spendscape.config.validate import validate

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel built from a copy of the sources, because setuptools writes beside them."""
    folder = tmp_path_factory.mktemp("sources")
    ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
    for name in ("workflow/spendscape", "config/taxonomy"):
        shutil.copytree(ROOT / name, folder / name, symlinks=True, ignore=ignored)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, folder)
    options = ["--no-deps", "--no-build-isolation", "--no-index", "--quiet"]
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "wheel", *options]
    subprocess.run([*pip, "--wheel-dir", folder / "made", folder], check=True)
    [made] = (folder / "made").glob("spendscape-*.whl")
    return made


def test_the_wheel_holds_the_package_and_its_data(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as file:
        names = set(file.namelist())
    library = ROOT / "workflow/spendscape"
    kept = [
        path for path in library.rglob("*") if path.is_file() and "__pycache__" not in path.parts
    ]
    kept += (library / "taxonomy").glob("*.csv")
    assert len(kept) > 60
    assert {path.relative_to(library.parent).as_posix() for path in kept} <= names
    assert {name.split("/")[0] for name in names if ".dist-info/" not in name} == {"spendscape"}


def test_inspect_runs_from_the_wheel_in_an_empty_folder(wheel: Path, tmp_path: Path) -> None:
    installed, work = tmp_path / "installed", tmp_path / "work"
    with zipfile.ZipFile(wheel) as file:
        file.extractall(installed)
    work.mkdir()
    days = [datetime.date(2024, 1, 1) + datetime.timedelta(days=3 * k) for k in range(120)]
    rows = [f"K{k % 7},{day},{1 + k}.50,{[5411, 742][k % 2]}" for k, day in enumerate(days)]
    (work / "export.csv").write_text("\n".join(["customer,booked,amount,mcc", *rows]) + "\n")
    # No site (-S), so that an editable installation of the checkout is not found.
    paths = [str(installed), sysconfig.get_paths()["purelib"]]
    done = subprocess.run(
        [sys.executable, "-S", "-m", "spendscape", "inspect", "export.csv"],
        cwd=work,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(paths)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    proposed = yaml.safe_load(done.stdout)
    assert validate(proposed).ingest.columns.category == "mcc"
    assert "# 120 rows read = 120 accepted" in done.stdout
    assert os.listdir(work) == ["export.csv"]
