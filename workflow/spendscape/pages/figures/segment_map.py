"""The segments as areas, and from which step on a customer's label is the one of the whole window."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator, PercentFormatter

from spendscape.pages.colours import trait_colours
from spendscape.pages.figures import drawing as figures
from spendscape.pages.figures.labels import spread
from spendscape.pages.figures.lettering import as_written, fitted, width
from spendscape.pages.figures.sheet import INK, Sheet, sheet
from spendscape.pages.numbers import percent

# Beside the colours of the traits: what the states say and what raw spending says.
LINES = {"states": ("#222222", "the label by the network's output"), "raw": ("#7a7a7a", "the label by that step's spending alone")}  # fmt: skip
SMALL, SMALLEST = 5.5, 4.5
WHOLE = PercentFormatter(1.0, decimals=0, symbol=" %")
# In inches, the lines of a name in a rectangle.
LINE = 0.1


@figures.styled
def draw(
    table: pd.DataFrame, within: Sequence[Mapping[str, Any]], traits: Sequence[str], steps: int
) -> Figure:
    """Draw the named segments of the first two levels, and the agreement step by step.

    Parameters
    ----------
    table : segments/table.csv
    within : `within_long` of segments/stability.json
    steps : T
    """
    figures.need_two("traits", len(traits))
    if not len(table) and not within:
        raise figures.NothingToDraw(
            "No segment is large enough for a name, and the test customers are too few to be compared."
        )
    colours = trait_colours(traits)
    areas = [
        *(Rectangle((0, 0), 1, 1, color=colour, label=as_written(name)) for name, colour in colours.items()),
        Rectangle((0, 0), 1, 1, facecolor="white", edgecolor="#888888", label="customers of segments too small for a name"),
    ] if len(table) else []  # fmt: skip
    entries = [
        *areas,
        *(Line2D([], [], color=colour, lw=1.4, marker="o", ms=3.5, label=words) for colour, words in LINES.values()),
    ]  # fmt: skip
    paper = sheet(2, 2, 3.2, entries)
    _map(paper, table, colours)
    _steps(paper, within, steps)
    paper.settle()
    return paper.figure


def _map(paper: Sheet, table: pd.DataFrame, colours: Mapping[str, str]) -> None:
    """A column for each first trait, as wide as its share; in it a rectangle for each second trait."""
    first, second = table[table["level"] == 1], table[table["level"] == 2]
    named = f"{len(first)} first traits, {len(second)} second ones inside" if len(first) else "no segment is large enough for a name"  # fmt: skip
    paper.title(0, f"area: share of the customers; {named}")
    axes = paper.panel(0)
    if not len(first):
        axes.set_axis_off()
        return
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
    left, places, names = 0.0, [], []
    for name, share in zip(first["segment"], first["share"], strict=True):
        inside, low = second[second["parent"] == name], 0.0
        for child, part in zip(inside["segment"], inside["parent_share"], strict=True):
            _rectangle(
                axes, (left, low, share, part), colours, name, child.removeprefix(f"{name} > ")
            )
            low += part
        _rectangle(axes, (left, low, share, max(0.0, 1 - low)), colours, name, None)
        places.append(left + share / 2)
        names.append(f"{fitted(as_written(name), 0.95, 6)} {percent(share)}")
        left += share
    _rectangle(axes, (left, 0.0, max(0.0, 1 - left), 1.0), colours, None, None)
    # Narrow columns stand closer together than their names can.
    apart = -spread(-np.array(places), 0.04, -1.02, -0.02)
    axes.set_xticks(apart, names, size=6, rotation=90, color=INK)
    axes.tick_params(axis="x", length=0)
    axes.set_ylabel("share within, by second trait")
    axes.yaxis.set_major_formatter(WHOLE)


def _rectangle(
    axes: Any,
    place: tuple[float, float, float, float],
    colours: Mapping[str, str],
    first: str | None,
    second: str | None,
) -> None:
    """A segment: its frame has the colour of the first trait, its area a paler one of the second."""
    x, y, wide, high = place
    if min(wide, high) <= 1e-9:
        return
    face = "white" if second is None else colours.get(second, figures.GREY)
    axes.add_patch(Rectangle((x, y), wide, high, facecolor=face, alpha=0.35, linewidth=0))
    rim = "#888888" if first is None else colours.get(first, INK)
    axes.add_patch(Rectangle((x, y), wide, high, fill=False, edgecolor=rim, linewidth=1.0))
    if second is None:
        return
    # The panel is about three inches wide and two high.
    across, up = wide * 2.9, high * 2.0
    # In a narrow column a name that would be cut is written upwards, if more of it has room there.
    upright = across < min(width(as_written(second), SMALL) + 0.06, up)
    along, beside = (up, across) if upright else (across, up)
    # A little smaller, if it is not cut then.
    size = max(SMALLEST, min(SMALL, SMALL * (along - 0.04) / width(as_written(second), SMALL)))
    text = fitted(as_written(second), along - 0.03, size)
    if beside > LINE and along > 0.2 and width(text, size) <= along:
        style: dict[str, Any] = {"ha": "center", "va": "center", "size": size, "color": INK}
        axes.text(x + wide / 2, y + high / 2, text, rotation=90 if upright else 0, **style)


def _steps(paper: Sheet, within: Sequence[Mapping[str, Any]], steps: int) -> None:
    """The share of test customers whose label after a step is that of the whole window."""
    paper.title(1, "test customers with the label of the whole window, after each step")
    axes = paper.panel(1)
    if not within:
        axes.set_axis_off()
        axes.text(0.5, 0.5, "too few test customers to be compared", ha="center", va="center", transform=axes.transAxes)  # fmt: skip
        return
    for labels, (colour, _) in LINES.items():
        rows = [row for row in within if row["labels"] == labels and row["comparison"] == "whole_window"]  # fmt: skip
        at = [row["step"] for row in rows]
        axes.fill_between(at, [row["low"] for row in rows], [row["high"] for row in rows], color=colour, alpha=0.18, linewidth=0)  # fmt: skip
        axes.plot(at, [row["value"] for row in rows], color=colour, lw=1.4, marker="o", ms=3.5)
    axes.set_xlim(0.7, steps + 0.3)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.yaxis.set_major_formatter(WHOLE)
    axes.set_xlabel("step of the long window")
    axes.set_ylabel("share")
    axes.grid(axis="y")
