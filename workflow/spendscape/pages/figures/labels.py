"""Names, none over another: beside a column, and at the ends of lines from one point."""

from collections.abc import Mapping
from itertools import product
from typing import Any

import numpy as np
from jaxtyping import Float
from matplotlib.text import Annotation
from mpl_toolkits.mplot3d import proj3d

from spendscape.core.arrays import Floats
from spendscape.pages.colours import text_colour
from spendscape.pages.figures.drawing import outlined
from spendscape.pages.figures.lettering import as_written, fitted

SIZE = 7.0
# From the end of a line to its name, and between two names, in points.
BESIDE, APART = 6.0, 1.5


def spread(
    middles: Float[Floats, " K"], apart: float, low: float, high: float
) -> Float[Floats, " K"]:
    """Places from the top down that are so far apart, as near to the given ones as can be in one pass."""
    places = np.minimum(middles, high)
    for k in range(1, len(places)):
        places[k] = min(places[k], places[k - 1] - apart)
    # Those that were pushed below the paper push the others up again.
    floor = low
    for k in reversed(range(len(places))):
        places[k] = max(places[k], floor)
        floor = places[k] + apart
    return places


def write_apart(
    axes: Any, start: Float[Floats, " D"], ends: Float[Floats, "P D"], colours: Mapping[str, str]
) -> None:
    """Write a name behind the end of each line, and a thin line to a name that had to make room.

    The axes must have their place: what they are drawn at afterwards is not known here.

    Parameters
    ----------
    start, ends : where the lines begin, and where each ends
    colours : of each line, by its name
    """
    places = _on_paper(axes, np.vstack([start, ends]))
    texts = [
        _behind(axes, place, place - places[0], name, colour)
        for place, (name, colour) in zip(places[1:], colours.items(), strict=True)
    ]
    axes.figure.draw_without_rendering()
    _keep_inside(axes, texts)
    for text, moved in zip(texts, _moved(axes, texts), strict=True):
        if abs(moved) > 0.5:
            across, up = text.get_position()
            text.set_position((across, up + moved))
            assert text.arrow_patch is not None
            text.arrow_patch.set_visible(abs(moved) > SIZE)


def _on_paper(axes: Any, places: Float[Floats, "K D"]) -> Float[Floats, "K 2"]:
    """Where places are drawn, in the coordinates of flat axes."""
    if places.shape[1] == 2:
        return places
    x, y, _ = proj3d.proj_transform(*places.T, axes.get_proj())
    return np.column_stack([x, y])


def _behind(
    axes: Any, place: Float[Floats, "2"], way: Float[Floats, "2"], name: str, colour: str
) -> Annotation:
    """A name at the far side of the end of a line, so that it does not cover the line."""
    length = float(np.linalg.norm(way))
    right, up = way / length if length > 0 else np.array([0.0, 1.0])
    text: Annotation = axes.annotate(
        fitted(as_written(name), 1.1, SIZE),
        place,
        (BESIDE * right, BESIDE * up),
        textcoords="offset points",
        ha="left" if right > 0.5 else "right" if right < -0.5 else "center",
        va="bottom" if up > 0.5 else "top" if up < -0.5 else "center",
        size=SIZE,
        color=text_colour(colour),
        path_effects=outlined(2.0),
        annotation_clip=False,
        arrowprops={"arrowstyle": "-", "color": colour, "lw": 0.6, "shrinkA": 0, "shrinkB": 2},
        zorder=20,
    )
    assert text.arrow_patch is not None
    text.arrow_patch.set_visible(False)
    return text


def _sides(axes: Any, texts: list[Annotation]) -> Float[Floats, "P 4"]:
    """The left, right, lower and upper side of each name, in points."""
    renderer = axes.figure.canvas.get_renderer()
    # The box of an annotation would hold its line, too.
    boxes = [super(Annotation, text).get_window_extent(renderer) for text in texts]
    sides = np.array([[box.x0, box.x1, box.y0, box.y1] for box in boxes])
    return sides * 72 / float(axes.figure.dpi)


def _keep_inside(axes: Any, texts: list[Annotation]) -> None:
    """Names that would reach into the numbers beside the axes go back, above or below their line."""
    limits = [
        getattr(axes, f"get_{side}lim")() for side in ("xyz" if hasattr(axes, "zaxis") else "xy")
    ]
    corners = axes.transData.transform(_on_paper(axes, np.array(list(product(*limits)))))
    left, right = corners[:, 0].min(), corners[:, 0].max()
    scale = 72 / float(axes.figure.dpi)
    for text, (start, end, _, _) in zip(texts, _sides(axes, texts), strict=True):
        back = min(0.0, right * scale - 1 - end) + max(0.0, left * scale + 1 - start)
        if back:
            across, up = text.get_position()
            text.set_position((across + back, up + (SIZE + 3) * (1 if up >= 0 else -1)))


def _moved(axes: Any, texts: list[Annotation]) -> Float[Floats, " P"]:
    """How far each name goes up, in points, so that no two overlap."""
    sides = _sides(axes, texts)
    moved = np.zeros(len(texts))
    for _ in range(200):
        clear = True
        for i in range(len(texts)):
            for k in range(i):
                beside = min(sides[i, 1], sides[k, 1]) - max(sides[i, 0], sides[k, 0])
                low, high = sorted((i, k), key=lambda n: (sides[n, 2] + moved[n], n))
                over = sides[low, 3] + moved[low] + APART - sides[high, 2] - moved[high]
                if beside > 0 and over > 1e-6:
                    moved[low] -= over / 2
                    moved[high] += over / 2
                    clear = False
        if clear:
            break
    return moved
