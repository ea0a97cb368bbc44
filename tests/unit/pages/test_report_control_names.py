"""Snakemake's report gets names for its controls, and keeps all that it holds."""

import re
from pathlib import Path

import snakemake.report.html_reporter as reporter

from spendscape.pages.report.control_names import ICONS, with_names


def test_the_script_stands_at_the_end_and_nothing_else_changes() -> None:
    page = "<body><p>a </body> in a text</p></body></html>"
    named = with_names(page)
    start, end = named.index("\n<script>"), named.index("</script>\n") + len("</script>\n")
    assert named[:start] + named[end:] == page and named.endswith("</script>\n</body></html>")
    assert with_names("no end") == "no end"


def test_the_icons_are_those_of_this_snakemake() -> None:
    assert reporter.__file__ is not None
    icons = Path(reporter.__file__).parent / "template/components/icon.js"
    paths = re.findall(r'path: "([^"]+)"', icons.read_text())
    for start in ICONS:
        assert sum(path.startswith(start) for path in paths) == 1, start
