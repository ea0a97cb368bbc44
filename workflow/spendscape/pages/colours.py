"""One colour per trait, the same in every figure, card and page."""

import colorsys
from collections.abc import Sequence

# seaborn's palette "colorblind", kept here so that a card need not import seaborn.
COLOURBLIND = (
    "#0173b2", "#de8f05", "#029e73", "#d55e00", "#cc78bc",
    "#ca9161", "#fbafe4", "#949494", "#ece133", "#56b4e9",
)  # fmt: skip
# The least contrast of a text with its ground (WCAG 2.2, success criterion 1.4.3).
LEAST_CONTRAST = 4.5


def trait_colours(traits: Sequence[str]) -> dict[str, str]:
    """The colour of each trait as #rrggbb, by its place in `traits`.

    The first ten are seaborn's colour-blind palette; further ones are evenly spaced hues.
    """
    more = max(0, len(traits) - len(COLOURBLIND))
    hues = [colorsys.hls_to_rgb(k / more, 0.45, 0.6) for k in range(more)]
    extra = ["#" + "".join(f"{round(255 * part):02x}" for part in hue) for hue in hues]
    return dict(zip(traits, [*COLOURBLIND, *extra], strict=False))


def contrast(first: str, second: str = "#ffffff") -> float:
    """The contrast of two colours #rrggbb, from 1 to 21, as WCAG 2.2 defines it."""
    high, low = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def text_colour(colour: str) -> str:
    """The colour #rrggbb, darkened as far as a text in it needs to be read on white."""
    parts = [int(colour[k : k + 2], 16) for k in (1, 3, 5)]
    while contrast(colour) < LEAST_CONTRAST:
        parts = [int(0.97 * part) for part in parts]
        colour = "#" + "".join(f"{part:02x}" for part in parts)
    return colour


def _luminance(colour: str) -> float:
    parts = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
