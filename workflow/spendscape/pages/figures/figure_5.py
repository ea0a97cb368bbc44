"""Figure 5: the reachable output space in every pair of traits, with the customers' true traits."""

from collections.abc import Sequence
from itertools import combinations

import numpy as np
from jaxtyping import Float, Shaped
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Polygon
from matplotlib.path import Path
from matplotlib.ticker import MaxNLocator

from spendscape.core.arrays import Floats, Names
from spendscape.pages.attractor_shapes import hull
from spendscape.pages.colours import text_colour, trait_colours
from spendscape.pages.figures import drawing as figures
from spendscape.pages.figures.lettering import as_written, fitted
from spendscape.pages.figures.sheet import INK, sheet
from spendscape.pages.numbers import percent


@figures.styled
def draw(
    reachable: Float[Floats, "G P"],
    values: Float[Floats, "N P"],
    dominant: Shaped[Names, " N"],
    at_fixed_points: Float[Floats, "K P"],
    traits: Sequence[str],
) -> Figure:
    """Draw the study's Fig. 5.

    Parameters
    ----------
    reachable : O′, the outputs of a grid of states
    values, dominant : true traits of the customers drawn, and the largest of each customer's
    at_fixed_points : the outputs where the trajectories end, of fixed points that attract
    """
    figures.need_two("traits", len(traits))
    colours = trait_colours(traits)
    pairs = list(combinations(range(len(traits)), 2))
    entries = [
        *figures.handles(colours, "o"),
        Patch(facecolor="#e4e4e4", edgecolor=INK, label="reachable outputs"),
        Line2D([], [], color=INK, lw=1, ls="--", label="outputs at the fixed points h*"),
    ]
    columns = min(4, len(pairs))
    heading = "Dots: customers' true traits, coloured by the largest"
    paper = sheet(len(pairs), columns, 7.2 / columns, entries, heading)
    own = [colours[name] for name in dominant]
    everything = np.concatenate([reachable.min(axis=0), reachable.max(axis=0), values.ravel()])
    limits = everything.min() - 0.05, everything.max() + 0.05
    for k, (first, second) in enumerate(pairs):
        axes = paper.panel(k)
        pair = reachable[:, [first, second]]
        outline = Polygon(hull(pair), facecolor="#e4e4e4", edgecolor=INK, linewidth=0.9)
        axes.add_patch(outline)
        if len(at_fixed_points):
            ends = hull(at_fixed_points[:, [first, second]])
            axes.add_patch(Polygon(ends, fill=False, edgecolor=INK, ls="--", lw=0.9, zorder=3))
        axes.scatter(
            values[:, first], values[:, second], c=own, s=2.5, alpha=0.6, linewidths=0,
            rasterized=True, zorder=2,
        )  # fmt: skip
        room, (across, up) = 5.2 / columns, (traits[first], traits[second])
        axes.set_xlabel(fitted(as_written(across), room, 7), color=text_colour(colours[across]))
        axes.set_ylabel(fitted(as_written(up), room, 7), color=text_colour(colours[up]), labelpad=2)
        axes.xaxis.set_major_locator(MaxNLocator(4))
        axes.yaxis.set_major_locator(MaxNLocator(4))
        axes.set(xlim=limits, ylim=limits, aspect="equal")
        outside = outside_share(pair, values[:, [first, second]])
        paper.title(k, f"{percent(outside)} of dots outside")
    paper.settle()
    return paper.figure


def outside_share(reachable: Float[Floats, "G 2"], values: Float[Floats, "N 2"]) -> float:
    """The share of customers whose two true traits no output meets."""
    corners = hull(reachable)
    if len(corners) < 3:
        return 1.0
    return float(np.mean(~Path(corners).contains_points(values)))
