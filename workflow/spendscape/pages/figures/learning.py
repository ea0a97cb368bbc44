"""How many units are enough, how the network learned, and whether its predictions mean what they say."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, MaxNLocator, NullFormatter

from spendscape.pages.colours import trait_colours
from spendscape.pages.figures import drawing as figures
from spendscape.pages.figures.lettering import as_written, fitted
from spendscape.pages.figures.sheet import INK, Sheet, sheet

BLUE, ORANGE = "#0173b2", "#b35806"


@figures.styled
def draw(
    elbow: pd.DataFrame,
    ceiling: Sequence[float],
    enough: int | None,
    history: pd.DataFrame,
    calibration: pd.DataFrame,
) -> Figure:
    """Draw the elbow with its ceiling, the learning curve and the calibration of each trait.

    Parameters
    ----------
    elbow : units, seed and r2 of each network that was tried
    ceiling : the R² that 1, 2, … units can reach at most
    enough : how many units the criterion names; None where no number is enough
    history : epoch, loss and validation_loss
    calibration : trait, slope, slope_low and slope_high of the line of true on predicted traits
    """
    entries = [
        Line2D([], [], color=INK, lw=1.2, ls="--", label="the most that so many units can reach"),
        Line2D([], [], color=BLUE, lw=1.2, marker="o", ms=4, label="R² of networks from several seeds"),
        Line2D([], [], color=BLUE, lw=1.2, label="loss, training customers"),
        Line2D([], [], color=ORANGE, lw=1.2, label="loss, validation customers (dot: kept)"),
        Line2D([], [], color=INK, lw=1.6, marker="o", ms=4, label="slope of true on predicted trait, 95 %"),
    ]  # fmt: skip
    paper = sheet(3, 3, 2.6, entries)
    _elbow(paper, elbow, ceiling, enough)
    _curve(paper, history)
    _calibration(paper, calibration)
    paper.settle()
    return paper.figure


def _elbow(paper: Sheet, elbow: pd.DataFrame, ceiling: Sequence[float], enough: int | None) -> None:
    """R² by number of units, under what so many units can reach."""
    told = f"{enough} units are enough" if enough else "no number of units tried is enough"
    paper.title(0, "1 unit is enough" if enough == 1 else told)
    axes = paper.panel(0)
    means = elbow.groupby("units")["r2"].mean()
    most = int(max(means.index.max(), 1))
    reach = list(ceiling)[:most]
    axes.plot(np.arange(1, len(reach) + 1), reach, color=INK, lw=1.2, ls="--")
    axes.plot(means.index, means, color=BLUE, lw=1.2)
    axes.plot(elbow["units"], elbow["r2"], "o", color=BLUE, ms=3.5, alpha=0.7)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_xlim(0.5, most + 0.5)
    axes.set_xlabel("hidden units")
    axes.set_ylabel("R² of all traits")
    axes.grid(axis="y")


def _curve(paper: Sheet, history: pd.DataFrame) -> None:
    """Both losses by epoch, and the epoch whose network is kept."""
    best = int(history["validation_loss"].to_numpy().argmin())
    paper.title(1, f"best after {history['epoch'].iloc[best]:.0f} of {len(history)} epochs")
    axes = paper.panel(1)
    for column, colour in (("loss", BLUE), ("validation_loss", ORANGE)):
        axes.plot(history["epoch"], history[column], color=colour, lw=1)
    kept = history.iloc[best]
    axes.plot([kept["epoch"]], [kept["validation_loss"]], "o", color=ORANGE, ms=4)
    axes.set_yscale("log")
    # Matplotlib writes powers of ten as formulas, which the style takes for text.
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.xaxis.set_major_locator(MaxNLocator(4, integer=True))
    axes.set_xlabel("epoch")
    axes.set_ylabel("loss")
    axes.grid(axis="y")


def _calibration(paper: Sheet, calibration: pd.DataFrame) -> None:
    """Slope 1: a prediction means what it says."""
    paper.title(2, "calibration on unseen customers")
    axes = paper.panel(2)
    names = [str(name) for name in calibration["trait"]]
    colours: Mapping[str, str] = trait_colours(names)
    places = np.arange(len(names))[::-1]
    axes.axvline(1, color=INK, lw=0.8, ls="--")
    for place, row in zip(places, calibration.itertuples(), strict=True):
        colour = colours[str(row.trait)]
        axes.plot([row.slope_low, row.slope_high], [place, place], color=colour, lw=1.6)
        axes.plot([row.slope], [place], "o", color=colour, ms=4)
    axes.set_yticks(places, [fitted(as_written(name), 0.95, 6.5) for name in names])
    axes.set_ylim(-0.6, len(names) - 0.4)
    axes.xaxis.set_major_locator(MaxNLocator(4))
    axes.set_xlabel("slope")
    axes.grid(axis="x")
