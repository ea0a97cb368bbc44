"""The customers whose cards are made by default: few, and different ones."""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from jaxtyping import Float, Int, Shaped

from spendscape.core.arrays import Array, Floats, Indices, Names
from spendscape.core.errors import DataError, nearest
from spendscape.core.geometry import degrees_between
from spendscape.network.weights import Weights
from spendscape.pages.card_files import find_row
from spendscape.pages.card_names import nearest_ids
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


@runtime_checkable
class Wanted(Protocol):
    """Whose cards are made, as the config's section `cards` says it."""

    customers: list[str]
    segment: str | None
    examples: int


def choose(
    wanted: Wanted,
    customers: pa.ChunkedArray,
    verdicts: str,
    segments: pd.DataFrame,
    levels: Shaped[Names, "N P"],
    directions: Float[Floats, "N M"],
    predicted: Float[Floats, "N M"],
    change: Float[Floats, " N"],
) -> list[tuple[int, str]]:
    """The customers that the config names, or else examples, of one segment if it names one: row and reason.

    Parameters
    ----------
    customers, verdicts : ids of the long window, and path of tensors/customers.parquet
    segments : columns segment and margin
    levels : each customer's traits, the largest first
    directions, predicted, change : as in `choose_examples`

    Raises
    ------
    DataError
        A customer or a segment that is not there.
    """
    if wanted.customers:
        return [(find_row(customers, name, verdicts), "asked for") for name in wanted.customers]
    rows = in_segment(levels, wanted.segment)
    chosen = choose_examples(
        segments["segment"].to_numpy().astype(np.str_)[rows], directions[rows], predicted[rows],
        segments["margin"].to_numpy()[rows], change[rows], wanted.examples,
    )  # fmt: skip
    return [(int(rows[row]), reason) for row, reason in chosen]


def read_levels(path: str) -> tuple[pd.DataFrame, Shaped[Names, "N P"]]:
    """Columns segment and margin of segments/segments.parquet, and each customer's order of traits."""
    names = [name for name in pq.read_schema(path).names if name.startswith("level_")]
    found = pq.read_table(path, columns=["segment", "margin", *names]).to_pandas()
    return found[["segment", "margin"]], found[names].to_numpy().astype(np.str_)


def choose_examples(
    segments: Shaped[Names, " N"],
    directions: Float[Floats, "N M"],
    predicted: Float[Floats, "N M"],
    margin: Float[Floats, " N"],
    change: Float[Floats, " N"],
    count: int,
) -> list[tuple[int, str]]:
    """Customers whose cards differ: typical, mover, badly explained, on a boundary, and again.

    Parameters
    ----------
    segments : names
    directions, predicted : unit vectors of the trajectories and of the surrogate
    margin : of the first trait over the second; NaN where there is only one
    change : distance between the last states of both windows for movers, NaN for all others
    count : of customers wanted; fewer come back when there are not so many

    Returns
    -------
    row and reason, all rows different
    """
    error = np.nan_to_num(degrees_between(directions, predicted))
    movers = np.flatnonzero(np.isfinite(change))
    orders: list[list[tuple[int, str]]] = [
        typical(segments, directions),
        _each(
            movers[np.argsort(-change[movers], kind="stable")],
            "its dominant trait differs most between the windows",
        ),
        _each(np.argsort(-error, kind="stable"), "where the linear explanation misses the most"),
        _each(
            np.argsort(margin, kind="stable")[: np.isfinite(margin).sum()],
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


def check_segment(segment: str | None, traits: Sequence[str]) -> None:
    """Refuse a `cards.segment` of the config that is no order of these traits, before there are customers.

    Raises
    ------
    DataError
        A name is no trait, or is there twice.
    """
    names = order_of(segment or traits[0])
    for name in names:
        if name not in traits or names.count(name) > 1:
            fault = "twice" if name in traits else f"no trait{nearest(name, list(traits))}"
            raise DataError(
                f"cards.segment: {segment!r} was given, in which {name!r} is {fault}; "
                f"expected an order of traits such as {' > '.join(list(traits)[:2])}"
            )


def order_of(segment: str) -> list[str]:
    """The traits of a segment's name, the largest first."""
    return [name.strip() for name in segment.split(">")]


def in_segment(levels: Shaped[Names, "N P"], segment: str | None) -> Int[Indices, " K"]:
    """The rows of the customers whose order of traits begins like `cards.segment` of the config; all for None.

    Parameters
    ----------
    levels : each customer's traits, the largest first

    Raises
    ------
    DataError
        No customer has it.
    """
    if segment is None:
        return np.arange(len(levels))
    wanted = order_of(segment)
    depth = min(len(wanted), levels.shape[1])
    rows = np.flatnonzero((levels[:, :depth] == np.array(wanted[:depth])).all(axis=1))
    if not len(rows) or len(wanted) > depth:
        known = sorted({" > ".join(order) for order in levels[:, :depth].tolist()})
        near = nearest_ids(segment, known)
        raise DataError(
            f"cards.segment: {segment!r} was given; expected an order of traits that some customer has"
            + (f"; nearest are {', '.join(map(repr, near))}" if near else "")
        )
    return rows


def typical(
    segments: Shaped[Names, " N"], directions: Float[Floats, "N M"]
) -> list[tuple[int, str]]:
    """The customer in the middle of each segment, the largest segment first: row and reason."""
    names, codes, sizes = np.unique(segments, return_inverse=True, return_counts=True)
    centres = np.stack(
        [np.nan_to_num(directions[codes == k]).mean(axis=0) for k in range(len(names))]
    )
    distance = np.nan_to_num(np.linalg.norm(directions - centres[codes], axis=1), nan=np.inf)
    found = []
    for segment in np.argsort(-sizes, kind="stable"):
        members = np.flatnonzero(codes == segment)
        middle = members[np.argmin(distance[members])]
        found.append((int(middle), f"typical of the segment {names[segment]}"))
    return found


def _each(rows: Int[Indices, " K"], reason: str) -> list[tuple[int, str]]:
    return [(int(row), reason) for row in rows]
