"""What the figures share: style, axes of the state space, trajectories, attractors, files.

What is drawn in the state space has two or three coordinates: those of `view.View`.
"""

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
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patheffects import withStroke
from matplotlib.ticker import FixedLocator, MaxNLocator
from mpl_toolkits.mplot3d.art3d import Line3DCollection, Poly3DCollection
from PIL import Image

from spendscape.core.arrays import Array, Bools
from spendscape.core.parquet import even_sample
from spendscape.pages.attractor_shapes import curve, outline
from spendscape.pages.figures.lettering import as_written, fonts, not_drawable
from spendscape.pages.figures.sheet import INK, Sheet
from spendscape.pages.figures.view import View

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
        figure.savefig(svg, dpi=200, format="svg", metadata={"Date": None, "Creator": None})
        canvas: Any = FigureCanvasAgg(figure)
        figure.set_dpi(dpi)
        canvas.draw()
        drawn = Image.fromarray(np.asarray(canvas.buffer_rgba()))
    # A third of the bytes in the pages that embed it. The colours are those that lie farthest apart, so that none is
    # far from the one in its place; a median cut makes one of the few dots of a trait and the many of another.
    every = drawn.convert("RGB")
    few = every.quantize(256, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    few.save(png, format="png", compress_level=6, dpi=(dpi, dpi))


@contextmanager
def _style() -> Iterator[None]:
    with matplotlib.rc_context(STYLE | {"font.family": fonts()}), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph")
        yield


def state_axes(paper: Sheet, cell: int, view: View, start: float = 0.0, end: float = 1.0) -> Any:
    """Axes of the state space, 3-D from three hidden states on.

    Parameters
    ----------
    paper, cell, start, end : as of `Sheet.panel`
    """
    solid = view.units > 2
    axes: Any = paper.panel(cell, start, end, projection="3d" if solid else None)
    for side, name in zip("xyz", view.names, strict=False):
        getattr(axes, f"set_{side}label")(name)
        axis = getattr(axes, f"{side}axis")
        axis.set_major_locator(MaxNLocator(3))
        if solid:
            # An alpha of the pane would be that of its edges, too, and the box would stay open.
            axis.pane.set_alpha(None)
            axis.pane.set_facecolor("none")
            axis.pane.set(edgecolor="#cccccc", linewidth=0.5, closed=True)
            axis.line.set_linewidth(0.6)
            # The numbers at the upright axis would reach into it.
            axes.tick_params(axis=side, pad=2 if side == "z" else -2)
            axis.labelpad = 0 if side == "z" else -3
    if solid:
        axes.view_init(elev=22, azim=-55)
        axes.set_proj_type("ortho")
        # What is drawn later lies on top; matplotlib's guess by depth hides lines behind clouds.
        axes.computed_zorder = False
        axes.patch.set_alpha(0)
    elif view.units == 2:
        axes.set_aspect("equal", adjustable="box")
    else:
        ticks = {0: "0", view.steps: f"{view.steps:,}"} if view.gap else {0: "h"}
        axes.set_xticks(*zip(*(ticks | {view.end: "h*"}).items(), strict=True))
    return axes


def fit_limits(
    axes: Any, *parts: Float[Array, "... D"], margin: float = 0.03, share: float = 1.0
) -> None:
    """Let the axes hold the places of all parts; of two or three hidden states with one scale on every axis.

    Parameters
    ----------
    share : of the places that lie between the limits of each axis, in the middle
    """
    points = np.concatenate([part.reshape(-1, part.shape[-1]) for part in parts])
    # A customer without a known fixed point has NaN for it.
    low, high = np.nanquantile(points, [(1 - share) / 2, (1 + share) / 2], axis=0)
    room = np.maximum(high - low, 1e-3) * margin
    solid = points.shape[1] == 3
    for side, start, end in zip("xyz", low - room, high + room, strict=False):
        getattr(axes, f"set_{side}lim")(start, end)
        if solid:
            getattr(axes, f"{side}axis").set_major_locator(FixedLocator(inner_ticks(start, end)))
    if solid:
        sides = high - low + 2 * room
        # A long box is scaled by its diagonal, so that its longest side would leave the panel.
        zoom = min(1.0, 0.65 * float(np.linalg.norm(sides)) / sides.max())
        axes.set_box_aspect(sides, zoom=zoom)


def inner_ticks(low: float, high: float) -> list[float]:
    """Two or three round numbers away from both ends, where the numbers of two axes would meet."""
    edge = 0.14 * (high - low)
    size = 10.0 ** np.floor(np.log10(high - low))
    for share in (5, 2.5, 2, 1, 0.5, 0.25, 0.2, 0.1):
        first, last = (low + edge) / (share * size), (high - edge) / (share * size)
        inside = np.arange(np.ceil(first), np.floor(last) + 1) * share * size
        if len(inside) > 1:
            crowded = share * size < 0.3 * (high - low)
            return [float(tick) for tick in (inside[[0, -1]] if crowded else inside)]
    return [(low + high) / 2]


def draw_lines(
    axes: Any, paths: Float[Array, "K T D"], colours: Sequence[str], **style: Any
) -> None:
    """Trajectories, one colour each; dense ones are rasterised to keep the SVG small."""
    kind = Line3DCollection if paths.shape[-1] == 3 else LineCollection
    options: dict[str, Any] = {"colors": list(colours), "rasterized": len(paths) > 50} | style
    axes.add_collection(kind(list(paths), **options))


def draw_points(axes: Any, points: Float[Array, "K D"], **style: Any) -> None:
    """Draw places as a scatter."""
    options = {"rasterized": len(points) > 200, "linewidths": 0} | style
    if points.shape[-1] == 3:
        options |= {"depthshade": False}
    axes.scatter(*points.T, **options)


def inside(axes: Any, points: Float[Array, "K D"]) -> Bool[Bools, " K"]:
    """Which places lie within the axes' limits: solid axes do not cut off what lies outside."""
    sides = np.array([getattr(axes, f"get_{side}lim")() for side in "xyz"[: points.shape[1]]])
    return np.asarray(((points >= sides[:, 0]) & (points <= sides[:, 1])).all(axis=1))


def outlined(width: float) -> list[Any]:
    """A white rim of so many points, so that a line or a text can be read on a crowded ground."""
    return [withStroke(linewidth=width, foreground="white")]


def draw_attractor(
    axes: Any,
    entry: Mapping[str, Any],
    fixed_points: Float[Array, "K D"],
    colour: str,
    size: float = 1.0,
) -> None:
    """One trait's attractor, oversized as in the study: circles, a thick curve, or a patch.

    Parameters
    ----------
    entry : of a trait in dynamics/attractors.json, as `View.entry` sees it; one without a kind draws nothing
    fixed_points : of the trait's customers, as `View.ends` sees them, whose outline a sheet or a volume is drawn as
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


def _draw_patch(axes: Any, points: Float[Array, "K D"], colour: str) -> None:
    """The outline of places as a translucent patch."""
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
