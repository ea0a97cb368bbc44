"""Where all rows and all money went: from what was read over the verdicts to classes and reasons."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import Float
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path

from spendscape.core.arrays import Floats
from spendscape.core.counts import counted
from spendscape.pages.figures import drawing as figures
from spendscape.pages.figures.labels import spread
from spendscape.pages.figures.lettering import as_written, fitted
from spendscape.pages.figures.sheet import INK, Sheet, sheet
from spendscape.pages.numbers import number, percent

# What becomes of a row, and the colour of its band.
MOVES, COUNTS, EXCLUDED, QUARANTINED = "accepted", "uncovered", "excluded", "quarantined"
COLOURS = {MOVES: "#0173b2", COUNTS: "#7fb8d8", EXCLUDED: "#8a8a8a", QUARANTINED: "#d55e00"}
LEGEND = {
    MOVES: "accepted as spending",
    COUNTS: "accepted, in a class that moves no trait",
    EXCLUDED: "excluded: no spending, or no amount",
    QUARANTINED: "quarantined: cannot be understood",
}
# How many classes, and how many reasons of a verdict, have a band of their own.
MOST_CLASSES, MOST_REASONS = 7, 5
SIZE = 6.5
# Of a panel's height: from one name to the next, and between two bands at the right.
NAMES, GAP = 0.055, 0.008
# Of a panel's width: where the three columns stand, and how wide they are.
READ, VERDICT, END, BAR = 0.0, 0.3, 0.62, 0.02


@dataclass(frozen=True)
class Part:
    """Rows that have the same verdict and the same class or reason.

    Attributes
    ----------
    name : of the class or the reason; where several are taken together, how many
    rows : how many there are
    amount : their money without its sign, 0 where no amount could be read
    """

    verdict: str
    name: str
    rows: int
    amount: float


def parts(ledger: Mapping[str, Any], coverage: pd.DataFrame) -> list[Part]:
    """All rows that were read, each in one part: large classes and reasons, and the others together.

    Parameters
    ----------
    ledger : ingest/ledger.json
    coverage : tensors/coverage.csv
    """
    moving = set(coverage["class"][coverage["coefficient"].astype(bool)].astype(str))
    classes: dict[str, Part] = {}
    for entry in ledger["categories"]:
        if name := entry["class"]:
            before = classes.get(name, Part(MOVES if name in moving else COUNTS, name, 0, 0.0))
            rows, amount = before.rows + entry["rows"], before.amount + _money(entry["amount"])
            classes[name] = Part(before.verdict, name, rows, amount)
    found = []
    for verdict in (MOVES, COUNTS):
        own = [part for part in classes.values() if part.verdict == verdict]
        found.append(_largest(own, MOST_CLASSES, ("class", "classes")))
    for verdict in (EXCLUDED, QUARANTINED):
        reasons = ledger["total"][verdict]["reasons"].items()
        own = [Part(verdict, name, e["rows"], _money(e["amount"])) for name, e in reasons]
        found.append(_largest(own, MOST_REASONS, ("reason", "reasons")))
    return [part for some in found for part in some]


def _money(amount: str | None) -> float:
    """An amount without its sign."""
    return 0.0 if amount is None else abs(float(Decimal(amount)))


def _largest(own: Sequence[Part], most: int, words: tuple[str, str]) -> list[Part]:
    """The largest parts by rows, and the others as one."""
    order = sorted((part for part in own if part.rows), key=lambda part: (-part.rows, part.name))
    shown, rest = order[:most], order[most:]
    if not rest:
        return shown
    name = f"{len(rest):,} other {words[len(rest) > 1]}"
    rows, amount = sum(part.rows for part in rest), sum(part.amount for part in rest)
    return [*shown, Part(rest[0].verdict, name, rows, amount)]


@figures.styled
def draw(found: Sequence[Part]) -> Figure:
    """Draw one panel for the rows and one for the money; a band is as wide as its part is large.

    Parameters
    ----------
    found : of `parts`
    """
    seen = [verdict for verdict in COLOURS if any(part.verdict == verdict for part in found)]
    entries = [
        Rectangle((0, 0), 1, 1, facecolor=COLOURS[verdict], alpha=0.75, label=LEGEND[verdict])
        for verdict in seen
    ]
    paper = sheet(2, 2, 3.6, entries)
    rows = sum(part.rows for part in found)
    _panel(paper, 0, found, [float(part.rows) for part in found])
    paper.title(0, f"{counted(rows, 'row')} and what became of them")
    _panel(paper, 1, found, [part.amount for part in found])
    paper.title(1, "their money, in shares of all; money back counts like money spent")
    paper.settle()
    return paper.figure


def _panel(paper: Sheet, cell: int, found: Sequence[Part], sizes: Sequence[float]) -> None:
    """Three columns, and the bands between them."""
    axes = paper.panel(cell)
    axes.set_axis_off()
    axes.set(xlim=(0, 1), ylim=(0, 1))
    some = [(part, size) for part, size in zip(found, sizes, strict=True) if size > 0]
    total = sum(size for _, size in some)
    if not total:
        axes.text(0.5, 0.5, "No amount could be read.", ha="center", size=SIZE)
        return
    heights = np.array([size for _, size in some]) / total
    ends = heights * (1 - GAP * (len(some) - 1))
    tops = 1 - np.concatenate([[0], np.cumsum(ends + GAP)[:-1]])
    starts = 1 - np.concatenate([[0], np.cumsum(heights)[:-1]])
    _bar(axes, READ, 1.0, 1.0, INK)
    axes.text(READ + BAR + 0.02, 0.97, "read", size=SIZE, va="center", color=INK)
    for (part, _), high, end, top, start in zip(some, heights, ends, tops, starts, strict=True):
        colour = COLOURS[part.verdict]
        _band(axes, READ, (start, high), VERDICT, (start, high), colour)
        _bar(axes, VERDICT, start, high, colour)
        _band(axes, VERDICT, (start, high), END, (top, end), colour)
        _bar(axes, END, top, end, colour)
    own = [
        f"{fitted(as_written(part.name), 0.85, SIZE)} {_said(size, total, cell == 0)}"
        for part, size in some
    ]
    _write(axes, END, tops - ends / 2, own)
    _verdicts(axes, [part.verdict for part, _ in some], heights)


def _said(size: float, total: float, rows: bool) -> str:
    """A part beside the whole: its rows, or its share; the smallest are told as such."""
    if rows:
        return number(int(size))
    return "< 0.1 %" if size / total < 0.0005 else percent(size / total)


def _verdicts(axes: Any, verdicts: Sequence[str], heights: Float[Floats, " K"]) -> None:
    """What each verdict has of all, written beside the middle column."""
    # Where some of what is accepted moves no trait, "accepted" would be said of a part of it.
    told = {MOVES: "moves traits", COUNTS: "moves none"} if COUNTS in verdicts else {}
    names, middles, upper = [], [], 1.0
    for verdict in dict.fromkeys(verdicts):
        own = float(heights[[name == verdict for name in verdicts]].sum())
        word = told.get(verdict, verdict)
        names.append(f"{word} {_said(own, 1.0, False)}")
        middles.append(upper - own / 2)
        upper -= own
    _write(axes, VERDICT, np.array(middles), names, rim=True)


def _write(
    axes: Any, left: float, middles: Float[Floats, " K"], names: Sequence[str], rim: bool = False
) -> None:
    """Names beside a column, moved apart where they would lie over each other."""
    places = spread(middles, NAMES, 0.0, 1.0)
    for place, middle, name in zip(places, middles, names, strict=True):
        side = left + BAR
        if abs(place - middle) > NAMES / 4 and not rim:
            style: dict[str, Any] = {"color": "#888888", "lw": 0.5, "clip_on": False}
            axes.plot([side, side + 0.025], [middle, place], **style)
        effects = figures.outlined(2.0) if rim else []
        axes.text(side + 0.03, place, name, size=SIZE, va="center", color=INK, path_effects=effects)


def _bar(axes: Any, left: float, top: float, high: float, colour: str) -> None:
    axes.add_patch(Rectangle((left, top - high), BAR, high, facecolor=colour, lw=0))


def _band(
    axes: Any,
    left: float,
    start: tuple[float, float],
    right: float,
    end: tuple[float, float],
    colour: str,
) -> None:
    """A band from a column to the next; `start` and `end` are its upper side and its height there."""
    first, last = left + BAR, right
    middle = (first + last) / 2
    corners = [
        (first, start[0]), (middle, start[0]), (middle, end[0]), (last, end[0]),
        (last, end[0] - end[1]), (middle, end[0] - end[1]), (middle, start[0] - start[1]),
        (first, start[0] - start[1]), (first, start[0]),
    ]  # fmt: skip
    codes = [Path.MOVETO, *[Path.CURVE4] * 3, Path.LINETO, *[Path.CURVE4] * 3, Path.CLOSEPOLY]
    axes.add_patch(PathPatch(Path(corners, codes), facecolor=colour, alpha=0.35, lw=0))
