"""What the figures share: style, axes of the state space, trajectories, attractors, files.

The state space is drawn in its own units: all of them when there are two or three, the first three
when there are more, which the legend then says.
"""

import io
import logging
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec

import matplotlib
import numpy as np
from jaxtyping import Bool, Float
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patheffects import withStroke
from matplotlib.ticker import MaxNLocator
from mpl_toolkits.mplot3d import proj3d
from mpl_toolkits.mplot3d.art3d import Line3DCollection, Poly3DCollection
from PIL import Image

from spendscape.core.arrays import Array, Bools
from spendscape.core.parquet import even_sample
from spendscape.pages.attractor_shapes import curve, outline, shown
from spendscape.pages.colours import text_colour
from spendscape.pages.figures.lettering import as_written, fitted, fonts, not_drawable
from spendscape.pages.figures.sheet import INK, Sheet

Arguments = ParamSpec("Arguments")

STYLE: Any = {
    "font.size": 7.5,
    "text.color": INK,
    # A name from the data is text, not a formula: `$y^2$` is written as it stands.
    "text.parse_math": False,
    "axes.labelsize": 7,
    "axes.labelcolor": INK,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.labelsize": 6.5,
    "ytick.labelsize": 6.5,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "legend.fontsize": 7.5,
    "legend.frameon": False,
    "lines.solid_capstyle": "round",
    "grid.color": "#dddddd",
    "grid.linewidth": 0.4,
    # Equal data must give equal bytes: ids in the file are salted with this instead of at random.
    "svg.hashsalt": "spendscape",
}
# Customers or states that a panel is not about.
GREY = "#c4c4c4"


class NothingToDraw(Exception):
    """There is nothing to draw, for the reason given; what is `styled` shows the reason in the picture's place."""


def need_two(what: str, count: int) -> None:
    """Refuse to draw for one unit, or one trait, what needs two of them.

    Raises
    ------
    NothingToDraw
        There are fewer than two.
    """
    if count < 2:
        raise NothingToDraw(f"This figure needs 2 {what}; this run has {count}.")


def styled(draw: Callable[Arguments, Figure]) -> Callable[Arguments, Figure]:
    """Draw in the figures' style, whatever the caller's matplotlib settings are."""

    @wraps(draw)
    def inside(*arguments: Arguments.args, **options: Arguments.kwargs) -> Figure:
        with _style():
            try:
                return draw(*arguments, **options)
            except NothingToDraw as reason:
                figure = Figure(figsize=(5, 1.5), facecolor="white")
                figure.text(0.5, 0.5, str(reason), ha="center", va="center", fontsize=10)
                return figure

    return inside


def save(figure: Figure, png: str | Path, svg: str | Path, dpi: int = 300) -> None:
    """Write a figure in both forms, the same bytes for the same figure and the same fonts."""
    if missing := not_drawable(figure):
        logging.getLogger(__name__).warning("%s", missing)
    with _style(), warnings.catch_warnings():
        # It has just been said.
        warnings.filterwarnings("ignore", "Glyph")
        whole = io.BytesIO()
        figure.savefig(whole, dpi=dpi, format="png", metadata={"Software": None})
        figure.savefig(svg, dpi=200, format="svg", metadata={"Date": None, "Creator": None})
    # A third of the bytes in the pages that embed it, and no difference that an eye sees.
    few = Image.open(whole).convert("RGB").quantize(256, dither=Image.Dither.NONE)
    few.save(png, format="png", optimize=True, dpi=(dpi, dpi))


@contextmanager
def _style() -> Iterator[None]:
    with matplotlib.rc_context(STYLE | {"font.family": fonts()}), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph")
        yield


def state_axes(paper: Sheet, cell: int, units: int, start: float = 0.0, end: float = 1.0) -> Any:
    """Axes of the state space, 3-D from three units on, named hidden state 1, 2, …

    Parameters
    ----------
    paper, cell, start, end : as of `Sheet.panel`
    units : M

    Raises
    ------
    NothingToDraw
        With one unit all trajectories lie on one line, over each other.
    """
    need_two("units", units)
    solid = units > 2
    axes: Any = paper.panel(cell, start, end, projection="3d" if solid else None)
    for k, side in enumerate("xyz"[: 3 if solid else 2]):
        getattr(axes, f"set_{side}label")(f"hidden state {k + 1}")
        axis = getattr(axes, f"{side}axis")
        axis.set_major_locator(MaxNLocator(3))
        if solid:
            axis.set_pane_color((1, 1, 1, 0))
            axis.pane.set_edgecolor("#cccccc")
            axis.line.set_linewidth(0.6)
            axes.tick_params(axis=side, pad=-3)
            axis.labelpad = -6
    if solid:
        axes.view_init(elev=22, azim=-55)
        axes.set_proj_type("ortho")
        # What is drawn later lies on top; matplotlib's guess by depth hides lines behind clouds.
        axes.computed_zorder = False
        axes.patch.set_alpha(0)
    else:
        axes.set_aspect("equal", adjustable="box")
    return axes


def of_units(units: int) -> str:
    """What a figure of the state space says where there are more units than it can show."""
    return f"the first three of {units} hidden states are drawn" if units > 3 else ""


