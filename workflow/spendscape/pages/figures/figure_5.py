"""Figure 5: the reachable output space in every pair of traits, with the customers' true traits."""

from collections.abc import Sequence
from itertools import combinations

import numpy as np
from jaxtyping import Float, Shaped
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Polygon
from matplotlib.ticker import MaxNLocator

from spendscape.core.arrays import Floats, Names
from spendscape.pages.attractor_shapes import hull
from spendscape.pages.colours import trait_colours
from spendscape.pages.figures import drawing as figures


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
        Patch(facecolor="#e4e4e4", edgecolor=figures.INK, label="reachable outputs"),
        Line2D(
            [],
            [],
            color=figures.INK,
            lw=1,
            ls="--",
            label="around the outputs at all fixed points h*",
        ),
        *figures.handles(_customers(colours), "o"),
    ]
    columns = next((count for count in (5, 4, 3) if len(pairs) % count == 0), min(5, len(pairs)))
    rows = -(-len(pairs) // columns)
    figure, cells = figures.spread_out(rows, columns, 2.0 if columns > 2 else 4.0, entries)
    own = [colours[name] for name in dominant]
    everything = np.concatenate([reachable.min(axis=0), reachable.max(axis=0), values.ravel()])
    limits = everything.min() - 0.05, everything.max() + 0.05
    for k, (first, second) in enumerate(pairs):
        axes = figure.add_subplot(cells[divmod(k, columns)])
        pair = reachable[:, [first, second]]
        outline = Polygon(hull(pair), facecolor="#e4e4e4", edgecolor=figures.INK, linewidth=0.9)
        axes.add_patch(outline)
        if len(at_fixed_points):
            ends = hull(at_fixed_points[:, [first, second]])
            axes.add_patch(
                Polygon(ends, fill=False, edgecolor=figures.INK, ls="--", lw=0.9, zorder=3)
            )
        axes.scatter(
            values[:, first], values[:, second], c=own, s=2.5, alpha=0.6, linewidths=0,
            rasterized=True, zorder=2,
        )  # fmt: skip
        axes.set_xlabel(traits[first], color=colours[traits[first]])
        axes.set_ylabel(traits[second], color=colours[traits[second]], labelpad=0)
        axes.xaxis.set_major_locator(MaxNLocator(4))
        axes.yaxis.set_major_locator(MaxNLocator(4))
        axes.set(xlim=limits, ylim=limits, aspect="equal")
        figures.title(axes, k, "")
    return figure


def _customers(colours: dict[str, str]) -> dict[str, str]:
    return {f"customers, mostly {trait}": colour for trait, colour in colours.items()}
