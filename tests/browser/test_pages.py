"""Every page of a finished run, on a desk and on a phone."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from browser import looking
from small_run import ROOT, kept

STORED = Path(__file__).with_name("boxes.json")
RECORD = os.environ.get("SPENDSCAPE_RECORD_BOXES") == "1"
WIDTHS = (1400, 390)
# What stands at the same place whatever the run found; of a box that depends on the data only x and width.
LANDMARKS = {
    "h1": 4,
    "h2": 3,
    "header": 4,
    "nav": 4,
    "main": 2,
    # Not the table in it, which is as wide as its words.
    ".scroll": 2,
    "figure img": 2,
    ".abstract": 2,
}


@pytest.fixture(scope="session", params=["small", "hostile"])
def kind(request: pytest.FixtureRequest) -> str:
    """A small run, and one whose names are hostile."""
    return str(request.param)


@pytest.fixture(scope="session")
def results(
    kind: str,
    request: pytest.FixtureRequest,
    browser: Any,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """The results of that run, once there is a browser to look at them."""
    if kind == "small":
        run: Path = request.getfixturevalue("run")
        return run / "results"
    folder = kept("hostile", tmp_path_factory.mktemp("hostile"))
    if not (folder / "results/explain/examples.csv").exists():
        # In a process of its own: Snakemake plans nothing where playwright's event loop runs.
        script = ROOT / "tests/workflow/shaped_run.py"
        subprocess.run([sys.executable, str(script), str(folder)], check=True)
    return folder / "results"


def pages(results: Path) -> list[Path]:
    """The pages of a run but Snakemake's report, the text at its beginning and the explorer; one card of a customer."""
    cards = sorted(results.glob("explain/*.html"))
    parts = {"report.html", "summary.html", "explorer.html"}
    other = [*results.glob("*.html"), *results.glob("report/*.html")]
    return sorted(path for path in other if path.name not in parts) + cards[:1]


@pytest.mark.parametrize("width", WIDTHS)
def test_every_page_is_in_view_and_says_what_it_is_to_everybody(
    kind: str, results: Path, page: Callable[..., Any], width: int
) -> None:
    wrong: list[str] = []
    seen: dict[str, dict[str, Any]] = {}
    for path in pages(results):
        opened = page(path, width)
        name = looking.named(path, results)
        seen[name] = landmarks(opened)
        found = looking.serious(opened) + [f"cut off: {text}" for text in looking.beside(opened)]
        if looking.sideways(opened) > 0:
            found.append(f"{looking.sideways(opened)} px wider than its window")
        if not (heading := looking.boxes(opened, "h1")) or not 0 <= heading[0][1] < 300:
            found.append(f"its heading is not at the top: {heading}")
        found += looking.overlapping(
            opened, "h1", "h2", "h3", "p", "li", "dt", "dd", "th", "td", "figcaption"
        )
        wrong += [f"{name}: {text}" for text in found]
        opened.context.close()
    wrong += compared(seen, f"{kind} {width}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("width", WIDTHS)
def test_the_paper_leads_with_a_click_to_every_figure_and_claim(
    results: Path, page: Callable[..., Any], width: int
) -> None:
    opened = page(results / "paper.html", width)
    links = opened.locator("nav a[href^='#'], .abstract a[href^='#'], .index a")
    wrong = []
    for k in range(links.count()):
        links.nth(k).click()
        target = links.nth(k).get_attribute("href")
        top = opened.evaluate("document.querySelector(':target').getBoundingClientRect().top")
        end = opened.evaluate("scrollY + innerHeight >= document.documentElement.scrollHeight - 1")
        if not (0 <= top < 60 or end):
            wrong.append(f"{target} is at {top}")
    assert links.count() > 40 and not wrong


@pytest.mark.parametrize("width", WIDTHS)
def test_the_report_begins_at_its_top_and_captions_carry_numbers(
    run: Path, page: Callable[..., Any], width: int
) -> None:
    opened = page(run / "results/report.html", width)
    heading = opened.locator("h1").first
    heading.wait_for()
    assert 0 <= looking.boxes(opened, "h1")[0][1] < 300
    assert looking.sideways(opened) <= 0
    assert (run / "results/report.html").stat().st_size < 8e6
    assert looking.serious(opened) == []
    opened.locator("nav a", has_text="Figures").first.dispatch_event("click")
    opened.get_by_label("About this result").first.dispatch_event("click")
    opened.locator(".prose-invert p").first.wait_for(state="attached")
    assert looking.serious(opened) == []
    opened.get_by_label("Home").first.dispatch_event("click")
    opened.get_by_role("link", name="claims").first.click()
    shown = opened.frame_locator("iframe")
    shown.get_by_role("heading", name="claims").first.wait_for()
    captions = opened.evaluate("Object.values(results).map(one => one.caption)")
    for told in (run / "results/report/captions").glob("*.html"):
        assert any(told.read_text().strip() in caption for caption in captions), told.name


def landmarks(opened: Any) -> dict[str, Any]:
    """The boxes of the first elements of their kinds; None where they depend on the data."""
    found = {}
    for selector, fixed in LANDMARKS.items():
        for x, y, width, height in looking.boxes(opened, selector)[:1]:
            numbers = (x, y if fixed > 2 else None, width, height if fixed > 3 else None)
            found[selector] = [None if number is None else round(number) for number in numbers]
    return found


def compared(seen: dict[str, dict[str, Any]], kind: str) -> list[str]:
    """What moved since the boxes were stored; stores them anew with SPENDSCAPE_RECORD_BOXES=1."""
    stored = json.loads(STORED.read_text()) if STORED.exists() else {}
    if RECORD:
        text = json.dumps(stored | {kind: seen}, indent=1, sort_keys=True)
        # A box is a line.
        STORED.write_text(re.sub(r"\[[^]]*\]", lambda box: " ".join(box[0].split()), text) + "\n")
        return []
    return [
        f"{name}: {text}"
        for name, found in seen.items()
        for text in looking.moved(found, stored[kind].get(name, {}))
    ]
