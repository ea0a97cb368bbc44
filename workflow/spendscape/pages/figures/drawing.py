"""What the figures share: style, axes of the state space, trajectories, attractors, files.

The state space is drawn in its own units: all of them when there are two or three, the first three
when there are more, which the first axis then says.
"""

import textwrap
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec

import matplotlib
import numpy as np
from jaxtyping import Float
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patheffects import withStroke
from matplotlib.ticker import MaxNLocator
from mpl_toolkits.mplot3d.art3d import Line3DCollection, Poly3DCollection

from spendscape.core.arrays import Array
from spendscape.core.parquet import even_sample
from spendscape.pages.attractor_shapes import curve, outline, shown

Arguments = ParamSpec("Arguments")

STYLE: Any = {
    "font.family": "DejaVu Sans",
    "font.size": 8,
    "axes.titlesize": 9,
    "axes.titlelocation": "left",
    "axes.labelsize": 8,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.labelsize": 7,
    "ytick.labelsize": 7,
    "legend.fontsize": 8,
    "legend.frameon": False,
    "lines.solid_capstyle": "round",
    "grid.color": "#dddddd",
    "grid.linewidth": 0.4,
    # Equal data must give equal bytes: ids in the file are salted with this instead of at random.
    "svg.hashsalt": "spendscape",
}
INK = "#222222"


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
        with matplotlib.rc_context(STYLE):
            try:
                return draw(*arguments, **options)
            except NothingToDraw as reason:
                figure = Figure(figsize=(5, 1.5), facecolor="white")
                figure.text(0.5, 0.5, str(reason), ha="center", va="center", color=INK, fontsize=10)
                return figure

    return inside


def save(figure: Figure, png: str | Path, svg: str | Path, dpi: int = 260) -> None:
    """Write a figure in both forms, the same bytes for the same figure."""
    with matplotlib.rc_context(STYLE):
        figure.savefig(png, dpi=dpi, format="png", metadata={"Software": None})
        figure.savefig(svg, dpi=200, format="svg", metadata={"Date": None, "Creator": None})


def state_axes(figure: Figure, place: Any, units: int) -> Any:
    """Axes of the state space, 3-D from three units on, named hidden state 1, 2, …

    Parameters
    ----------
    place : a cell of a grid of the figure
    units : M
    """
    solid = units > 2
    axes: Any = figure.add_subplot(place, projection="3d" if solid else None)
    for k, side in enumerate("xyz"[: 3 if solid else 2]):
        first = f"hidden state {k + 1}"
        label = f"{first} (of {units}, first three drawn)" if units > 3 and k == 0 else first
        getattr(axes, f"set_{side}label")(label)
        axis = getattr(axes, f"{side}axis")
        axis.set_major_locator(MaxNLocator(4))
        if solid:
            axis.set_pane_color((1, 1, 1, 1))
            axis.pane.set_edgecolor("#cccccc")
            axis.line.set_linewidth(0.6)
            axes.tick_params(axis=side, pad=-2)
            axis.labelpad = -4
    if solid:
        axes.view_init(elev=22, azim=-55)
        axes.set_proj_type("ortho")
        # What is drawn later lies on top; matplotlib's guess by depth hides lines behind clouds.
        axes.computed_zorder = False
        axes.patch.set_alpha(0)
    else:
        axes.set_aspect("equal", adjustable="box")
    return axes


def fit_limits(axes: Any, *parts: Float[Array, "... M"], margin: float = 0.03) -> None:
    """Let the axes hold the states of all parts, with the same scale on every axis."""
    points = np.concatenate([shown(part).reshape(-1, shown(part).shape[-1]) for part in parts])
    # A customer without a known fixed point has NaN for it.
    low, high = np.nanmin(points, axis=0), np.nanmax(points, axis=0)
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


def outlined(width: float) -> list[Any]:
    """A white rim of so many points, so that a line or a text can be read on a crowded ground."""
    return [withStroke(linewidth=width, foreground="white")]


def write_at(axes: Any, point: Float[Array, " M"], text: str, **style: Any) -> None:
    """Write a text at a state."""
    axes.text(*shown(point), text, ha="center", path_effects=outlined(2.5), **style)


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
    return [Line2D([], [], color=colour, label=name, **style) for name, colour in colours.items()]


def spread_out(
    rows: int,
    columns: int,
    panel: float,
    entries: Sequence[Artist],
    heading: str = "",
    left: float = 0.55,
    gap: float = 0.35,
    below: float = 0.5,
) -> tuple[Figure, Any]:
    """A figure with its legend below, and its grid of square panels; all lengths in inches.

    Parameters
    ----------
    rows, columns, panel : number of panels and their side
    entries, heading : what the legend holds; it takes as many lines as it needs
    left, gap, below : room on the left, above and below each panel for axis, title and axis label
    """
    right = 0.45
    width = columns * (panel + left) + right
    longest = max(len(str(entry.get_label())) for entry in entries)
    across = int(max(1, min(len(entries), width / (0.075 * longest + 0.6))))
    legend = 0.2 * -(-len(entries) // across) + 0.15 + (0.2 if heading else 0)
    height = rows * (panel + gap + below) + legend
    figure = Figure(figsize=(width, height), facecolor="white")
    figure.legend(handles=list(entries), loc="lower center", ncols=across, title=heading or None)
    grid = figure.add_gridspec(
        rows, columns, left=left / width, right=1 - right / width,
        bottom=(legend + below) / height, top=1 - gap / height,
        wspace=left / panel, hspace=(gap + below) / panel,
    )  # fmt: skip
    return figure, grid


def spread_states(
    rows: int, columns: int, panel: float, entries: Sequence[Artist], units: int
) -> tuple[Figure, Any]:
    """`spread_out` for panels that are axes of the state space, of `units` units.

    Raises
    ------
    NothingToDraw
        With one unit all trajectories lie on one line, over each other.
    """
    need_two("units", units)
    # Solid axes keep their labels inside their panel, except the one on its right.
    return (
        spread_out(rows, columns, panel, entries, left=0.3, below=0.05)
        if units > 2
        else spread_out(rows, columns, panel - 0.2, entries)
    )


def title(axes: Axes, panel: int, text: str) -> None:
    """A panel's letter and title, at its upper left."""
    letter = f"({chr(ord('a') + panel)}) " if panel < 26 else ""
    place = {"xy": (0, 1), "xytext": (0, 4), "xycoords": "axes fraction"}
    options = {"textcoords": "offset points", "va": "bottom", "annotation_clip": False}
    axes.annotate(letter + text, **place | options, color=INK, fontsize=9)  # type: ignore[arg-type]


def wrapped(text: str, width: int) -> str:
    """The text in lines of at most `width` characters."""
    return "\n".join(textwrap.wrap(text, width, break_long_words=False))
