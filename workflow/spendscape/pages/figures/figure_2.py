"""Figure 2: the sphere of directions from s₀, its cells and their customers, level by level."""

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np
from jaxtyping import Float, Int, Shaped
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Ellipse
from matplotlib.ticker import MaxNLocator

from spendscape.core.arrays import Floats, Indices, Names
from spendscape.core.counts import counted
from spendscape.pages.colours import trait_colours
from spendscape.pages.figures import drawing as figures
from spendscape.pages.figures import sphere
from spendscape.pages.figures.lettering import short
from spendscape.pages.figures.sheet import INK, sheet
from spendscape.pages.numbers import percent

PANELS = 4
# How a picture says how many customers there are, by the number of directions that it shows.
MORE = {1: "a bar as long as they are many", 2: "a bar as long as they are many", 3: "stronger with more customers"}  # fmt: skip
# Pixels of the map across, for the cells and for the customers in them.
FINE, COARSE = 1200, 180


def largest_parents(
    levels: Shaped[Names, "N P"], published: Sequence[str], panels: int = PANELS
) -> list[tuple[list[str], Int[Indices, "_"]]]:
    """The nested parents of the figure: all customers, the largest level-1 segment, its largest child, …

    Parameters
    ----------
    levels : names, the customers' traits from the largest to the smallest
    published : of segments/naming.json: a segment that is too small for a name has no panel

    Returns
    -------
    traits and rows of each parent, at most `panels` and P − 1 of them: the last trait is not free
    """
    rows, names, found = np.arange(len(levels)), list[str](), []
    for level in range(min(panels, max(1, levels.shape[1] - 1))):
        found.append((names, rows))
        children, counts = np.unique(levels[rows, level], return_counts=True)
        named = np.isin([" > ".join([*names, child]) for child in children], list(published))
        if not named.any():
            break
        child = children[named][counts[named].argmax()]
        rows = rows[levels[rows, level] == child]
        names = [*names, str(child)]
    return found


@figures.styled
def draw(
    directions: sphere.Directions,
    levels: Shaped[Names, "N P"],
    traits: Sequence[str],
    naming: Mapping[str, Any],
) -> Figure:
    """Draw the study's Fig. 2: exact cells on the sphere of directions.

    Of two units it is a circle, of one the two ways up and down.

    Parameters
    ----------
    levels : names, each customer's traits from the largest to the smallest
    naming : segments/naming.json
    """
    units = directions.seen.shape[1]
    figures.need_two("traits", len(traits))
    colours = trait_colours(traits)
    parents = largest_parents(levels, naming["published"])
    dark: dict[str, Any] = {"color": INK}
    entries = [
        *figures.handles(colours, "s"),
        Line2D([], [], lw=1, label="border at this level, exact", **dark),
        Line2D([], [], lw=1, color="#999999", label="borders of the levels before"),
    ][: None if units > 1 else -2]
    heading = (
        f"Directions from s₀, where the outputs are equal. Colour: the trait at the panel's level, {MORE[min(units, 3)]}. "
        f"The direction alone gives {percent(directions.right)} of customers their first trait."
    )
    if directions.kept < 1 - 1e-9:
        heading += f" Only three directions can be drawn; they hold {percent(directions.kept)} of what all hold."
    if len(parents) < min(PANELS, len(traits) - 1):
        heading += f" Level {len(parents) + 1} is not drawn: it needs a segment with {counted(naming['minimum_customers'], 'customer')} or more."
    paint, high = ((_draw_ways, 2.2), (_draw_circle, 3.2), (_draw_map, 2.2))[min(units, 3) - 1]
    paper = sheet(len(parents), 2, high, entries, heading)
    for k, (parent, members) in enumerate(parents):
        inside = f" inside {' > '.join(map(short, parent))}" if parent else ""
        paper.title(k, f"level {k + 1}, {len(members):,} customers{inside}")
        axes = paper.panel(k)
        if units > 1:
            axes.set_axis_off()
            axes.set_aspect("equal")
        places = [list(traits).index(name) for name in parent]
        own = directions.seen[members], levels[members, k]
        paint(axes, directions.weights, places, own, colours)
    paper.settle()
    return paper.figure


Customers = tuple[Float[Floats, "K U"], Shaped[Names, " K"]]


