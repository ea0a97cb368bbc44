"""The docs as a site: it builds without a warning, and no page loads anything from a network."""

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_site_builds_and_loads_nothing_from_a_network(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path)]
    quiet = os.environ | {"NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(command, cwd=ROOT, env=quiet, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    pages = list(tmp_path.rglob("*.html"))
    assert len(pages) > 20
    for page in pages:
        text = page.read_text(encoding="utf-8")
        loaded = re.findall(
            r"<(?:script|link|img|iframe|source)[^>]*?(?:src|href)=\"([^\"]+)\"", text
        )
        assert loaded
        assert not [path for path in loaded if re.match(r"(\w+:)?//", path)], page
        # The theme would fetch a library to draw them.
        assert 'class="mermaid"' not in text, page
    for sheet in tmp_path.rglob("*.css"):
        assert not re.search(r"(?:@import|url\()\s*[\"']?(?:\w+:)?//", sheet.read_text()), sheet


def test_every_room_of_the_library_has_a_page() -> None:
    rooms = {path.parent.name for path in (ROOT / "workflow/spendscape").glob("*/__init__.py")}
    pages = {path.stem for path in (ROOT / "docs/reference/library").glob("*.md")}
    assert rooms | {"index"} == pages
