"""Figure 3: extended trajectories, the final locations L predicted for them, and how far off L is."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Shaped
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from spendscape.core.arrays import Array, Bools, Floats, Names
from spendscape.pages.colours import trait_colours
from spendscape.pages.figures import drawing as figures
from spendscape.pages.figures.sheet import INK, sheet
from spendscape.pages.figures.view import View, view_of
from spendscape.pages.numbers import number


@figures.styled
def draw(
    extended: Float[Array, "K T M"],
    locations: Float[Floats, "K M"],
    fixed_points: Float[Floats, "K M"],
    proved: Bool[Bools, " K"],
    dominant: Shaped[Names, " K"],
    everyone: Float[Floats, "N M"],
    traits: Sequence[str],
) -> Figure:
    """Draw the study's Fig. 3, one panel for every trait, with the residuals L − h* beside it.

    Parameters
    ----------
    extended : the trajectories of the customers drawn
    locations : L, the predicted final locations (Eq. 3)
    fixed_points, proved : h*, and of which of them there is a proof
    dominant : the customers' dominant traits
    everyone : the fixed points of all customers, by which the view is chosen
    """
    colours, steps = trait_colours(traits), extended.shape[1]
    view = view_of(everyone, steps, 0.2)
    grey: dict[str, Any] = {"color": "#666666", "lw": 0}
    proof = f"where it ends, h* ({proved.sum():,} of {len(proved):,} proved)"
    entries = [
        Line2D([], [], color="#666666", lw=1, label=f"trajectory, {steps:,} steps"),
        Line2D([], [], marker="x", ms=5, mew=1.2, label="predicted end L", **grey),
        Line2D([], [], marker="o", ms=3, label=proof, **grey | {"color": INK}),
        Line2D([], [], marker="|", ms=6, label="right: L − h*; black: middle half, median", **grey),
    ]
    paper = sheet(len(traits), 2, 2.25, entries, view.said)
    residuals = view.along(locations - fixed_points)
    farthest = 1.05 * np.nanmax(np.abs(residuals), initial=1e-3)
    start = np.zeros_like(extended[:, :1])
    paths = view.paths(np.concatenate([start, extended], axis=1))
    predicted, ends = view.ends(locations, 0.06), view.ends(fixed_points, 0.06)
    for k, trait in enumerate(traits):
        members = dominant == trait
        off = np.linalg.norm((locations - fixed_points)[members], axis=1)
        known = off[np.isfinite(off)]
        said = f"; |L − h*|: median {number(float(np.median(known)))}" if len(known) else ""
        paper.title(k, f"{int(members.sum()):,} customers{said}", trait)
        axes = figures.state_axes(paper, k, view, 0, 0.62)
        figures.fit_limits(axes, paths, predicted, ends)
        own = [colours[trait]] * int(members.sum())
        figures.draw_lines(axes, paths[members], own, linewidths=0.4, alpha=0.5)
        # A point without a proof is drawn in grey.
        shades = np.where(proved[members], INK, "#888888")
        figures.draw_points(axes, ends[members], s=2.5, c=shades, zorder=6)
        cross: dict[str, Any] = {"marker": "x", "color": colours[trait], "linewidths": 0.7}
        figures.draw_points(axes, predicted[members], s=10, zorder=7, **cross)
        _draw_residuals(paper.panel(k, 0.66), view, residuals[members], farthest, colours[trait])
    paper.settle()
    return paper.figure


def _draw_residuals(
    axes: Any, view: View, residuals: Float[Floats, "K U"], farthest: float, colour: str
) -> None:
    """A row of strokes for each axis, with their quartiles as a bar below."""
    for unit, values in enumerate(residuals.T):
        known = values[np.isfinite(values)]
        style: dict[str, Any] = {"marker": "|", "linewidths": 0.6, "color": colour}
        axes.scatter(known, np.full(len(known), unit), s=60, alpha=0.4, **style)
        if len(known):
            low, middle, high = np.quantile(known, [0.25, 0.5, 0.75])
            axes.plot([low, high], [unit + 0.3] * 2, color=INK, lw=1.6)
            axes.plot([middle], [unit + 0.3], color=INK, marker="|", ms=6)
    axes.axvline(0, color=INK, lw=0.6)
    rows = range(residuals.shape[1])
    axes.set(xlim=(-farthest, farthest), ylim=(len(rows) - 0.4, -0.6), xlabel="L − h*")
    axes.set_yticks(rows, [str(unit + 1) for unit in rows])
    axes.set_ylabel(view.names[-1].rstrip(" 0123456789"), labelpad=2)
    axes.xaxis.set_major_locator(MaxNLocator(3))
