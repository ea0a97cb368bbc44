"""Names in pictures: as written, measured, cut, and what cannot be drawn."""

import pytest
from matplotlib.figure import Figure

from spendscape.pages.figures import lettering


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("eating_out", "eating out"),
        ("_private__part_", "private part"),
        ("cost $_$ x", "cost $ $ x"),
        ("$y^2$", "$y^2$"),
        ("two\nlines\tand\u202e turned", "two lines and turned"),
        ("漢字", "漢字"),
        ("_", "(no name)"),
    ],
)
def test_names_are_shown_as_people_write_them(name: str, written: str) -> None:
    assert lettering.as_written(name) == written


@pytest.mark.parametrize("lines", [1, 2, 3])
@pytest.mark.parametrize("text", ["one " * 30, "x" * 300, "漢" * 80, "short"])
def test_a_text_is_cut_to_its_room(text: str, lines: int) -> None:
    made = lettering.fitted(text.strip(), 1.5, 8, lines)
    assert made.count("\n") < lines and lettering.width(made, 8) <= 1.5
    assert made.endswith("…") == (text != "short")
    joined = made.replace("\n", "" if " " not in text else " ").rstrip("…")
    assert text.startswith(joined)


def test_a_text_breaks_between_words() -> None:
    assert lettering.fitted("alpha beta gamma", 0.8, 8, 3).split("\n") == ["alpha beta", "gamma"]


def test_characters_without_a_font_are_named() -> None:
    figure = Figure()
    figure.text(0, 0, "plain é ж α →")
    assert lettering.not_drawable(figure) == ""
    # A private-use character is in no font.
    figure.text(0, 0, "\U000f1234")
    assert "for 1 of the characters" in lettering.not_drawable(figure)
