"""What the explorer shows, read from the results files."""

import datetime
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from jaxtyping import Bool, Float, Int

from spendscape.core.arrays import Array, Bools, Floats, Indices, Integers
from spendscape.core.months import month_of
from spendscape.core.parquet import even_sample, take_rows, tensor_values
from spendscape.network.weights import Weights
from spendscape.pages.explorer import (
    CHANGED,
    LIKELY,
    NO_WINDOW,
    UNCHANGED,
    Drawn,
    Space,
    Window,
    payload,
)
from spendscape.pages.step_names import step_names
from spendscape.traits.formula import formula_from_json

# Customers who are not drawn and whose ids can be looked for all the same.
LISTED = 200_000
# Classes of a customer that the page shows, of spending and of contributions.
CLASSES = 4
# The columns of numbers that the page shows, of segments.parquet and fixed_points.parquet.
FIXED = ("spectral_radius", "time_constant", "fixed_points", "steps")
SEGMENT = ("margin", "border_degrees")


def read_payload(
    files: Mapping[str, Any], months: Sequence[int], most: int, results: str, named: bool
) -> dict[str, object]:
    """What the page draws, of at most `most` customers.

    Parameters
    ----------
    files : lists of paths `states` and `spending` of the long window and, where there is one, of the recent one; paths of
        weights, metrics, traits, formula, fixed_points, attractors, inverse, segments, naming, contributions and movers
    months : in a step, of each window
    results : the folder of the results, as in the config
    named : as in `explorer.payload`
    """
    total = pq.ParquetFile(files["states"][0]).metadata.num_rows
    weights = Weights.from_json(Path(files["weights"]).read_text())
    drawn = read_drawn(files, months, weights, even_sample(total, most))
    return payload(drawn, read_space(files, weights), total, results, named)


def read_drawn(
    files: Mapping[str, Any], months: Sequence[int], weights: Weights, some: Int[Indices, " K"]
) -> Drawn:
    """The customers in these rows."""
    every = pq.read_table(files["segments"], columns=["customer_id"])["customer_id"]
    ids = every.take(pa.array(some))
    rest = np.setdiff1d(np.arange(len(every)), some)
    truth, segments, points = (
        take_rows(files[name], some) for name in ("traits", "segments", "fixed_points")
    )
    names = pa.array(weights.traits)
    levels = [_places(segments[f"level_{k + 1}"], names) for k in range(len(names))]
    windows = {
        name: _window(states, spending, length, ids)
        for name, states, spending, length in zip(
            ("long", "recent"), files["states"], files["spending"], months, strict=False
        )
    }
    scores = {name: segments[name].to_numpy() for name in SEGMENT}
    scores |= {name: points[name].to_numpy() for name in FIXED}
    scores["neutral"] = segments["neutral"].to_numpy().astype(np.int64)
    scores["behind"] = _places(segments["behind"], names)
    here = np.zeros(len(ids), dtype=np.bool_)
    if recent := windows.get("recent"):
        here |= np.isfinite(recent.states).all(axis=(1, 2))
    return Drawn(
        ids.to_pylist(),
        every.take(pa.array(rest[even_sample(len(rest), LISTED)])).to_pylist(),
        windows,
        tensor_values(truth["traits"]),
        np.column_stack(levels),
        segments["segment"].to_pylist(),
        scores,
        tensor_values(points["state"]),
        points["verdict"].to_numpy().astype(str),
        points["label"].to_numpy().astype(str),
        _movers(files["movers"], ids, here),
        _largest(files["spending"][0], "spending", some, "mean"),
        _largest(files["contributions"], "contributions", some, "size"),
    )


def read_space(files: Mapping[str, Any], weights: Weights) -> Space:
    """What the customers are drawn in."""
    points = pq.read_table(files["fixed_points"], columns=["state", "label"])
    states, labels = tensor_values(points["state"]), points["label"].to_numpy()
    inverse = json.loads(Path(files["inverse"]).read_text())
    return Space(
        weights,
        json.loads(Path(files["attractors"]).read_text())["traits"],
        {trait: states[labels == trait] for trait in weights.traits},
        np.array(inverse["origin"]),
        np.array(inverse["axes"]),
        formula_from_json(Path(files["formula"]).read_text()),
        json.loads(Path(files["metrics"]).read_text())["r2"],
        json.loads(Path(files["naming"]).read_text())["neutral_margin"],
    )


def _window(states: str, spending: str, months: int, ids: pa.ChunkedArray) -> Window:
    """A window of these customers, and the names of its steps: months where all have the same."""
    known = pq.read_table(states, columns=["customer_id"])["customer_id"]
    rows = _places(ids, known)
    there = np.unique(rows[rows >= 0])
    values = tensor_values(take_rows(states, there, ["state"])["state"])
    made = np.full((len(ids), *values.shape[1:]), np.nan, dtype=np.float32)
    made[rows >= 0] = values[np.searchsorted(there, rows[rows >= 0])]
    ends = pc.unique(pq.read_table(spending, columns=["last_month"])["last_month"]).to_pylist()
    steps = values.shape[1]
    if len(ends) == 1 and isinstance(ends[0], datetime.date):
        return Window(made, step_names(month_of(ends[0]), steps, months))
    return Window(made, [f"step {k + 1} of {steps}" for k in range(steps)])


def _movers(path: str, ids: pa.ChunkedArray, here: Bool[Bools, " K"]) -> Int[Integers, " K"]:
    """What segments/movers.parquet says of each customer; `here`: who has a recent window."""
    table = pq.read_table(path, columns=["customer_id", "long", "recent", "likely"])
    made = np.where(here, UNCHANGED, NO_WINDOW).astype(np.int64)
    if not len(table):
        return made
    rows = _places(ids, table["customer_id"])
    changed = pc.not_equal(table["long"], table["recent"]).to_numpy()
    likely = pc.fill_null(table["likely"], False).to_numpy()
    codes = np.where(likely, LIKELY, np.where(changed, CHANGED, UNCHANGED))
    made[rows >= 0] = codes[rows[rows >= 0]]
    return made


def _largest(
    path: str, column: str, some: Int[Indices, " K"], how: str
) -> tuple[Int[Indices, "K S"], Float[Floats, "K S"]]:
    """The classes of these rows with the largest values, and the values, a row group at a time.

    Parameters
    ----------
    how : "mean" over the steps, or "size" without the sign
    """
    file, first = pq.ParquetFile(path), 0
    places, values = list[Array](), list[Array]()
    for group in range(file.num_row_groups):
        size = file.metadata.row_group(group).num_rows
        own = some[(some >= first) & (some < first + size)] - first
        first += size
        if not len(own):
            continue
        found = tensor_values(file.read_row_group(group, columns=[column])[column])[own]
        numbers = found.mean(axis=1) if how == "mean" else found
        order = np.argsort(-np.abs(numbers), axis=1, kind="stable")[:, :CLASSES]
        places.append(order)
        values.append(np.take_along_axis(numbers, order, axis=1).astype(np.float64))
    if not places:
        return np.empty((0, 0), dtype=np.intp), np.empty((0, 0))
    return np.concatenate(places), np.concatenate(values)


def _places(names: Any, known: Any) -> Int[Indices, " N"]:
    """Where each name stands among those known; −1 where it does not."""
    found = pc.fill_null(pc.index_in(names, value_set=known), -1)
    return np.asarray(found.to_numpy(), dtype=np.intp)
