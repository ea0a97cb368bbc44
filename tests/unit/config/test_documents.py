"""What is generated from the config and the lock, and that it is not stale."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from pydantic import BaseModel, Field

import spendscape
from spendscape.config import documents
from spendscape.config.config import Config
from spendscape.config.validate import validate

ROOT = Path(__file__).parents[3]
CONDA = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "envs").glob("*.yaml"))

LOCK = """\
contourpy==1.3.3 ; python_full_version < '3.12' \\
    --hash=sha256:aa
    # via matplotlib
contourpy==1.4.0 ; python_full_version >= '3.12' \\
    --hash=sha256:ab
    # via matplotlib
matplotlib==3.11.2 \\
    --hash=sha256:bb
    # via
    #   -r requirements.in
    #   seaborn
pluggy==1.7.0 \\
    --hash=sha256:cc
    # via pytest
pytest==9.2.0 \\
    --hash=sha256:dd
    # via -r requirements.in
seaborn==0.13.2 \\
    --hash=sha256:ee
    # via -r requirements.in
"""


def test_the_generated_files_are_fresh() -> None:
    command = [sys.executable, str(ROOT / "workflow/scripts/generate.py"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_stale_file_is_named(tmp_path: Path) -> None:
    for name in ("docs/reference/config.md", "results/README.md", "config/config.yaml", *CONDA):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text((ROOT / name).read_text())
    lock, changed = tmp_path / "envs/requirements.lock", tmp_path / "config/config.yaml"
    lock.write_text((ROOT / "envs/requirements.lock").read_text())
    shutil.copytree(ROOT / "workflow", tmp_path / "workflow")
    command = [sys.executable, str(tmp_path / "workflow/scripts/generate.py")]
    changed.write_text(changed.read_text().replace("seed: 20", "seed: 21"))
    check = subprocess.run([*command, "--check"], capture_output=True, text=True, check=False)
    assert check.returncode == 1
    assert check.stderr == "stale: config/config.yaml; run `make generated` and commit\n"
    written = subprocess.run(command, capture_output=True, text=True, check=True)
    assert written.stdout == "wrote config/config.yaml\n"
    assert changed.read_text() == (ROOT / "config/config.yaml").read_text()


def test_the_yaml_comes_back_as_the_config() -> None:
    assert validate(yaml.safe_load((ROOT / "config/config.yaml").read_text())) == Config()


def test_every_key_of_the_yaml_stands_under_a_comment() -> None:
    lines = (ROOT / "config/config.yaml").read_text().splitlines()
    keys = [n for n, line in enumerate(lines) if line and not line.lstrip().startswith("#")]
    assert len(keys) > 50
    assert all(lines[n - 1].lstrip().startswith("# ") for n in keys)


class Inner(BaseModel):
    """Values that YAML reads as something else."""

    small: float = Field(1e-12, description="a small number")
    word: str = Field("no", description="a word that YAML takes for false")
    month: str = Field("2024-12", description="a month")
    day: str = Field("2024-12-31", description="a day")
    number: str = Field("012", description="digits that are text")
    signs: str = Field("£$€, ", description="signs: #, | and *")
    nothing: str | None = Field(None, description="nothing")
    table: dict[str, str] = Field({"a: b": "yes", "1": "#"}, description="a table")


class Outer(BaseModel):
    plain: int = Field(1, description="a number beside the sections")
    inner: Inner = Field(Inner(), description="the inner section")


def test_traps_of_yaml_come_back_unchanged() -> None:
    text = documents.commented_yaml(Outer(), "two\nlines")
    assert text.startswith("# two\n# lines\n")
    read = yaml.safe_load(text)["inner"]
    assert read == Inner().model_dump()
    assert isinstance(read["small"], float)


def test_the_reference_has_a_table_a_section_and_a_row_a_key() -> None:
    page = documents.reference_page(Outer(), "# Keys\n\nAll of them.\n")
    head, section = page.split("\n## inner\n")
    assert head.startswith("# Keys\n\nAll of them.\n\n| key |")
    assert "| `plain` | `1` | a number beside the sections |" in head and "inner." not in head
    lines = section.splitlines()
    assert lines[1] == "Values that YAML reads as something else."
    assert len(lines) == 5 + len(Inner.model_fields)
    assert lines[5] == "| `inner.small` | `1.0e-12` | a small number |"
    assert r"signs: #, \| and \*" in lines[10]


def test_the_reference_names_every_key_once() -> None:
    def keys(section: BaseModel, prefix: str) -> Iterator[str]:
        for name, value in section:
            if isinstance(value, BaseModel):
                yield from keys(value, f"{prefix}{name}.")
            else:
                yield prefix + name

    page = (ROOT / "docs/reference/config.md").read_text()
    found = re.findall(r"^\| `([\w.]+)` \|", page, re.MULTILINE)
    assert sorted(found) == sorted(keys(Config(), ""))


def test_the_schema_refuses_unknown_keys_and_explains_every_key() -> None:
    schema = json.loads((ROOT / "workflow/schemas/config.schema.json").read_text())
    sections = [schema, *schema["$defs"].values()]
    assert all(section["additionalProperties"] is False for section in sections)
    assert all(key["description"] for section in sections for key in section["properties"].values())


def test_the_conda_environment_holds_what_runs_and_no_more() -> None:
    text = documents.conda_environment(LOCK, ["Seaborn[x]>=0.13"], "3.12", "head")
    *channels, pip = yaml.safe_load(text)["dependencies"]
    assert text.startswith("# head\n")
    assert channels == ["python=3.12", "pip"]
    assert pip["pip"] == [
        "contourpy==1.3.3 ; python_full_version < '3.12'",
        "contourpy==1.4.0 ; python_full_version >= '3.12'",
        "matplotlib==3.11.2",
        "seaborn==0.13.2",
    ]


def test_a_root_without_a_pin_is_refused() -> None:
    with pytest.raises(ValueError, match="not in the lock: polars"):
        documents.conda_environment(LOCK, ["polars"], "3.12", "")


def test_one_version_everywhere() -> None:
    def found(path: str, pattern: str) -> str:
        matched = re.search(pattern, (ROOT / path).read_text(), re.MULTILINE)
        assert matched, path
        return matched[1]

    number = r"(\d+\.\d+\.\d+)"
    assert spendscape.__version__ == found("pyproject.toml", f'^version = "{number}"')
    assert spendscape.__version__ == found("CITATION.cff", f"^version: {number}")
    # Above it only what is not released yet.
    assert spendscape.__version__ == found("CHANGELOG.md", rf"^## \[{number}\]")
