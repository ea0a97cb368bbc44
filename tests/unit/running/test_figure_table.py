"""Each figure of the table has its script, its caption, and inputs that the contract lists."""

from pathlib import Path

import pytest

from spendscape.running.contract import CONTRACT
from spendscape.running.figure_table import FIGURES

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_has_its_script_its_caption_and_known_inputs(name: str) -> None:
    assert (ROOT / f"workflow/scripts/pages/{name}.py").is_file()
    assert (ROOT / f"workflow/report/{name}.rst").read_text().startswith("**")
    listed = {f"<results>/{result.path}" for result in CONTRACT}
    listed |= {path.replace("long", "{window}") for path in listed}
    listed |= {path.replace("{window}", "long") for path in listed}
    assert set(FIGURES[name].inputs.values()) <= listed


def test_each_script_and_caption_of_a_figure_is_in_the_table() -> None:
    captions = {path.stem for path in (ROOT / "workflow/report").glob("figure_*.rst")}
    scripts = {path.stem for path in (ROOT / "workflow/scripts/pages").glob("figure_*.py")}
    assert captions | scripts <= FIGURES.keys()
