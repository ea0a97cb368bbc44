"""Names from the data in a picture: written as people write them, and cut to the room that there is.

Names may be of any length and script. They are measured in the fonts that they will be drawn in:
DejaVu Sans, and for characters that it lacks those of `WIDER` that this machine has.
"""

import unicodedata
import warnings
from bisect import bisect_right
from functools import cache
from typing import Any

from matplotlib import font_manager
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.text import Text

# Fonts for the scripts that DejaVu Sans lacks.
WIDER = (
    "Noto Sans CJK SC", "Noto Sans CJK JP", "Noto Sans CJK KR", "WenQuanYi Zen Hei", "Droid Sans Fallback",
    "Noto Sans Arabic", "Noto Sans Devanagari", "Noto Sans Bengali", "Noto Sans Tamil", "Noto Sans Thai",
    "Noto Sans", "Arial Unicode MS", "Unifont",
)  # fmt: skip
# No picture has room for a longer name.
LONGEST = 200
DPI = 720


@cache
def fonts() -> list[str]:
    """The fonts that texts are drawn in: a character is taken from the first one that has it."""
    installed = set(font_manager.get_font_names())
    return ["DejaVu Sans", *(name for name in WIDER if name in installed)]


def as_written(name: str) -> str:
    """A name as people write it: spaces for underscores, and nothing that cannot be printed."""
    spaced = " ".join(name.replace("_", " ").split())
    return "".join(c for c in spaced if c.isprintable())[:LONGEST] or "(no name)"


def short(name: str, inches: float = 1.3) -> str:
    """A name as people write it, cut so that a title has room for others beside it."""
    return fitted(as_written(name), inches, 8)


def fitted(text: str, inches: float, size: float, lines: int = 1) -> str:
    """The text in at most so many lines of at most this width; an ellipsis stands for what is cut.

    Parameters
    ----------
    size : of the font, in points
    """
    rest, done = text, list[str]()
    while rest:
        if _width(rest, size) <= inches:
            return "\n".join([*done, rest])
        last = len(done) == lines - 1
        room = inches - (_width("…", size) if last else 0)
        starts = range(1, len(rest) + 1)
        count = max(1, bisect_right(starts, room, key=lambda k: _width(rest[:k], size)))
        if last:
            return "\n".join([*done, rest[:count].rstrip() + "…"])
        space = rest.rfind(" ", 1, count + 1)
        at = space if space > 0 else count
        done.append(rest[:at].rstrip())
        rest = rest[at:].lstrip()
    return "\n".join(done)


def width(text: str, size: float) -> float:
    """The width of a text in inches, of the widest line where there are several."""
    return max(_width(line, size) for line in text.split("\n"))


def not_drawable(figure: Figure) -> str:
    """What is to be said about characters that no font of this machine has; "" where there are none."""
    paths = font_manager.fontManager._find_fonts_by_props(_properties(8))
    known = {code for path in paths for code in font_manager.get_font(path).get_charmap()}
    texts = {text.get_text() for text in figure.findobj(Text) if isinstance(text, Text)}
    lacking = sorted({c for text in texts for c in text if c != "\n" and ord(c) not in known})
    if not lacking:
        return ""
    scripts = sorted({unicodedata.name(c, "unnamed").split()[0].capitalize() for c in lacking})
    return (
        f"No font was found for {len(lacking)} of the characters in the names, which are drawn as boxes "
        f"({', '.join(scripts)}). Any of these fonts that has them would do: {', '.join(WIDER)}."
    )


@cache
def _renderer() -> RendererAgg:
    return RendererAgg(1, 1, DPI)  # type: ignore[no-untyped-call]


def _properties(size: float) -> FontProperties:
    return FontProperties(family=fonts(), size=size)


@cache
def _width(line: str, size: float) -> float:
    with warnings.catch_warnings():
        # `not_drawable` says it once for the whole figure.
        warnings.filterwarnings("ignore", "Glyph")
        measure = _renderer().get_text_width_height_descent
        pixels: Any = measure(line, _properties(size), ismath=False)  # type: ignore[no-untyped-call]
    return float(pixels[0]) / DPI
