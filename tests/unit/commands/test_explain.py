"""`spendscape explain`: text, JSON and a page, and what it says of what is not there."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from decided import decided_run

import spendscape
from spendscape.cli import main
from spendscape.commands.explain import explain

Captured = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run")
    decided_run(folder, N=60)
    return folder


def test_text_is_what_a_notebook_prints(run: Path, capsys: Captured) -> None:
    assert main(["explain", str(run), "c00001"]) == 0
    assert capsys.readouterr().out == f"{explain(str(run), 'c00001')}\n"


def test_json_and_a_page(run: Path, tmp_path: Path, capsys: Captured) -> None:
    assert main(["explain", str(run), "c00001", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["customer"] == "c00001"
    assert main(["explain", str(run), "c00001", "--html", str(tmp_path / "why.html")]) == 0
    assert capsys.readouterr().out == ""
    assert "c00001" in (tmp_path / "why.html").read_text(encoding="utf-8")


def test_a_left_out_customer_is_an_answer_and_an_unknown_one_a_mistake(
    run: Path, capsys: Captured
) -> None:
    assert main(["explain", str(run), "left-out"]) == 0
    assert "fewer than 6 steps" in capsys.readouterr().out
    assert main(["explain", str(run), "c0001"]) == 1
    said = capsys.readouterr()
    assert said.out == "" and said.err.startswith("spendscape explain: customer 'c0001' was given")


def test_a_notebook_finds_it_in_the_package_which_imports_nothing_before() -> None:
    code = "import sys, spendscape; print('numpy' in sys.modules, spendscape.explain.__module__)"
    here = os.environ | {"PYTHONPATH": str(Path(spendscape.__file__).parents[1])}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=here
    )
    assert done.stdout == "False spendscape.commands.explain\n"
    with pytest.raises(AttributeError, match="no attribute 'explian'"):
        getattr(spendscape, "explian")  # noqa: B009
