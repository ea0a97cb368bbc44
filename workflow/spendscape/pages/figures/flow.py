"""The flow: where the network drives the hidden state under one input, on the two leading axes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from spendscape.core.arrays import Floats
from spendscape.network.cell import Cell
from spendscape.pages.figures import drawing as figures


@dataclass(frozen=True)
class Plane:
    """A plane through the state space: centre [M] and two orthonormal axes [2, M]."""

    centre: Floats
    axes: Floats

    def places(self, states: NDArray[Any]) -> Floats:
        """The coordinates [..., 2] of states [..., M] on the plane."""
        return np.asarray((states - self.centre) @ self.axes.T)


def leading_plane(states: Floats) -> Plane:
    """The plane of the two leading principal components of states [K, M]; for M = 1 a line in it."""
    centre = states.mean(axis=0)
    axes = np.linalg.eigh((states - centre).T @ (states - centre))[1].T[::-1][:2]
    axes = np.pad(axes, ((0, 2 - len(axes)), (0, 0)))
    largest = np.take_along_axis(axes, np.abs(axes).argmax(axis=1)[:, None], axis=1)
    return Plane(centre, axes * np.sign(largest))


def field(cell: Cell, drive: Floats, centre: Floats, axes: Floats, x: Floats, y: Floats) -> Floats:
    """G(h) − h along both axes, [len(y), len(x), 2], on a plane through `centre`.

    The whole map moves (h, c). Here the cell stands where it comes to rest for this h, so that one
    arrow belongs to each h; the arrows vanish at the fixed points of the whole map and nowhere else.

    Parameters
    ----------
    drive : [4M]
    x, y : coordinates along the two axes [2, M]
    """
    grid = np.stack(np.meshgrid(x, y), axis=-1)
    states = (centre + grid @ axes).reshape(-1, cell.units)
    moved = cell.reduced_map(np.tile(drive, (len(states), 1)), states)[0] - states
    return np.asarray((moved @ axes.T).reshape(grid.shape))


@figures.styled
def draw(
    cell: Cell,
    inputs: Mapping[str, Floats],
    points: Mapping[str, Floats],
    paths: Mapping[str, NDArray[Any]],
    colours: Mapping[str, str],
    plane: Plane,
    size: int = 60,
) -> Figure:
    """The field under each input: streamlines, nullclines, its fixed point, and customers' trajectories.

    Parameters
    ----------
    inputs : panel's title to constant input [C]
    points : to the fixed point [M] under it (NaN where it is not known)
    paths : to trajectories [K, T, M] drawn with it, each under its customer's own input
    colours : to the colour of these
    """
    everything = np.concatenate(
        [plane.places(path).reshape(-1, 2) for path in paths.values()]
        + [plane.places(point)[None] for point in points.values()]
    )
    low, high = np.nanmin(everything, axis=0), np.nanmax(everything, axis=0)
    room = 0.15 * max(*(high - low), 0.1)
    x, y = (np.linspace(low[k] - room, high[k] + room, size) for k in (0, 1))
    entries = [
        Line2D([], [], color="#aaaaaa", lw=0.8, label="flow of h, the cell at rest"),
        Line2D([], [], color=figures.INK, lw=1, ls="-", label="no movement along axis 1"),
        Line2D([], [], color=figures.INK, lw=1, ls=":", label="no movement along axis 2"),
        Line2D(
            [], [], color=figures.INK, lw=0, marker="o", ms=5, label="fixed point under this input"
        ),
        Line2D([], [], color="#666666", lw=1.2, label="trajectories of customers, own inputs"),
    ]
    figure, cells = figures.spread_out(1, len(inputs), 4.2, entries)
    for k, (name, given) in enumerate(inputs.items()):
        axes = figure.add_subplot(cells[0, k])
        # The slice goes through this input's own fixed point, or the plane's centre.
        point = points[name] if np.isfinite(points[name]).all() else plane.centre
        shift = plane.places(point)
        flow = field(cell, cell.drive(given), point, plane.axes, x - shift[0], y - shift[1])
        speed = np.linalg.norm(flow, axis=-1)
        axes.streamplot(
            x, y, flow[..., 0], flow[..., 1],
            color="#aaaaaa", density=1.1, arrowsize=0.7,
            linewidth=0.3 + 1.2 * speed / max(float(speed.max()), np.finfo(float).tiny),
        )  # fmt: skip
        for part, style in ((0, "solid"), (1, "dotted")):
            axes.contour(
                x,
                y,
                flow[..., part],
                levels=[0.0],
                colors=figures.INK,
                linestyles=style,
                linewidths=1,
            )
        lines = plane.places(paths[name])
        figures.draw_lines(axes, lines, [colours[name]] * len(lines), linewidths=0.7, alpha=0.6)
        if np.isfinite(points[name]).all():
            axes.scatter(shift[:1], shift[1:], s=36, color=figures.INK, zorder=9)
        axes.set(xlim=(x[0], x[-1]), ylim=(y[0], y[-1]), xlabel="axis 1", ylabel="axis 2")
        axes.set_aspect("equal", adjustable="box")
        figures.title(axes, k, name)
    return figure