def _draw_map(
    axes: Any,
    weights: Float[Floats, "U P"],
    parent: Sequence[int],
    customers: Customers,
    colours: Mapping[str, str],
) -> None:
    """The sphere: cells tinted, customers as density, borders as lines."""
    shades = np.array([to_rgb(colour) for colour in colours.values()])
    x, y = (
        np.linspace(-side, side, n) for side, n in ((sphere.ACROSS, FINE), (sphere.UP, FINE // 2))
    )
    cell = sphere.cell_of(sphere.from_hammer(np.stack(np.meshgrid(x, y), axis=-1)), weights, parent)
    tint = np.concatenate([shades[cell], np.where(cell < 0, 0, 0.16)[..., None]], axis=-1)
    extent = (-sphere.ACROSS, sphere.ACROSS, -sphere.UP, sphere.UP)
    axes.add_patch(
        Ellipse(
            (0, 0),
            2 * sphere.ACROSS,
            2 * sphere.UP,
            facecolor="#f6f6f6",
            edgecolor="#888888",
            lw=0.6,
        )
    )
    picture: dict[str, Any] = {"extent": extent, "origin": "lower", "interpolation": "nearest"}
    axes.imshow(tint, zorder=2, **picture)
    axes.imshow(_density(*customers, list(colours), shades), zorder=2.5, **picture)
    for level in range(len(parent) + 1):
        own = level == len(parent)
        for arc in sphere.borders(weights, parent[:level]):
            line = sphere.on_paper(arc)
            colour, width = (INK, 0.9) if own else ("#999999", 0.6)
            axes.plot(*line.T, color=colour, lw=width, zorder=4 if own else 3)
    axes.plot([0], [0], marker="+", ms=5, mew=0.8, color=INK, zorder=5)
    axes.set(xlim=extent[:2] * np.array(1.01), ylim=extent[2:] * np.array(1.01))


def _density(
    seen: Float[Floats, "K U"], names: Shaped[Names, " K"], traits: Sequence[str], shades: Floats
) -> Floats:
    """A picture of the customers: the mean of their colours, and more of it the more they are."""
    known = np.isfinite(seen).all(axis=1)
    places = sphere.hammer(seen[known])
    sides = [(-sphere.ACROSS, sphere.ACROSS), (-sphere.UP, sphere.UP)]
    edges = [
        np.linspace(*side, n + 1) for side, n in zip(sides, (COARSE, COARSE // 2), strict=True)
    ]
    counts = np.zeros((COARSE // 2, COARSE, len(traits)))
    for k, name in enumerate(traits):
        x, y = places[names[known] == name].T
        counts[..., k] = np.histogram2d(x, y, bins=edges)[0].T
    every = counts.sum(axis=-1, keepdims=True)
    colour = counts @ shades / np.maximum(every, 1)
    strength = 0.3 + 0.7 * np.log1p(every) / np.log1p(max(1.0, every.max()))
    return np.concatenate([colour, np.where(every > 0, strength, 0)], axis=-1)


def _draw_circle(
    axes: Any,
    weights: Float[Floats, "2 P"],
    parent: Sequence[int],
    customers: Customers,
    colours: Mapping[str, str],
) -> None:
    """The circle of two units: cells as a ring, customers as bars around it, borders as strokes."""
    shades, traits = list(colours.values()), list(colours)
    turn = np.linspace(-np.pi, np.pi, 181)
    borders = [weights[:, i] - weights[:, j] for i, j in combinations(range(len(traits)), 2)]
    exact = [np.arctan2(side * x, -side * y) for x, y in borders for side in (1, -1) if x or y]
    # A border is seen between two points of the ring: one on it, and one just behind it.
    fine = np.unique([*np.linspace(-np.pi, np.pi, 721), *exact, *np.add(exact, 1e-9)])
    ring = np.stack([np.cos(fine), np.sin(fine)], axis=-1)
    cell = sphere.cell_of(ring, weights, parent)
    starts = np.flatnonzero(np.diff(cell, prepend=-2))
    for first, last in zip(starts, [*starts[1:], len(fine) - 1], strict=True):
        inside = cell[first] >= 0
        colour = shades[cell[first]] if inside else "#dddddd"
        axes.plot(*ring[first : last + 1].T, color=colour, lw=4, solid_capstyle="butt")
        if first and (inside or cell[first - 1] >= 0):
            axes.plot(*np.outer([0.9, 1.1], ring[first]).T, color=INK, lw=0.9, zorder=4)
    seen, names = customers
    angles = np.arctan2(seen[:, 1], seen[:, 0])
    counts = [np.histogram(angles[names == name], bins=turn)[0] for name in traits]
    most = max(1, np.sum(counts, axis=0).max())
    inner = np.full(180, 1.12)
    for colour, count in zip(shades, counts, strict=True):
        outer = inner + 0.8 * count / most
        for k in np.flatnonzero(count):
            span = np.stack([np.cos(turn[k : k + 2]), np.sin(turn[k : k + 2])])
            corners = np.concatenate([inner[k] * span, outer[k] * span[:, ::-1]], axis=1)
            axes.fill(*corners, color=colour, lw=0)
        inner = outer
    axes.set(xlim=(-2, 2), ylim=(-2, 2))


def _draw_ways(
    axes: Any,
    weights: Float[Floats, "1 P"],
    parent: Sequence[int],
    customers: Customers,
    colours: Mapping[str, str],
) -> None:
    """The two ways from s₀ of one unit: the trait that each leads to, and the customers on it."""
    ways = np.array([[1.0], [-1.0]])
    cell = sphere.cell_of(ways, weights, parent)
    seen, names = customers
    for place, way, found in zip((1, 0), ways[:, 0], cell, strict=True):
        tint = "#f6f6f6" if found < 0 else list(colours.values())[found]
        axes.axhspan(place - 0.45, place + 0.45, color=tint, alpha=0.25, lw=0)
        left = 0
        for name, colour in colours.items():
            count = int(((seen[:, 0] == way) & (names == name)).sum())
            axes.barh(place, count, 0.5, left, color=colour)
            left += count
    axes.set_ylim(-0.5, 1.5)
    axes.set_yticks((0, 1), ("down", "up"))
    axes.xaxis.set_major_locator(MaxNLocator(4, integer=True))
    axes.set(xlabel="customers", ylabel="hidden state from s₀")
