"""Figure 6: the trait axes in state space (Eq. 2), and where each trait grows fastest."""

from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np
from jaxtyping import Float, Shaped
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from spendscape.core.arrays import Floats, Names
from spendscape.pages.colours import trait_colours
from spendscape.pages.figures import drawing as figures
from spendscape.pages.figures.labels import write_apart
from spendscape.pages.figures.lettering import as_written, fitted
from spendscape.pages.figures.sheet import INK, sheet
from spendscape.pages.figures.view import View, view_of


@figures.styled
def draw(
    origin: Float[Floats, " M"],
    axes_ends: Float[Floats, "P M"],
    steepest: Float[Floats, "P M"],
    fixed_points: Float[Floats, "K M"],
    labels: Shaped[Names, " K"],
    everyone: Float[Floats, "N M"],
    traits: Sequence[str],
) -> Figure:
    """Draw the study's Fig. 6.

    Parameters
    ----------
    origin : the state at which every output is 0
    axes_ends : D W⁺, the trait axes as vectors from the origin
    steepest : the directions of steepest ascent, of the same lengths
    fixed_points, labels : h* of customers and the trait each is labelled with
    everyone : the fixed points of all customers, by which the view is chosen
    """
    colours, view, grey = trait_colours(traits), view_of(everyone), "#666666"
    entries = [
        *figures.handles(colours),
        Line2D([], [], color=grey, lw=2.5, label="trait axis: only this output changes (black: all are 0)"),
        Line2D([], [], color=grey, lw=1.2, ls="--", label="where the trait grows fastest"),
        Line2D([], [], color=grey, lw=0, marker="o", ms=2.5, label="ends h* of customers with this trait"),
        Line2D([], [], color="#aaaaaa", lw=0.8, label="limits of the states, −1 and 1"),
    ]  # fmt: skip
    if view.units == 1:
        # Both directions lie on the one line that there is.
        del entries[len(traits) + 1]
    paper = sheet(1, 2, 3.8, entries[: None if view.units < 4 else -1], view.said)
    paper.title(0, angles_between(axes_ends, steepest) if view.units > 1 else "")
    axes = figures.state_axes(paper, 0, view)
    if view.units == 1:
        _beside_each_other(axes, view, origin, axes_ends, fixed_points, labels, colours)
        paper.settle()
        return paper.figure
    start, ends, fastest = (
        view.along(part) for part in (origin, origin + axes_ends, origin + steepest)
    )
    corners = view.along(_corners(view.units))
    figures.fit_limits(axes, corners, start[None], ends, fastest, margin=0.0)
    if view.units < 4:
        _draw_cube(axes, view.units)
    for trait, end, ascent in zip(traits, ends, fastest, strict=True):
        colour = colours[trait]
        places = view.along(fixed_points[labels == trait])
        figures.draw_points(axes, places, s=2, color=colour, alpha=0.4, zorder=0, rasterized=True)
        figures.draw_lines(axes, np.array([[start, end]]), [colour], linewidths=3)
        style: dict[str, Any] = {"linewidths": 1.2, "linestyles": "--"}
        figures.draw_lines(axes, np.array([[start, ascent]]), [colour], **style)
        figures.draw_points(axes, end[None], s=26, color=colour)
    figures.draw_points(axes, start[None], s=22, color=INK)
    paper.settle()
    write_apart(axes, start, ends, colours)
    return paper.figure


def _beside_each_other(
    axes: Any,
    view: View,
    origin: Float[Floats, "1"],
    axes_ends: Float[Floats, "P 1"],
    fixed_points: Float[Floats, "K 1"],
    labels: Shaped[Names, " K"],
    colours: Mapping[str, str],
) -> None:
    """Of one hidden state: an arrow for each trait beside the others, and what ends there."""
    for k, (trait, colour) in enumerate(colours.items()):
        places = view.ends(fixed_points[labels == trait], 0.3)
        figures.draw_points(
            axes, places + np.array([k - view.end, 0]), s=2, color=colour, alpha=0.4
        )
        line = np.array([[[k, origin[0]], [k, origin[0] + axes_ends[k, 0]]]])
        figures.draw_lines(axes, line, [colour], linewidths=3)
        figures.draw_points(axes, line[0, 1:], s=26, color=colour)
        figures.draw_points(axes, line[0, :1], s=22, color=INK, zorder=9)
    for end in (-1, 1):
        axes.axhline(end, color="#aaaaaa", lw=0.8)
    low, high = (float(part) for part in (np.min(origin + axes_ends), np.max(origin + axes_ends)))
    axes.set(xlim=(-0.6, len(colours) - 0.4), ylim=(min(-1.05, low), max(1.05, high)), xlabel="")
    names = [fitted(as_written(trait), 1.0, 6.5) for trait in colours]
    axes.set_xticks(range(len(names)), names, rotation=90)


def _corners(units: int) -> Float[Floats, "_ M"]:
    """The corners of the cube of states; of very many hidden states those at the ends of each one only."""
    if units <= 10:
        return np.array(list(product((-1.0, 1.0), repeat=units)))
    return np.concatenate([np.eye(units), -np.eye(units)])


def angles_between(axes_ends: Float[Floats, "P M"], steepest: Float[Floats, "P M"]) -> str:
    """How far the two directions of each trait lie apart, over all traits, in words."""
    size = np.linalg.norm(axes_ends, axis=1) * np.linalg.norm(steepest, axis=1)
    some = size > 0
    if not some.any():
        return "No trait has an axis."
    cosine = (axes_ends * steepest).sum(axis=1)[some] / size[some]
    degrees = np.degrees(np.arccos(np.clip(cosine, -1, 1)))
    ends = f"{degrees.min():.0f}° to {degrees.max():.0f}°"
    return f"Trait axes and directions of steepest ascent lie {ends} apart."


def _draw_cube(axes: Any, units: int) -> None:
    """The edges of the cube (square) of states."""
    corners = _corners(units)
    edges = [
        (a, b) for a in corners for b in corners if np.abs(a - b).sum() == 2 and tuple(a) < tuple(b)
    ]
    figures.draw_lines(axes, np.array(edges), ["#aaaaaa"] * len(edges), linewidths=0.8)
