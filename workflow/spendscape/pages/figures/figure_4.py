"""Figure 4: extended trajectories converging to the attractors, labelled by trait."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from jaxtyping import Float, Shaped
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from spendscape.core.arrays import Array, Floats, Names
from spendscape.core.parquet import even_sample
from spendscape.pages.attractor_shapes import curve
from spendscape.pages.colours import trait_colours
from spendscape.pages.figures import drawing as figures


@figures.styled
def draw(
    extended: Float[Array, "K T M"],
    dominant: Shaped[Names, " K"],
    fixed_points: Float[Floats, "N M"],
    labels: Shaped[Names, " N"],
    attractors: Mapping[str, Any],
    traits: Sequence[str],
) -> Figure:
    """Draw the study's Fig. 4.

    Parameters
    ----------
    extended, dominant : trajectories and dominant traits of the customers drawn
    fixed_points, labels : all customers' h* and the trait each is labelled with
    attractors : trait to entry of dynamics/attractors.json
    """
    colours, units = trait_colours(traits), extended.shape[-1]
    entries = [
        Line2D(
            [],
            [],
            color=colours[trait],
            lw=5,
            alpha=0.7,
            label=f"{trait}: {_kind(attractors[trait])}",
        )
        for trait in traits
    ]
    entries += [
        Line2D(
            [], [], color=figures.INK, lw=0, marker="o", ms=2, label="fixed points h*, a sample"
        ),
        Line2D(
            [],
            [],
            color=figures.INK,
            lw=1,
            ls="--",
            label="second-order polynomial, as in the study",
        ),
    ]
    figure, cells = figures.spread_states(1, 1, 6.0, entries, units)
    axes = figures.state_axes(figure, cells[0], units)
    paths = np.concatenate([np.zeros_like(extended[:, :1]), extended], axis=1)
    own = [colours[name] for name in dominant]
    figures.draw_lines(axes, paths, own, linewidths=0.6, alpha=0.45)
    for trait in traits:
        points = fixed_points[labels == trait]
        figures.draw_attractor(axes, attractors[trait], points, colours[trait])
        some = points[even_sample(len(points), 150)]
        figures.draw_points(axes, some, s=1.5, color=figures.INK, zorder=7)
        if polynomial := attractors[trait].get("polynomial"):
            line = curve(polynomial)[None]
            figures.draw_lines(axes, line, [figures.INK], linewidths=1, linestyles="--", zorder=8)
    figures.fit_limits(axes, paths, fixed_points)
    return figure


def _kind(entry: Mapping[str, Any]) -> str:
    """What an attractor is, for the legend."""
    kind = str(entry.get("kind", "none found"))
    return f"{len(entry['locations'])} points" if kind == "points" else kind
