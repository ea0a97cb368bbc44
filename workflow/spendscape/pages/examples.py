"""The customers whose cards are made by default: few, and different ones."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, Int, Shaped

from spendscape.core.arrays import Array, Floats, Indices, Names
from spendscape.explanation.chart import Chart
from spendscape.network.weights import Weights
from spendscape.pages.cards import angular_error
from spendscape.traits.targets import dominant


def change_of_movers(
    customers: Sequence[Shaped[Names, "..."]], last: Sequence[Float[Array, "_ M"]], weights: Weights
) -> Float[Floats, " N"]:
    """How far apart a customer's last states in both windows are; NaN for all who are no movers.

    A mover is a customer with another dominant trait in the recent window, by the network's outputs.

    Parameters
    ----------
    customers, last : ids and last states of the long window's customers and, where there is one, of
        the recent window's
    """
    change = np.full(len(customers[0]), np.nan)
    if len(customers) > 1:
        _, rows, other = np.intersect1d(customers[0], customers[1], return_indices=True)
        long, recent = last[0][rows], last[1][other]
        before, after = (
            dominant(weights.outputs(states), weights.traits) for states in (long, recent)
        )
        moved = before != after
        change[rows[moved]] = np.linalg.norm(long - recent, axis=1)[moved]
    return change


def choose_examples(
    segments: Shaped[Names, " N"],
    angles: Float[Floats, "N K"],
    predicted: Float[Floats, "N K"],
    outputs: Float[Floats, "N P"],
    change: Float[Floats, " N"],
    chart: Chart,
    count: int,
) -> list[tuple[int, str]]:
    """Customers whose cards differ: typical, mover, badly explained, on a boundary, and again.

    Parameters
    ----------
    segments : names
    angles, predicted : of the trajectories and of the surrogate
    outputs : of the network
    change : distance between the last states of both windows for movers, NaN for all others
    count : of customers wanted; fewer come back when there are not so many

    Returns
    -------
    row and reason, all rows different
    """
    error = np.nan_to_num(angular_error(angles, predicted, chart))
    sorted_outputs = np.sort(outputs, axis=1)
    gap = sorted_outputs[:, -1] - sorted_outputs[:, -2]
    movers = np.flatnonzero(np.isfinite(change))
    orders: list[list[tuple[int, str]]] = [
        typical(segments, chart.vectors(angles)),
        _each(
            movers[np.argsort(-change[movers], kind="stable")],
            "its dominant trait differs most between the windows",
        ),
        _each(np.argsort(-error, kind="stable"), "where the linear explanation misses the most"),
        _each(
            np.argsort(gap, kind="stable"),
            "nearest to the boundary between its two largest traits",
        ),
    ]
    chosen: dict[int, str] = {}
    for turn in range(len(segments)):
        for order in orders:
            if turn < len(order) and len(chosen) < count:
                chosen.setdefault(*order[turn])
        if len(chosen) >= count:
            break
    return list(chosen.items())


def typical(
    segments: Shaped[Names, " N"], directions: Float[Floats, "N M"]
) -> list[tuple[int, str]]:
    """The customer in the middle of each segment, the largest segment first: row and reason."""
    names, codes, sizes = np.unique(segments, return_inverse=True, return_counts=True)
    centres = np.stack([np.nanmean(directions[codes == k], axis=0) for k in range(len(names))])
    distance = np.nan_to_num(np.linalg.norm(directions - centres[codes], axis=1), nan=np.inf)
    found = []
    for segment in np.argsort(-sizes, kind="stable"):
        members = np.flatnonzero(codes == segment)
        middle = members[np.argmin(distance[members])]
        found.append((int(middle), f"typical of the segment {names[segment]}"))
    return found


def _each(rows: Int[Indices, " K"], reason: str) -> list[tuple[int, str]]:
    return [(int(row), reason) for row in rows]
