"""Figure 6: the trait axes in state space (Eq. 2), and where each trait grows fastest."""

from collections.abc import Sequence
from itertools import product
from typing import Any

import numpy as np
from jaxtyping import Float, Shaped
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from spendscape.core.arrays import Floats, Names
from spendscape.pages.colours import trait_colours
from spendscape.pages.figures import drawing as figures
from spendscape.pages.figures.sheet import INK, sheet


@figures.styled
def draw(
    origin: Float[Floats, " M"],
    axes_ends: Float[Floats, "P M"],
    steepest: Float[Floats, "P M"],
    fixed_points: Float[Floats, "K M"],
    labels: Shaped[Names, " K"],
    traits: Sequence[str],
) -> Figure:
    """Draw the study's Fig. 6.

    Parameters
    ----------
    origin : the state at which every output is 0
    axes_ends : D W⁺, the trait axes as vectors from the origin
    steepest : the directions of steepest ascent, of the same lengths
    fixed_points, labels : h* of customers and the trait each is labelled with
    """
    colours, units = trait_colours(traits), len(origin)
    grey = "#666666"
    entries = [
        *figures.handles(colours),
        Line2D([], [], color=grey, lw=2.5, label="trait axis D W⁺, from the output 0 (black)"),
        Line2D([], [], color=grey, lw=1.2, ls="--", label="steepest ascent, a column of W"),
        Line2D([], [], color=grey, lw=0, marker="o", ms=2.5, label="h* with the trait's label"),
        Line2D([], [], color="#aaaaaa", lw=0.8, label="cube of states [−1, 1]"),
    ]
    paper = sheet(1, 2, 3.8, entries, figures.of_units(units))
    paper.title(0, angles_between(axes_ends, steepest))
    axes = figures.state_axes(paper, 0, units)
    _draw_cube(axes, units)
    everything = np.concatenate(
        [[-np.ones(units), np.ones(units)], origin + axes_ends, origin + steepest]
    )
    figures.fit_limits(axes, everything, margin=0.05)
    room = 0.06 * np.ptp(everything, axis=0).max()
    for trait, end, ascent in zip(traits, axes_ends, steepest, strict=True):
        colour = colours[trait]
        places = fixed_points[labels == trait]
        figures.draw_points(axes, places, s=2, color=colour, alpha=0.4, zorder=0, rasterized=True)
        figures.draw_lines(axes, np.array([[origin, origin + end]]), [colour], linewidths=3)
        figures.draw_lines(
            axes, np.array([[origin, origin + ascent]]), [colour], linewidths=1.2, linestyles="--"
        )
        figures.draw_points(axes, (origin + end)[None], s=26, color=colour)
        beyond = origin + end + room * end / max(float(np.linalg.norm(end)), np.finfo(float).tiny)
        figures.write_at(axes, beyond, trait, colour, va="center")
    figures.draw_points(axes, origin[None], s=22, color=INK)
    paper.settle()
    return paper.figure


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
    size = min(units, 3)
    corners = np.array(list(product((-1.0, 1.0), repeat=size)))
    edges = [
        (a, b) for a in corners for b in corners if np.abs(a - b).sum() == 2 and tuple(a) < tuple(b)
    ]
    figures.draw_lines(axes, np.array(edges), ["#aaaaaa"] * len(edges), linewidths=0.8)
