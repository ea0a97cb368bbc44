"""What movers did: when, how far they turned against their own noise, and what changed in money (maths §7)."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from jaxtyping import Float, Int, Shaped

from spendscape.core.arrays import Floats, Indices, Integers, Names
from spendscape.core.geometry import degrees_between, normalised
from spendscape.core.parquet import take_rows, tensor_values
from spendscape.explanation.inverse_map import invert
from spendscape.network.weights import Weights
from spendscape.segments.names import order
from spendscape.segments.window_data import Length, steps_before

# Movers whose spending is in memory at once.
BLOCK = 8192
SCHEMA = pa.schema(
    {
        "turn_degrees": pa.float64(),
        "noise_degrees": pa.float64(),
        "month": pa.date32(),
        "more": pa.string(),
        "more_money": pa.float64(),
        "less": pa.string(),
        "less_money": pa.float64(),
    }
)
SPENDING = ["spending", "total", "last_month"]
COLUMNS = [
    *("from", "to", "customers", "likely", "turn_degrees", "noise_degrees"),
    *("month", "more", "more_money", "less", "less_money"),
]


def described(
    movers: pa.Table, windows: Sequence[tuple[str, str]], weights: Weights, long: Length, recent: Length | None
) -> pa.Table:  # fmt: skip
    """segments/movers.parquet with what each mover did.

    turn_degrees: between the directions at the ends of both windows, seen from the neutral state;
    noise_degrees: the customer's median turn from step to step in the later half of the long window; month: the first of the
    step from which on the recent window shows its trait, null where both windows show the same; more, less:
    the classes whose money a year rose and fell most against the steps before, and by how much.

    Parameters
    ----------
    movers : customer_id, long, recent, …
    windows : paths of the states and of the spending, of the long window and the recent one
    long, recent : the windows' lengths
    """
    ids = movers["customer_id"].to_pylist()
    parts = [SCHEMA.empty_table()]
    if ids and recent is not None:
        rows = [_places(states, ids) for states, _ in windows]
        before = steps_before(long, recent) or long.steps
        for first in range(0, len(ids), BLOCK):
            read = [
                (take_rows(states, part, ["state"]), take_rows(spending, part, SPENDING))
                for (states, spending), own in zip(windows, rows, strict=True)
                for part in [own[first : first + BLOCK]]
            ]
            shown = movers.slice(first, BLOCK)
            pair = shown["long"].to_pylist(), shown["recent"].to_pylist()
            lengths = long.months_per_step, recent.months_per_step
            parts.append(_columns(list(zip(*pair, strict=True)), read, weights, before, lengths))
    made = pa.concat_tables(parts)
    if not len(made):  # Without a recent window nobody has moved.
        made = pa.table([pa.nulls(len(movers), kind) for kind in SCHEMA.types], schema=SCHEMA)
    for name in made.column_names:
        movers = movers.append_column(name, made[name])
    return movers


def _columns(
    labels: list[tuple[str, str]],
    windows: list[tuple[pa.Table, pa.Table]],
    weights: Weights,
    before: int,
    months: tuple[int, int],
) -> pa.Table:
    """The columns of some movers, from the states and the spending of both windows."""
    long, recent = windows
    paths = [tensor_values(states["state"]).astype(np.float64) for states, _ in (long, recent)]
    origin = invert(weights.output, weights.output_bias).origin
    ends = [normalised(path[:, -1] - origin) for path in paths]
    change = _yearly(recent[1], None, months[1]) - _yearly(long[1], before, months[0])
    classes, rows = np.array(weights.classes, dtype=object), np.arange(len(change))
    most, least = change.argmax(axis=1), change.argmin(axis=1)
    last = recent[1]["last_month"].to_numpy().astype("datetime64[M]")
    since = _since(order(weights.outputs(paths[1]), weights.traits)[:, :, 0])
    month = last - (paths[1].shape[1] - since) * months[1] + 1
    other = np.array([was != now for was, now in labels], dtype=bool)
    columns = {
        "turn_degrees": degrees_between(*ends),
        "noise_degrees": _noise(paths[0] - origin),
        "month": pa.array(month.astype("datetime64[D]"), mask=~other),
        "more": pa.array(classes[most], pa.string()),
        "more_money": change[rows, most],
        "less": pa.array(classes[least], pa.string()),
        "less_money": change[rows, least],
    }
    return pa.table(columns).cast(SCHEMA)


def _places(path: str, ids: Sequence[str]) -> Int[Indices, "K"]:
    """The rows of some customers in a file that is sorted by customer."""
    known = pq.read_table(path, columns=["customer_id"])["customer_id"].to_numpy()
    return np.asarray(np.searchsorted(known, np.array(ids, dtype=object)))


def _yearly(spending: pa.Table, steps: int | None, months: int) -> Float[Floats, "K C"]:
    """Each class's money a year over the first steps of a window, or all of them."""
    fractions = tensor_values(spending["spending"])[:, :steps].astype(np.float64)
    totals = tensor_values(spending["total"])[:, :steps]
    money = np.einsum("ntc,nt->nc", fractions, totals)
    return np.asarray(money * 12 / (fractions.shape[1] * months))


def _noise(away: Float[Floats, "K T M"]) -> Float[Floats, "K"]:
    """The median turn from step to step in the later half; NaN with fewer than three steps."""
    steps = away.shape[1]
    if steps < 3:
        return np.full(len(away), np.nan)
    units = [normalised(away[:, t]) for t in range(steps // 2, steps)]
    turns = [degrees_between(one, other) for one, other in pairwise(units)]
    return np.asarray(np.median(turns, axis=0))


def _since(labels: Shaped[Names, "K S"]) -> Int[Integers, "K"]:
    """The first step from which on a window shows the label of its end."""
    same = labels == labels[:, -1:]
    backwards = np.logical_and.accumulate(same[:, ::-1], axis=1).sum(axis=1)
    return np.asarray(labels.shape[1] - backwards)


def moves_table(movers: pa.Table, minimum: int) -> pd.DataFrame:
    """segments/moves.csv: the moves that at least `minimum` customers made, the most frequent first.

    Columns from, to, customers, likely (how many stand out), medians of turn_degrees and noise_degrees, month (the
    most frequent), more, more_money, less and less_money: the classes that rose and fell most for most of them, and the
    median of these customers' change a year, if they are as many as `minimum`.
    """
    frame = movers.to_pandas()
    frame = frame[frame["long"] != frame["recent"]]
    rows = []
    for (was, now), own in frame.groupby(["long", "recent"], sort=True):
        if len(own) < minimum:
            continue
        likely = int(own["likely"].fillna(False).astype(bool).sum())
        row = {"from": was, "to": now, "customers": len(own), "likely": likely}
        row |= {name: own[name].median() for name in ("turn_degrees", "noise_degrees")}
        row["month"] = str(own["month"].mode().iloc[0])[:7]
        for side in ("more", "less"):
            name = own[side].mode().iloc[0]
            money = own.loc[own[side] == name, f"{side}_money"]
            row[side] = name
            row[f"{side}_money"] = money.median() if len(money) >= minimum else np.nan
        rows.append(row)
    made = pd.DataFrame(rows, columns=COLUMNS)
    return made.sort_values("customers", ascending=False, kind="stable", ignore_index=True)
