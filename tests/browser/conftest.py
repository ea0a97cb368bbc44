"""Pages in Debian's Chromium: opened from the file, watched for errors and for anything that they load."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

SWITCHES = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
HEIGHTS = {1400: 1000, 390: 844}


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """The running Chromium; the test is skipped where it or playwright is missing."""
    reason = "tests/browser/run adds playwright"
    playwright = pytest.importorskip("playwright.sync_api", reason=reason)
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("there is no chromium (apt-get install chromium)")
    with playwright.sync_playwright() as started:
        running = started.chromium.launch(executable_path=chromium, args=[*SWITCHES])
        yield running
        running.close()


@pytest.fixture
def page(browser: Any) -> Iterator[Callable[..., Any]]:
    """`page(path, width)` opens a file and returns playwright's page of it, with room for a whole screen.

    At the end of the test no page may have had an error in its console, or have asked for anything but its
    own file and those that the test goes to. `page(path, width, fragment="#…")` opens it at an anchor or in a state.
    """
    opened: list[Any] = []
    wrong: list[str] = []

    def open_page(path: Path, width: int, fragment: str = "") -> Any:
        context = browser.new_context(viewport={"width": width, "height": HEIGHTS.get(width, 900)})
        opened.append(context)
        page = context.new_page()

        def console(message: Any) -> None:
            if message.type == "error":
                wrong.append(f"{path.name}: {message.text}")

        def requested(request: Any) -> None:
            if not request.is_navigation_request() and not request.url.startswith(
                ("data:", "blob:")
            ):
                wrong.append(f"{path.name}: loads {request.url}")

        def said(dialog: Any) -> None:
            wrong.append(f"{path.name}: says {dialog.message}")
            dialog.dismiss()

        page.on("console", console)
        page.on("pageerror", lambda error: wrong.append(f"{path.name}: error {error}"))
        page.on("dialog", said)
        page.on("request", requested)
        page.goto(path.resolve().as_uri() + fragment)
        return page

    yield open_page
    for context in opened:
        context.close()
    assert not wrong, "\n".join(wrong)
