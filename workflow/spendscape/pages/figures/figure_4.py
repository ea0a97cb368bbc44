"""Figure 4: where each trait's customers end, panel by panel, and what the ends form."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from jaxtyping import Float, Shaped
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from spendscape.core.arrays import Array, Floats, Names
from spendscape.core.parquet import even_sample
from spendscape.pages.attractor_shapes import curve
from spendscape.pages.colours import trait_colours
from spendscape.pages.figures import drawing as figures
from spendscape.pages.figures.sheet import INK, sheet
from spendscape.pages.figures.view import view_of
from spendscape.pages.numbers import number, percent

# What a locus is and is not, by its kind; the study calls each of them an attractor.
IS = {
    "point": "one point, not a curve",
    "points": "{clusters} separate points, not a curve",
    "curve": "a curve, not one point",
    "sheet": "a sheet, not a curve",
    "volume": "a volume, not a curve",
}

# The share of all h*, on each axis, that the panels hold: a few far ones would make the others small.
SHOWN = 0.995


@figures.styled
def draw(
    last: Float[Array, "K M"],
    ends: Float[Floats, "K M"],
    names: Shaped[Names, " K"],
    fixed_points: Float[Floats, "N M"],
    labels: Shaped[Names, " N"],
    attractors: Mapping[str, Any],
    traits: Sequence[str],
) -> Figure:
    """Draw the study's Fig. 4, one panel for every trait.

    Parameters
    ----------
    last, ends, names : the last state, h* and the label there of the customers whose ways are drawn
    fixed_points, labels : all customers' h* and the trait each is labelled with
    attractors : trait to entry of dynamics/attractors.json
    """
    colours, view = trait_colours(traits), view_of(fixed_points)
    dark: dict[str, Any] = {"color": INK, "lw": 1}
    entries = [
        Line2D([], [], color=figures.GREY, lw=0, marker="o", ms=4, label="ends h* of customers with other traits"),
        Line2D([], [], color="#666666", lw=1.2, label="from the last state h to the end h*, a sample"),
        Line2D([], [], color=INK, lw=0, marker="o", ms=2, label="the end h* of such a line"),
        Patch(color="#666666", alpha=0.4, lw=0, label="what the ends h* form, drawn too large"),
        Line2D([], [], ls="--", label="the curve that the study fits, with its R²", **dark),
    ]  # fmt: skip
    heading = (
        "Every customer ends in a point h* of its own, under its own spending: loci, not attractors of "
        f"one system. Shown: the middle {percent(SHOWN)} of h* on each axis"
    )
    paper = sheet(len(traits), 3, 2.6, entries, f"{heading}. {view.said}" if view.said else heading)
    every = view.ends(fixed_points, 0.12)
    some = even_sample(len(every), 2500)
    others, whose = every[some], labels[some]
    from_to = view.paths(np.stack([last, ends], axis=1))
    for k, trait in enumerate(traits):
        colour, entry = colours[trait], view.entry(attractors[trait])
        paper.title(k, what_it_is(entry), trait)
        axes = figures.state_axes(paper, k, view)
        figures.fit_limits(axes, every, *([] if view.units > 1 else [from_to]), share=SHOWN)
        grey = (whose != trait) & figures.inside(axes, others)
        figures.draw_points(axes, others[grey], s=1.5, color=figures.GREY, alpha=0.5)
        own = every[(labels == trait) & figures.inside(axes, every)]
        if len(own):
            figures.draw_attractor(axes, entry, own, colour, 0.4)
        drawn = (names == trait) & figures.inside(axes, from_to[:, 0])
        ways = from_to[drawn & figures.inside(axes, from_to[:, 1])]
        rim = figures.outlined(1.6)
        figures.draw_lines(
            axes, ways, [colour] * len(ways), linewidths=0.9, zorder=6, path_effects=rim
        )
        figures.draw_points(axes, ways[:, 1], s=2.5, color=INK, zorder=7)
        if polynomial := entry.get("polynomial"):
            line: dict[str, Any] = {"linewidths": 1, "linestyles": "--", "zorder": 8}
            rim = figures.outlined(2.2)
            figures.draw_lines(axes, curve(polynomial)[None], [INK], path_effects=rim, **line)
    paper.settle()
    return paper.figure


def what_it_is(entry: Mapping[str, Any]) -> str:
    """What the fixed points with a trait's label form and do not form, with dimension and R²."""
    count = f"{entry.get('customers', 0):,}\u00a0customers"
    if "kind" not in entry:
        return f"no locus found, {count}"
    clusters = len(entry.get("locations", []))
    text = IS[entry["kind"]].format(clusters=clusters)
    r2 = (entry.get("polynomial") or {}).get("r2")
    fit = "" if r2 is None else f", R²\u00a0{number(r2, 2)}"
    return f"{text} (dimension\u00a0{entry['dimension']}{fit}); {count}"
