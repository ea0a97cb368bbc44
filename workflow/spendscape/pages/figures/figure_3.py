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
from spendscape.pages.numbers import number


@figures.styled
def draw(
    extended: Float[Array, "K T M"],
    locations: Float[Floats, "K M"],
    fixed_points: Float[Floats, "K M"],
    proved: Bool[Bools, " K"],
    dominant: Shaped[Names, " K"],
    traits: Sequence[str],
) -> Figure:
    """Draw the study's Fig. 3, one panel for every trait, with the residuals L − h* beside it.

    Parameters
    ----------
    extended : the trajectories of the customers drawn
    locations : L, the predicted final locations (Eq. 3)
    fixed_points, proved : h*, and of which of them there is a proof
    dominant : the customers' dominant traits
    """
    colours, units = trait_colours(traits), extended.shape[-1]
    grey: dict[str, Any] = {"color": "#666666", "lw": 0}
    proof = f"fixed point h*, {proved.sum():,} of {len(proved):,} proved"
    entries = [
        Line2D([], [], color="#666666", lw=1, label=f"trajectory to T′ = {extended.shape[1]}"),
        Line2D([], [], marker="x", ms=5, mew=1.2, label="predicted location L", **grey),
        Line2D([], [], marker="o", ms=3, label=proof, **grey | {"color": INK}),
        Line2D([], [], marker="|", ms=6, label="right: L − h*; black: the middle half", **grey),
    ]
    paper = sheet(len(traits), 2, 2.25, entries, figures.of_units(units))
    residuals = (locations - fixed_points)[:, :3]
    farthest = 1.05 * np.nanmax(np.abs(residuals), initial=1e-3)
    for k, trait in enumerate(traits):
        members = dominant == trait
        own = residuals[members]
        off = np.linalg.norm((locations - fixed_points)[members], axis=1)
        known = off[np.isfinite(off)]
        said = f"; |L − h*|: median {number(float(np.median(known)))}" if len(known) else ""
        paper.title(k, f"{int(members.sum()):,} customers{said}", trait)
        axes = figures.state_axes(paper, k, units, 0, 0.62)
        figures.fit_limits(axes, extended, locations, fixed_points)
        start = np.zeros_like(extended[members, :1])
        paths = np.concatenate([start, extended[members]], axis=1)
        figures.draw_lines(axes, paths, [colours[trait]] * len(paths), linewidths=0.4, alpha=0.5)
        # A point without a proof is drawn in grey.
        shades = np.where(proved[members], INK, "#888888")
        figures.draw_points(axes, fixed_points[members], s=2.5, c=shades, zorder=6)
        cross: dict[str, Any] = {"marker": "x", "color": colours[trait], "linewidths": 0.7}
        figures.draw_points(axes, locations[members], s=10, zorder=7, **cross)
        _draw_residuals(paper.panel(k, 0.66), own, farthest, colours[trait])
    paper.settle()
    return paper.figure


def _draw_residuals(
    axes: Any, residuals: Float[Floats, "K U"], farthest: float, colour: str
) -> None:
    """A row of strokes for each hidden state, with their quartiles as a bar below."""
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
    axes.set_ylabel("hidden state", labelpad=2)
    axes.xaxis.set_major_locator(MaxNLocator(3))
