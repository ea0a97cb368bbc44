"""The flow: where the network drives the hidden state under one input, on the two leading axes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Int, Shaped
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from spendscape.core.arrays import Array, Bools, Floats, Indices, Names
from spendscape.core.parquet import even_sample
from spendscape.dynamics.fixed_points import fixed_points
from spendscape.network.cell import Cell
from spendscape.pages.colours import trait_colours
from spendscape.pages.figures import drawing as figures
from spendscape.pages.figures.lettering import short
from spendscape.pages.figures.sheet import INK, sheet


@dataclass(frozen=True)
class Plane:
    """A plane through the state space: its centre and two orthonormal axes."""

    centre: Float[Floats, " M"]
    axes: Float[Floats, "2 M"]

    def places(self, states: Float[Array, "*n M"]) -> Float[Floats, "*n 2"]:
        """The coordinates of states on the plane."""
        return np.asarray((states - self.centre) @ self.axes.T)


@dataclass(frozen=True)
class Group:
    """Customers whose mean input one panel is about.

    Attributes
    ----------
    title, colour : of the panel, and of the customers' trajectories in it
    mean : the mean of their constant inputs
    drawn : rows of the customers whose trajectories are drawn, an even sample
    """

    title: str
    colour: str
    mean: Float[Floats, " C"]
    drawn: Int[Indices, " K"]


def groups(
    inputs: Float[Floats, "N C"],
    known: Bool[Bools, " N"],
    labels: Shaped[Names, " N"],
    attractors: Mapping[str, Any],
    most: int = 60,
) -> list[Group]:
    """All customers, and those whose fixed points carry the most frequent label.

    Parameters
    ----------
    inputs : every customer's mean spending
    known, labels : whose fixed point is known, and the trait it is labelled with
    attractors : trait to entry of dynamics/attractors.json
    most : customers drawn of each group
    """
    trait = max(attractors, key=lambda name: attractors[name]["customers"])
    colour = trait_colours(list(attractors))[trait]

    def group(title: str, colour: str, members: Bool[Bools, " N"]) -> Group:
        some = np.flatnonzero(members)[even_sample(int(members.sum()), most)]
        return Group(title, colour, inputs[members].mean(axis=0), some)

    return [
        group("mean input of all customers", "#666666", known),
        group(f"mean input, {short(trait)}", colour, labels == trait),
    ]


def leading_plane(states: Float[Floats, "K M"]) -> Plane:
    """The plane of the two leading principal components of states; of one unit a line, its second axis 0."""
    centre = states.mean(axis=0)
    axes = np.linalg.eigh((states - centre).T @ (states - centre))[1].T[::-1][:2]
    axes = np.pad(axes, ((0, 2 - len(axes)), (0, 0)))
    largest = np.take_along_axis(axes, np.abs(axes).argmax(axis=1)[:, None], axis=1)
    return Plane(centre, axes * np.sign(largest))


def field(
    cell: Cell,
    drive: Float[Floats, " D"],
    centre: Float[Floats, " M"],
    axes: Float[Floats, "2 M"],
    x: Float[Floats, " X"],
    y: Float[Floats, " Y"],
) -> Float[Floats, "Y X 2"]:
    """G(h) − h along both axes, on a plane through `centre` (maths §6).

    The whole map moves the state and the cell's memory. Here the memory is where it comes to rest
    for this state, so that one arrow belongs to each state; the arrows vanish at the fixed points of
    the whole map and nowhere else.

    Parameters
    ----------
    drive : of the constant input
    x, y : coordinates along the two axes
    """
    grid = np.stack(np.meshgrid(x, y), axis=-1)
    states = (centre + grid @ axes).reshape(-1, cell.units)
    moved = cell.reduced_map(np.tile(drive, (len(states), 1)), states)[0] - states
    return np.asarray((moved @ axes.T).reshape(grid.shape))


@figures.styled
def draw(
    cell: Cell,
    shown: Sequence[Group],
    extended: Sequence[Float[Array, "_ T M"]],
    plane: Plane,
    size: int = 60,
) -> Figure:
    """The field under each group's mean input, its fixed point, and trajectories of customers.

    Parameters
    ----------
    extended : the trajectories of each group's `drawn` customers, each under its own input
    size : points of the field along each axis
    """
    points = [fixed_points(cell, cell.drive(group.mean[None])).state[0] for group in shown]
    paths = [np.concatenate([np.zeros_like(part[:, :1]), part], axis=1) for part in extended]
    x, y = _range(plane, paths, points, size)
    flat = cell.units == 1
    paper = sheet(len(shown), 2, 3.6, _entries(flat))
    for k, group in enumerate(shown):
        axes = paper.panel(k)
        count = len(group.drawn)
        paper.title(k, f"{group.title}; {count:,} customers drawn")
        if flat:
            _draw_steps(axes, cell, group, points[k], paths[k], plane, x)
            continue
        _draw_flow(axes, cell, group, points[k], plane, x, y)
        lines = plane.places(paths[k])
        figures.draw_lines(axes, lines, [group.colour] * len(lines), linewidths=0.7, alpha=0.6)
        if np.isfinite(points[k]).all():
            place = plane.places(points[k])
            axes.scatter(place[:1], place[1:], s=36, color=INK, zorder=9)
        axes.set(xlim=(x[0], x[-1]), ylim=(y[0], y[-1]), xlabel="axis 1", ylabel="axis 2")
        axes.set_aspect("equal", adjustable="box")
    paper.settle()
    return paper.figure


def _entries(flat: bool) -> list[Line2D]:
    """The legend, of one unit or of more."""
    rest = Line2D([], [], color=INK, lw=0, marker="o", ms=5, label="fixed point: here it stays")
    own = Line2D(
        [], [], color="#666666", lw=1.2, label="paths of customers, each by its own spending"
    )
    if flat:
        return [
            Line2D([], [], color=INK, lw=1.2, label="movement of the state in a step"),
            rest,
            own,
        ]
    return [
        Line2D([], [], color="#aaaaaa", lw=0.8, label="where the state moves; thicker is faster"),
        Line2D([], [], color=INK, lw=1, ls="-", label="no movement along axis 1"),
        Line2D([], [], color=INK, lw=1, ls=":", label="no movement along axis 2"),
        rest,
        own,
    ]


def _draw_steps(
    axes: Any,
    cell: Cell,
    group: Group,
    point: Float[Floats, "1"],
    paths: Float[Array, "K T 1"],
    plane: Plane,
    x: Float[Floats, " X"],
) -> None:
    """Of one unit: how far each state moves in a step, and how customers move from step to step."""
    states = plane.centre[0] + x * plane.axes[0, 0]
    moved = field(cell, cell.drive(group.mean), plane.centre, plane.axes, x, np.zeros(1))[0, :, 0]
    axes.plot(states, moved * plane.axes[0, 0], color=INK, lw=1.2)
    steps = np.stack([paths[:, :-1, 0], np.diff(paths[..., 0], axis=1)], axis=-1)
    figures.draw_lines(axes, steps, [group.colour] * len(steps), linewidths=0.7, alpha=0.6)
    axes.axhline(0, color="#888888", lw=0.6)
    if np.isfinite(point).all():
        axes.scatter(point, [0.0], s=36, color=INK, zorder=9)
    axes.autoscale_view()
    axes.set(xlabel="hidden state", ylabel="movement in the next step")


def _range(
    plane: Plane,
    paths: Sequence[Float[Array, "_ T M"]],
    points: Sequence[Float[Floats, " M"]],
    size: int,
) -> tuple[Float[Floats, "{size}"], Float[Floats, "{size}"]]:
    """Coordinates along both axes that hold all trajectories and fixed points, with some room."""
    everything = np.concatenate(
        [plane.places(path).reshape(-1, 2) for path in paths]
        + [plane.places(point)[None] for point in points]
    )
    low, high = np.nanmin(everything, axis=0), np.nanmax(everything, axis=0)
    room = 0.15 * max(*(high - low), 0.1)
    x, y = (np.linspace(low[k] - room, high[k] + room, size) for k in (0, 1))
    return x, y


def _draw_flow(
    axes: Any,
    cell: Cell,
    group: Group,
    point: Float[Floats, " M"],
    plane: Plane,
    x: Float[Floats, " X"],
    y: Float[Floats, " Y"],
) -> None:
    """Streamlines of the field, and the lines on which nothing moves along one axis."""
    # The slice goes through this input's own fixed point, or the plane's centre.
    centre = point if np.isfinite(point).all() else plane.centre
    shift = plane.places(centre)
    flow = field(cell, cell.drive(group.mean), centre, plane.axes, x - shift[0], y - shift[1])
    speed = np.linalg.norm(flow, axis=-1)
    axes.streamplot(
        x, y, flow[..., 0], flow[..., 1],
        color="#aaaaaa", density=1.1, arrowsize=0.7,
        linewidth=0.3 + 1.2 * speed / max(float(speed.max()), np.finfo(float).tiny),
    )  # fmt: skip
    for part, style in ((0, "solid"), (1, "dotted")):
        axes.contour(
            x, y, flow[..., part],
            levels=[0.0], colors=INK, linestyles=style, linewidths=1,
        )  # fmt: skip
