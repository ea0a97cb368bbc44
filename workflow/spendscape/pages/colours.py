"""One colour per trait, the same in every figure, card and page."""

import colorsys
from collections.abc import Sequence

# seaborn's palette "colorblind", kept here so that a card need not import seaborn.
COLOURBLIND = (
    "#0173b2", "#de8f05", "#029e73", "#d55e00", "#cc78bc",
    "#ca9161", "#fbafe4", "#949494", "#ece133", "#56b4e9",
)  # fmt: skip


def trait_colours(traits: Sequence[str]) -> dict[str, str]:
    """The colour of each trait as #rrggbb, by its place in `traits`.

    The first ten are seaborn's colour-blind palette; further ones are evenly spaced hues.
    """
    more = max(0, len(traits) - len(COLOURBLIND))
    hues = [colorsys.hls_to_rgb(k / more, 0.45, 0.6) for k in range(more)]
    extra = ["#" + "".join(f"{round(255 * part):02x}" for part in hue) for hue in hues]
    return dict(zip(traits, [*COLOURBLIND, *extra], strict=False))
