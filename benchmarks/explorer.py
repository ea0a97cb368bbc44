"""How long the explorer takes to load, and how many frames a second it draws, without a graphics card.

    PYTHONPATH=… python benchmarks/explorer.py results/explorer.html [old.html …]

needs playwright (envs/browser.lock, as `tests/browser/run` adds it) and Debian's chromium, which then draws by
SwiftShader. Loading lasts until the page says that it has drawn everything, or, of a page that does not say so, until
its largest canvas has a picture and the page answers within a tenth of a second. Frames are those that the browser
draws while each large canvas is dragged for some seconds.
"""

import argparse
import shutil
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

SWITCHES = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]
SIZE: Any = {"width": 1400, "height": 1000}
LARGE = 60_000
# Draws a frame after the other, and counts those that are finished.
COUNT = """() => { window.counted = 0; const next = () => { window.counted++; requestAnimationFrame(next); }; requestAnimationFrame(next); }"""
CANVASES = """least => [...document.querySelectorAll("canvas")].map(canvas => canvas.getBoundingClientRect())
  .filter(box => box.width * box.height >= least).map(box => [box.x + box.width / 2, box.y + box.height / 2])"""


def load(page: Any, path: Path) -> float:
    """Opens the page; seconds until everything is drawn."""
    began = time.perf_counter()
    page.goto(path.resolve().as_uri())
    while not page.evaluate("document.body.dataset.ready") and not _still(page):
        time.sleep(0.02)
    return time.perf_counter() - began


def _still(page: Any) -> bool:
    """Whether a page that does not say when it is ready has drawn, and answers at once again."""
    if page.evaluate("Boolean(document.getElementById('packed'))") or not page.evaluate(
        CANVASES, LARGE
    ):
        return False
    began = time.perf_counter()
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => setTimeout(done)))")
    return time.perf_counter() - began < 0.1


def frames(page: Any, place: list[float], seconds: float) -> float:
    """Frames a second while the pointer drags from this place."""
    x, y = place
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 20, y)
    page.evaluate("window.counted = 0")
    began, moves = time.perf_counter(), 0
    while time.perf_counter() - began < seconds:
        moves += 1
        page.mouse.move(x + 100 * (moves % 40 / 20 - 1), y + moves % 7)
    count = page.evaluate("window.counted")
    lasted = time.perf_counter() - began
    page.mouse.up()
    return float(count / lasted)


def main() -> None:
    """Print a row of the table for each page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pages", nargs="+", type=Path)
    parser.add_argument("--seconds", type=float, default=5, help="of dragging each canvas")
    given = parser.parse_args()
    print("| page | megabytes | seconds to load | frames a second, each large canvas |")
    print("|---|---|---|---|")
    with sync_playwright() as started:
        browser = started.chromium.launch(executable_path=shutil.which("chromium"), args=SWITCHES)
        for path in given.pages:
            page = browser.new_context(viewport=SIZE).new_page()
            lasted = load(page, path)
            page.evaluate(COUNT)
            found = [frames(page, at, given.seconds) for at in page.evaluate(CANVASES, LARGE)]
            size = path.stat().st_size / 1e6
            rates = ", ".join(f"{rate:.1f}" for rate in found)
            print(f"| {path.name} | {size:.1f} | {lasted:.1f} | {rates} |")
            page.context.close()
        browser.close()


if __name__ == "__main__":
    main()
