"""A figure as a sheet of paper: its cells, the panel and the title in each, and the legend.

A sheet is as wide as the text of an A4 page, so that what is 7 points high here is so in print. The
panel in a cell is made as large as the cell allows together with its labels. The legend takes the
cells that are left over in the last row, and a strip below the cells where none is.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from matplotlib.text import Text
from matplotlib.transforms import Bbox
from mpl_toolkits.mplot3d import proj3d

from spendscape.pages.figures.lettering import as_written, fitted, width

WIDTH = 7.2
EDGE, GAP = 0.06, 0.08
TITLE, LEGEND = 8.0, 7.5
# In inches: the height of a line, and a legend's sign with the room around an entry.
LINE, SIGN = 0.155, 0.62
INK = "#222222"


@dataclass
class Sheet:
    """A figure and the places on it, in inches from its lower left.

    Attributes
    ----------
    count, columns : of cells, and how many stand beside each other
    heights : of each row of cells, titles included
    legend, legend_height, beside : the legend, and whether it has the last row's spare cells
    panels : axes, their cell, and the shares of its width between which they stand
    titles : of each cell that has one
    """

    figure: Figure
    count: int
    columns: int
    heights: list[float]
    legend: Legend
    legend_height: float
    beside: bool
    panels: list[tuple[Any, int, float, float]] = field(default_factory=list)
    titles: dict[int, Text] = field(default_factory=dict)

    def panel(self, cell: int, start: float = 0.0, end: float = 1.0, **options: Any) -> Any:
        """New axes in a cell, from a share of its width to another."""
        axes = self.figure.add_axes(self._share(self._cell(cell, start, end)), **options)
        self.panels.append((axes, cell, start, end))
        return axes

    def title(self, cell: int, text: str, name: str = "") -> None:
        """The cell's letter and title, in at most three lines; a name from the data has the first line."""
        letter = f"({chr(ord('a') + cell)}) " if cell < 26 and self.count > 1 else ""
        room = self._cell(cell).width
        first = fitted(letter + as_written(name), room, TITLE) + "\n" if name else ""
        lines = first + fitted(text if name else letter + text, room, TITLE, 2)
        self.titles[cell] = self.figure.text(0, 0, lines, va="top", size=TITLE, color=INK)

    def settle(self) -> None:
        """Make every panel as large as its room allows together with its labels, and cut empty paper off."""
        self._place()
        for _ in range(3):
            self._fit()
        self.figure.draw_without_rendering()
        for row in range(len(self.heights)):
            used = [
                self._around(axes).height + self._title_height(row)
                for axes, cell, _, _ in self.panels
                if cell // self.columns == row
            ]
            if self.beside and row == len(self.heights) - 1:
                used.append(self.legend_height)
            self.heights[row] = min(self.heights[row], max(used, default=1.0) + GAP)
        self._place()
        for _ in range(2):
            self._fit()

    def _cell(self, cell: int, start: float = 0.0, end: float = 1.0) -> Bbox:
        """A cell, or a part of its width."""
        row, column = divmod(cell, self.columns)
        wide = (WIDTH - 2 * EDGE) / self.columns
        left = EDGE + column * wide
        bottom = (
            EDGE + sum(self.heights[row + 1 :]) + (0 if self.beside else self.legend_height + GAP)
        )
        return Bbox.from_extents(
            left + start * (wide - GAP),
            bottom + GAP,
            left + end * (wide - GAP),
            bottom + self.heights[row],
        )

    def _title_height(self, row: int) -> float:
        texts = [
            text.get_text() for cell, text in self.titles.items() if cell // self.columns == row
        ]
        return LINE * max((text.count("\n") + 1 for text in texts), default=0)

    def _place(self) -> None:
        """Give the paper its height, and the titles and the legend their places on it."""
        below = 0 if self.beside else self.legend_height + GAP
        self.figure.set_size_inches(WIDTH, 2 * EDGE + below + sum(self.heights))
        for cell, text in self.titles.items():
            left, _, _, high = self._share(self._cell(cell))
            text.set_position((left, self._share(self._cell(cell))[1] + high))
        last = self._cell(self.count - 1)
        room = (
            Bbox.from_extents(last.x1 + GAP, last.y0, WIDTH - EDGE, last.y1)
            if self.beside
            else Bbox.from_extents(EDGE, EDGE, WIDTH - EDGE, EDGE + self.legend_height)
        )
        self.legend.set_bbox_to_anchor(self._share(room), transform=self.figure.transFigure)

    def _fit(self) -> None:
        """One step towards panels that fill their rooms."""
        self.figure.draw_without_rendering()
        for axes, cell, start, end in self.panels:
            whole = self._cell(cell, start, end)
            top = whole.y1 - self._title_height(cell // self.columns)
            room = Bbox.from_extents(whole.x0, whole.y0, whole.x1, top)
            around = self._around(axes)
            if hasattr(axes, "zaxis"):
                self._free_upright_name(axes)
                # Around the middle of what is seen, which goes to the middle of the room.
                scale = min(room.width / around.width, room.height / around.height)
                place = self._inches(axes.get_position(original=True)).get_points()
                ends = _middle(room) + scale * (place - _middle(around))
            else:
                drawn = self._inches(axes.get_position()).get_points()
                ends = room.get_points() + drawn - around.get_points()
                ends[1] = np.maximum(ends[0] + 0.2, ends[1])
            axes.set_position(self._share(Bbox(ends)))

    def _free_upright_name(self, axes: Any) -> None:
        """Move the name of the upright axis away from its numbers; how far it stands depends on the box's sides."""
        renderer = self.figure.canvas.get_renderer()  # type: ignore[attr-defined]
        name = axes.zaxis.label.get_window_extent(renderer).padded(1)
        # Where they were drawn: to ask the axis for its labels would put them into a plane.
        numbers = [tick.label1.get_window_extent(renderer) for tick in axes.zaxis.majorTicks]
        if any(name.overlaps(number) for number in numbers):
            axes.zaxis.labelpad += 6

    def _around(self, axes: Any) -> Bbox:
        """What is seen of axes with their labels and texts, in inches."""
        renderer = self.figure.canvas.get_renderer()  # type: ignore[attr-defined]
        if hasattr(axes, "zaxis"):
            sides = [axes.get_xlim(), axes.get_ylim(), axes.get_zlim()]
            corners = [(x, y, z) for x in sides[0] for y in sides[1] for z in sides[2]]
            x, y, _ = proj3d.proj_transform(*zip(*corners, strict=True), axes.get_proj())
            boxes = [Bbox.null()]
            boxes[0].update_from_data_xy(axes.transData.transform(list(zip(x, y, strict=True))))
            axis = [axes.xaxis, axes.yaxis, axes.zaxis]
            boxes += [part.get_tightbbox(renderer) for part in axis]
            boxes += [text.get_window_extent(renderer) for text in axes.texts]
        else:
            boxes = [axes.get_tightbbox(renderer)]
        return Bbox(
            Bbox.union([box for box in boxes if box is not None]).get_points() / self.figure.dpi
        )

    def _inches(self, place: Bbox) -> Bbox:
        return Bbox(place.get_points() * self.figure.get_size_inches())

    def _share(self, room: Bbox) -> tuple[float, float, float, float]:
        wide, high = self.figure.get_size_inches()
        return room.x0 / wide, room.y0 / high, room.width / wide, room.height / high


def _middle(box: Bbox) -> Any:
    return box.get_points().mean(axis=0)


def sheet(
    count: int, columns: int, height: float, entries: Sequence[Artist], heading: str = ""
) -> Sheet:
    """A sheet of so many cells, with its legend.

    Parameters
    ----------
    columns : cells beside each other; where there are fewer, the legend stands beside them
    height : of a cell with its title, in inches
    entries, heading : what the legend holds
    """
    rows = -(-count // columns)
    spare = (rows * columns - count) / columns * (WIDTH - 2 * EDGE) - GAP
    figure = Figure(figsize=(WIDTH, 2 * height), facecolor="white")
    FigureCanvasAgg(figure)
    beside = spare > 1
    legend, needs = _legend(figure, entries, heading, spare if beside else WIDTH - 2 * EDGE)
    if beside and needs > height:
        beside = False
        legend.remove()
        legend, needs = _legend(figure, entries, heading, WIDTH - 2 * EDGE)
    return Sheet(figure, count, columns, [height] * rows, legend, needs, beside)


def _legend(
    figure: Figure, entries: Sequence[Artist], heading: str, room: float
) -> tuple[Legend, float]:
    """A legend at most so wide, and its height; both in inches."""
    most = min(room - SIGN, 3.2)
    labels = [fitted(str(entry.get_label()), most, LEGEND, 2) for entry in entries]
    needs = max(width(label, LEGEND) for label in labels) + SIGN
    legend = figure.legend(
        handles=list(entries),
        labels=labels,
        loc="center",
        ncols=int(max(1, min(len(entries), room / needs))),
        title=fitted(heading, room - 0.1, LEGEND, 8) or None,
        fontsize=LEGEND,
        title_fontsize=LEGEND,
        labelcolor=INK,
        alignment="left",
        borderaxespad=0,
        borderpad=0.1,
        columnspacing=1.2,
        handlelength=1.8,
    )
    figure.draw_without_rendering()
    return legend, float(legend.get_window_extent().height) / figure.dpi
