"""One colour a trait."""

import pytest

from spendscape.pages.colours import LEAST_CONTRAST, contrast, text_colour, trait_colours


def test_colours_are_seaborns_and_never_repeat() -> None:
    seaborn = pytest.importorskip("seaborn")
    names = [f"t{k}" for k in range(23)]
    colours = list(trait_colours(names).values())
    assert colours[:10] == seaborn.color_palette("colorblind").as_hex()
    assert len(set(colours)) == 23


def test_contrast_is_that_of_wcag() -> None:
    assert contrast("#000000") == pytest.approx(21) and contrast("#ffffff") == 1
    # The well-known lightest grey that may be read on white.
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.005)


def test_every_colour_as_text_can_be_read_on_white() -> None:
    for colour in trait_colours([f"t{k}" for k in range(23)]).values():
        dark = text_colour(colour)
        assert contrast(dark) >= LEAST_CONTRAST
        assert dark == colour or contrast(dark) < LEAST_CONTRAST + 0.5
    assert text_colour("#0173b2") == "#0173b2"
