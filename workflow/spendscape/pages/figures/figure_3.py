"""Figure 3: extended trajectories and the final locations L predicted for them, per dominant trait."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Shaped
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from spendscape.core.arrays import Array, Bools, Floats, Names
from spendscape.pages.colours import trait_colours
from spendscape.pages.figures import drawing as figures


@figures.styled
def draw(
    extended: Float[Array, "K T M"],
    locations: Float[Floats, "K M"],
    fixed_points: Float[Floats, "K M"],
    proved: Bool[Bools, " K"],
    dominant: Shaped[Names, " K"],
    traits: Sequence[str],
) -> Figure:
    """Draw the study's Fig. 3, one panel for every trait.

    Parameters
    ----------
    extended : the trajectories of the customers drawn
    locations : L, the predicted final locations (Eq. 3)
    fixed_points, proved : h*, and of which of them there is a proof
    dominant : the customers' dominant traits
    """
    colours, units = trait_colours(traits), extended.shape[-1]
    steps = extended.shape[1]
    grey: dict[str, Any] = {"color": "#888888", "lw": 0}
    proof = f"fixed point h*, {proved.sum():,} of {len(proved):,} proved"
    entries = [
        *figures.handles(colours),
        Line2D([], [], color="#888888", lw=1.2, label=f"extended trajectory, T′ = {steps}"),
        Line2D([], [], marker="x", ms=5, mew=1.2, label="predicted final location L", **grey),
        Line2D([], [], marker="o", ms=3, label=proof, **grey | {"color": figures.INK}),
    ]
    columns = min(3, len(traits))
    rows = -(-len(traits) // columns)
    figure, cells = figures.spread_states(rows, columns, 3.4, entries, units)
    everything = (extended, locations, fixed_points)
    for k, trait in enumerate(traits):
        members = dominant == trait
        axes = figures.state_axes(figure, cells[divmod(k, columns)], units)
        figures.fit_limits(axes, *everything)
        figures.title(axes, k, f"{trait}, {int(members.sum())} customers")
        start = np.zeros_like(extended[members, :1])
        paths = np.concatenate([start, extended[members]], axis=1)
        figures.draw_lines(axes, paths, [colours[trait]] * len(paths), linewidths=0.5, alpha=0.5)
        # A point without a proof is drawn in grey.
        shades = np.where(proved[members], figures.INK, "#888888")
        figures.draw_points(axes, fixed_points[members], s=5, c=shades, zorder=6)
        figures.draw_points(
            axes,
            locations[members],
            s=20,
            marker="x",
            color=colours[trait],
            linewidths=1.0,
            zorder=7,
        )
    return figure
