"""Every citation in code and docs leads to a page, a section or a function that is in the repository."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LIBRARY = ROOT / "workflow/spendscape"
FOLDERS = ["workflow", "rules", "config", "profiles", "tests", "benchmarks", "docs"]
ENDINGS = {".py", ".smk", ".yaml", ".csv", ".rst", ".md", ".html", ".j2"}
# Pages that name functions as `room/module.py: function`, and files.
WALKS = ["CONTRIBUTING.md", "docs/explanation/architecture.md"]
PAGES = [
    *sorted(path.name for path in ROOT.glob("*.md")),
    *(
        str(path.relative_to(ROOT))
        for folder in ("config", "results/README.md", "docs")
        for path in sorted([ROOT / folder, *(ROOT / folder).rglob("*.md")])
        if path.suffix == ".md"
    ),
]


@cache
def texts() -> dict[str, str]:
    """Every text that may cite, by its path in the repository."""
    paths = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*")]
    return {
        str(path.relative_to(ROOT)): path.read_text(encoding="utf-8")
        for path in [ROOT / "Snakefile", *ROOT.glob("*.md"), *paths]
        if (path.suffix in ENDINGS or path.name == "Snakefile") and path != Path(__file__)
    }


def cited(pattern: str) -> Iterator[tuple[str, str]]:
    """Each place and what it cites."""
    for path, text in texts().items():
        for found in re.finditer(pattern, text):
            yield path, found[1]


def names(module: Path) -> set[str]:
    """The functions, classes and constants of a module."""
    found = set()
    for node in ast.parse(module.read_text()).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
        if isinstance(node, ast.Assign):
            found |= {target.id for target in node.targets if isinstance(target, ast.Name)}
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            found.add(node.target.id)
    return found


def test_every_section_of_the_mathematics_is_there() -> None:
    page = (ROOT / "docs/explanation/maths.md").read_text()
    sections = set(re.findall(r"^## (\w+)\. ", page, re.MULTILINE))
    found = list(cited(r"\b[Mm]aths (§\w+(?:(?:, | and )§\w+)*)"))
    assert len(found) > 10
    missing = [
        (path, section)
        for path, some in found
        for section in re.findall(r"§(\w+)", some)
        if section not in sections
    ]
    assert not missing


def test_every_page_of_the_docs_is_there() -> None:
    found = list(cited(r"(?<![\w/])(docs/[\w/.-]+\.(?:md|png|svg))"))
    assert len(found) > 5
    assert not [(path, page) for path, page in found if not (ROOT / page).is_file()]


def test_nothing_cites_pages_outside_the_repository() -> None:
    assert not list(cited(r"\b(MATHS|DESIGN|ARCHITECTURE)\b"))


@pytest.mark.parametrize("page", PAGES)
def test_every_link_of_a_page_leads_somewhere(page: str) -> None:
    links = re.findall(r"\]\(([^)#\s]+)", (ROOT / page).read_text())
    here = [link for link in links if not re.match(r"\w+:", link)]
    assert not [link for link in here if not ((ROOT / page).parent / link).exists()]


@pytest.mark.parametrize("page", WALKS)
def test_every_function_that_a_walk_names_is_there(page: str) -> None:
    text = (ROOT / page).read_text()
    found = re.findall(r"`([\w/]+\.py): ([\w, ]+)`", text)
    assert found
    missing = []
    for path, listed in found:
        module = next((p for p in (ROOT / path, LIBRARY / path) if p.is_file()), None)
        there = names(module) if module else set()
        missing += [f"{path}: {name}" for name in listed.split(", ") if name not in there]
    for path in re.findall(
        r"`((?:[\w/-]+\.(?:py|smk|yaml))|(?:workflow|tests|docs)/[\w/.-]+)`", text
    ):
        if "NAME" not in path and not (ROOT / path).exists() and not (LIBRARY / path).exists():
            missing.append(path)
    assert not missing


@pytest.mark.parametrize("page", PAGES)
def test_every_import_of_an_example_is_there(page: str) -> None:
    blocks = re.findall(
        r"^```python\n(.*?)^```", (ROOT / page).read_text(), re.MULTILINE | re.DOTALL
    )
    for node in ast.walk(ast.Module([ast.parse(block) for block in blocks], [])):
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("spendscape"):
            module = ROOT / "workflow" / f"{str(node.module).replace('.', '/')}.py"
            assert module.is_file(), node.module
            assert {alias.name for alias in node.names} <= names(module), node.module
