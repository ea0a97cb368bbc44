"""One colour a trait."""

import pytest

from spendscape.pages.colours import trait_colours


def test_colours_are_seaborns_and_never_repeat() -> None:
    seaborn = pytest.importorskip("seaborn")
    names = [f"t{k}" for k in range(23)]
    colours = list(trait_colours(names).values())
    assert colours[:10] == seaborn.color_palette("colorblind").as_hex()
    assert len(set(colours)) == 23
