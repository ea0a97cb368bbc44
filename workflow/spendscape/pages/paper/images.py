"""Figures inside a page: the image as text, and its caption from the report's own file."""

import base64
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup, escape

TYPES = {".png": "image/png", ".svg": "image/svg+xml"}


@dataclass(frozen=True)
class Image:
    """A figure as the paper shows it.

    Attributes
    ----------
    source : the image as a data URI
    caption : HTML
    """

    name: str
    number: int
    shows: str
    source: str
    caption: Markup


def smallest(paths: Iterable[Path]) -> str:
    """The smallest of these files of one image, as a data URI: vectors are larger where there are many points."""
    path = min(paths, key=lambda path: (path.stat().st_size, path.suffix))
    encoded = base64.b64encode(path.read_bytes()).decode()
    return f"data:{TYPES[path.suffix]};base64,{encoded}"


def caption(text: str) -> Markup:
    """The first paragraph of a caption in workflow/report/, as HTML: bold, names of files, and no escape of reStructuredText."""
    paragraph = " ".join(text.strip().split("\n\n")[0].split())
    html = str(escape(paragraph))
    html = re.sub(r"``(.+?)``", r"<code>\1</code>", html)
    html = re.sub(r"\*\*(.+?)\*\*", r"<strong>\1</strong>", html)
    return Markup(re.sub(r"\\(\S)", r"\1", html))
