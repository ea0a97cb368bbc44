"""The table of pages: complete, without contradictions, and light."""

import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import spendscape.pages
from spendscape.pages.report.contents import (
    DRIFT_TEMPLATES,
    PAGES,
    inputs_of,
    pages_of,
    templates_of,
)
from spendscape.pages.report.page import Page

TEMPLATES = Path(spendscape.pages.__file__).parent / "templates"
LIBRARY = Path(spendscape.pages.__file__).parents[2]
CAPTIONS = LIBRARY / "report"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_has_a_template_a_caption_and_the_inputs_of_its_function(page: Page) -> None:
    assert (TEMPLATES / page.template).is_file()
    assert page.category is None or (CAPTIONS / page.caption).is_file()
    assert set(inspect.signature(page.context).parameters) == set(page.inputs)


def test_no_template_is_left_over() -> None:
    found = {str(path.relative_to(TEMPLATES)) for path in (TEMPLATES / "report").iterdir()}
    assert found == {*templates_of(PAGES), *DRIFT_TEMPLATES}


def test_names_are_unique_and_some_pages_need_what_a_run_may_not_have() -> None:
    names = [page.name for page in PAGES]
    assert len(set(names)) == len(names)
    for condition, name in (
        ("simulated", "recovery"),
        ("audited", "audit"),
        ("recent", "movers"),
        ("steps", "drift"),
    ):
        with_it, without = ({page.name for page in pages_of(held)} for held in ([condition], []))
        assert with_it - without == {name}
        file = "moves" if name == "movers" else name
        assert file in inputs_of(pages_of([condition])) and file not in inputs_of(pages_of([]))


def test_one_name_means_one_file() -> None:
    page = Page("one", None, "", {"metrics": "another/file.json"}, dict)
    with pytest.raises(ValueError, match="metrics is both"):
        inputs_of([page])


def test_reading_the_table_imports_nothing_heavy() -> None:
    code = "import sys, spendscape.pages.report.contents; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=LIBRARY, capture_output=True, text=True, check=True
    )
    assert not {"numpy", "pandas", "pyarrow", "jinja2", "matplotlib"} & set(done.stdout.split())
