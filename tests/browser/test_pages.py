"""Every page of a finished run, on a desk and on a phone."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from browser import looking

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
    "table": 2,
    "figure img": 2,
    ".abstract": 2,
}


@pytest.fixture(scope="session")
def results(browser: Any, run: Path) -> Path:
    """The results of a small run, once there is a browser to look at them."""
    return run / "results"


def pages(results: Path) -> list[Path]:
    """The pages of a run but Snakemake's report, the text at its beginning and the explorer; one card of a customer."""
    cards = sorted(path for path in results.glob("explain/*.html") if path.stem != "environment")
    other = sorted(path for path in results.rglob("*.html") if path.parent.name != "explain")
    return [
        path for path in other if path.name not in ("report.html", "summary.html", "explorer.html")
    ] + cards[:1]


@pytest.mark.parametrize("width", WIDTHS)
def test_every_page_is_in_view_and_says_what_it_is_to_everybody(
    results: Path, page: Callable[..., Any], width: int
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
    wrong += compared(seen, str(width))
    assert not wrong, "\n".join(wrong)


def landmarks(opened: Any) -> dict[str, Any]:
    """The boxes of the first elements of their kinds; None where they depend on the data."""
    found = {}
    for selector, fixed in LANDMARKS.items():
        for x, y, width, height in looking.boxes(opened, selector)[:1]:
            numbers = (x, y if fixed > 2 else None, width, height if fixed > 3 else None)
            found[selector] = [None if number is None else round(number) for number in numbers]
    return found


def compared(seen: dict[str, dict[str, Any]], width: str) -> list[str]:
    """What moved since the boxes were stored; stores them anew with SPENDSCAPE_RECORD_BOXES=1."""
    stored = json.loads(STORED.read_text()) if STORED.exists() else {}
    if RECORD:
        rows = stored | {width: seen}
        STORED.write_text(json.dumps(rows, indent=1, sort_keys=True) + "\n")
        return []
    return [
        f"{name}: {text}"
        for name, found in seen.items()
        for text in looking.moved(found, stored[width].get(name, {}))
    ]
