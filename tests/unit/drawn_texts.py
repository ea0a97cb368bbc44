"""The texts of a figure as they are drawn, and names that are hard to draw."""

import io
from dataclasses import dataclass
from functools import wraps
from typing import Any

import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox

HOSTILE = [
    "cost $_$ x",
    "$y^2$",
    "a_name_of_more_than_eighty_characters_" * 3,
    "漢字の性格 سخاء",
    "</text>_\u202e<b>&\n" + "W" * 90,
]


def texts(figure: Figure) -> str:
    return "\n".join(text.get_text() for text in figure.findobj(Text) if isinstance(text, Text))


@dataclass
class Drawn:
    """A text as it was drawn: its box in pixels, its colour, whether it is level or upright."""

    text: str
    box: Bbox
    colour: str
    straight: bool


def draw_and_record(figure: Figure, monkeypatch: pytest.MonkeyPatch) -> list[Drawn]:
    found: list[Drawn] = []
    original = Text.draw

    @wraps(original)
    def draw(self: Text, renderer: Any, *rest: Any, **options: Any) -> None:
        original(self, renderer, *rest, **options)
        if self.get_visible() and self.get_text().strip():
            colour = to_hex(self.get_color())
            box = Text.get_window_extent(self, renderer)
            found.append(Drawn(self.get_text(), box, colour, self.get_rotation() % 90 == 0))

    with monkeypatch.context() as patch:
        patch.setattr(Text, "draw", draw)
        figure.savefig(io.BytesIO(), format="png", dpi=figure.dpi)
    return found