def fit_limits(
    axes: Any, *parts: Float[Array, "... M"], margin: float = 0.03, share: float = 1.0
) -> None:
    """Let the axes hold the states of all parts, with the same scale on every axis.

    Parameters
    ----------
    share : of the states that lie between the limits of each axis, in the middle
    """
    points = np.concatenate([shown(part).reshape(-1, shown(part).shape[-1]) for part in parts])
    # A customer without a known fixed point has NaN for it.
    low, high = np.nanquantile(points, [(1 - share) / 2, (1 + share) / 2], axis=0)
    room = np.maximum(high - low, 1e-3) * margin
    for side, start, end in zip("xyz", low - room, high + room, strict=False):
        getattr(axes, f"set_{side}lim")(start, end)
    if points.shape[1] == 3:
        sides = high - low + 2 * room
        # A long box is scaled by its diagonal, so that its longest side would leave the panel.
        zoom = min(1.0, 0.65 * float(np.linalg.norm(sides)) / sides.max())
        axes.set_box_aspect(sides, zoom=zoom)


def draw_lines(
    axes: Any, paths: Float[Array, "K T M"], colours: Sequence[str], **style: Any
) -> None:
    """Trajectories, one colour each; dense ones are rasterised to keep the SVG small."""
    lines = shown(paths)
    kind = Line3DCollection if lines.shape[-1] == 3 else LineCollection
    options: dict[str, Any] = {"colors": list(colours), "rasterized": len(lines) > 50} | style
    axes.add_collection(kind(list(lines), **options))


def draw_points(axes: Any, points: Float[Array, "K M"], **style: Any) -> None:
    """Draw states as a scatter."""
    options = {"rasterized": len(points) > 200, "linewidths": 0} | style
    if shown(points).shape[-1] == 3:
        options |= {"depthshade": False}
    axes.scatter(*shown(points).T, **options)


def inside(axes: Any, points: Float[Array, "K M"]) -> Bool[Bools, " K"]:
    """Which states lie within the axes' limits: solid axes do not cut off what lies outside."""
    places = shown(points)
    sides = np.array([getattr(axes, f"get_{side}lim")() for side in "xyz"[: places.shape[1]]])
    return np.asarray(((places >= sides[:, 0]) & (places <= sides[:, 1])).all(axis=1))


def outlined(width: float) -> list[Any]:
    """A white rim of so many points, so that a line or a text can be read on a crowded ground."""
    return [withStroke(linewidth=width, foreground="white")]


def write_at(axes: Any, point: Float[Array, " M"], name: str, colour: str, **style: Any) -> None:
    """Write a name from the data at a state, once the axes have their limits."""
    x, y, *rest = shown(point)
    if rest:
        x, y, _ = proj3d.proj_transform(x, y, *rest, axes.get_proj())
    text = fitted(as_written(name), 1.1, 7)
    options = {"ha": "center", "size": 7, "path_effects": outlined(2.0), "annotation_clip": False}
    axes.annotate(text, (x, y), color=text_colour(colour), **options | style)


def draw_attractor(
    axes: Any,
    entry: Mapping[str, Any],
    fixed_points: Float[Array, "K M"],
    colour: str,
    size: float = 1.0,
) -> None:
    """One trait's attractor, oversized as in the study: circles, a thick curve, or a patch.

    Parameters
    ----------
    entry : of a trait in dynamics/attractors.json; one without a kind draws nothing
    fixed_points : of the trait's customers, whose outline a sheet or a volume is drawn as
    """
    kind = entry.get("kind")
    cloud = fixed_points[even_sample(len(fixed_points), 1000)]
    if kind in ("point", "points"):
        places = np.array([place["position"] for place in entry["locations"]], dtype=np.float64)
        style = {"s": 260 * size, "color": colour, "alpha": 0.6, "edgecolors": "white"}
        draw_points(axes, places, **style | {"linewidths": 0.8, "zorder": 5})
    elif kind == "curve":
        line = curve(entry["polynomial"])[None]
        draw_lines(axes, line, [colour], linewidths=9 * size, alpha=0.6, capstyle="round", zorder=5)
    elif kind == "sheet":
        _draw_patch(axes, fixed_points, colour)
        draw_points(axes, cloud, s=3, color=colour, alpha=0.25, rasterized=True)
    elif kind == "volume":
        draw_points(axes, cloud, s=14 * size, color=colour, alpha=0.18, rasterized=True)


def _draw_patch(axes: Any, points: Float[Array, "K M"], colour: str) -> None:
    """The outline of states as a translucent patch."""
    corners = outline(points)
    kind = Poly3DCollection if corners.shape[1] == 3 else PolyCollection
    axes.add_collection(kind([corners], facecolors=colour, edgecolors=colour, alpha=0.3))


def handles(colours: Mapping[str, str], marker: str | None = None) -> list[Line2D]:
    """Legend entries, one per trait: lines, or markers."""
    style: dict[str, Any] = {"lw": 2.5} if marker is None else {"lw": 0, "marker": marker, "ms": 5}
    return [
        Line2D([], [], color=colour, label=as_written(name), **style)
        for name, colour in colours.items()
    ]
