"""Figure 2: the trajectories' angles, coloured by segment level by level inside the largest parent."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from jaxtyping import Float, Int, Shaped
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from spendscape.core.arrays import Floats, Indices, Names
from spendscape.pages.colours import trait_colours
from spendscape.pages.figures import drawing as figures

PANELS = 4


def largest_parents(
    levels: Shaped[Names, "N P"], panels: int = PANELS
) -> list[tuple[str, Int[Indices, "_"]]]:
    """The nested parents of the figure: all customers, the largest level-1 segment, its largest child, …

    Parameters
    ----------
    levels : names, the customers' traits from the largest to the smallest

    Returns
    -------
    name and rows of each parent, at most `panels` and P − 1 of them: the last trait is not free
    """
    rows, name, found = np.arange(len(levels)), "", []
    for level in range(min(panels, max(1, levels.shape[1] - 1))):
        found.append((name, rows))
        children, counts = np.unique(levels[rows, level], return_counts=True)
        child = children[counts.argmax()]
        rows = rows[levels[rows, level] == child]
        name = f"{name} > {child}" if name else str(child)
    return found


@figures.styled
def draw(
    angles: Float[Floats, "N K"], levels: Shaped[Names, "N P"], traits: Sequence[str]
) -> Figure:
    """Draw the study's Fig. 2 from the linear surrogate's angles.

    Parameters
    ----------
    angles : in radians: azimuth, elevation, …; with one angle its histogram is drawn
    levels : names, each customer's traits from the largest to the smallest
    """
    figures.need_two("units", angles.shape[1] + 1)
    colours = trait_colours(traits)
    parents = largest_parents(levels)
    columns = min(2, len(parents))
    rows = -(-len(parents) // columns)
    extra = f"; {angles.shape[1]} angles, first two drawn" if angles.shape[1] > 2 else ""
    figure, cells = figures.spread_out(
        rows,
        columns,
        3.0,
        figures.handles(colours, "o"),
        f"trait at the panel's level{extra}",
        gap=0.45,
    )
    for k, (parent, members) in enumerate(parents):
        axes = figure.add_subplot(cells[divmod(k, columns)])
        _draw_level(axes, angles[members], levels[members, k], colours)
        axes.xaxis.set_major_locator(MaxNLocator(5))
        axes.set_xlabel("azimuth (radians)")
        axes.set_ylabel("elevation (radians)" if angles.shape[1] > 1 else "customers")
        inside = f"level {k + 1}, " + (f"inside {parent}" if parent else "all")
        figures.title(axes, k, figures.wrapped(f"{inside}: {len(members):,} customers", 42))
    return figure


def _draw_level(
    axes: Any, angles: Float[Floats, "N K"], names: Shaped[Names, " N"], colours: dict[str, str]
) -> None:
    if angles.shape[1] == 1:
        present = [name for name in colours if (names == name).any()]
        parts = [angles[names == name, 0] for name in present]
        axes.hist(parts, bins=60, stacked=True, color=[colours[name] for name in present])
        return
    # Drawn in the customers' order, not trait by trait: no trait lies on top of another by its name.
    axes.scatter(
        angles[:, 0], angles[:, 1], s=float(np.clip(12000 / max(1, len(angles)), 1.5, 12)),
        c=[colours[name] for name in names], alpha=0.7, linewidths=0, rasterized=True,
    )  # fmt: skip
    axes.grid(True)
    axes.set_axisbelow(True)
