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
from spendscape.core.small_cells import hidden
from spendscape.core.text import money
from spendscape.explanation.inverse_map import invert
from spendscape.network.weights import Weights
from spendscape.segments.names import order
from spendscape.segments.window_data import Length, steps_before

# Classes in each column of words of segments/moves.csv.
IN_WORDS = 3
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
    *("month", "more", "less"),
]


def described(
    movers: pa.Table, windows: Sequence[tuple[str, str]], weights: Weights, long: Length, recent: Length | None
) -> tuple[pa.Table, Float[Floats, "K C"]]:  # fmt: skip
    """segments/movers.parquet with what each mover did, and the change of each class's money a year.

    turn_degrees: between the directions at the ends of both windows, seen from the neutral state;
    noise_degrees: the customer's median turn from step to step in the later half of the long window; month: the first of the
    step from which on the recent window shows its trait, null where both windows show the same or it does so from the start; more, less:
    the classes that rose and fell most against the steps before, for the class, and by how much money a year.

    Parameters
    ----------
    movers : customer_id, long, recent, …
    windows : paths of the states and of the spending, of the long window and the recent one
    long, recent : the windows' lengths
    """
    ids = movers["customer_id"].to_pylist()
    parts = list[tuple[pa.Table, Floats]]()
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
    made, change = SCHEMA.empty_table(), np.zeros((0, len(weights.classes)))
    if parts:
        change = np.concatenate([own for _, own in parts])
        made = _with_money(pa.concat_tables([turn for turn, _ in parts]), change, weights.classes)
    for name in made.column_names:
        movers = movers.append_column(name, made[name])
    return movers, change


def _columns(
    labels: list[tuple[str, str]],
    windows: list[tuple[pa.Table, pa.Table]],
    weights: Weights,
    before: int,
    months: tuple[int, int],
) -> tuple[pa.Table, Float[Floats, "K C"]]:
    """How far some movers turned and since when, and the change of each class's money a year."""
    long, recent = windows
    paths = [tensor_values(states["state"]).astype(np.float64) for states, _ in (long, recent)]
    origin = invert(weights.output, weights.output_bias).origin
    ends = [normalised(path[:, -1] - origin) for path in paths]
    change = _yearly(recent[1], None, months[1]) - _yearly(long[1], before, months[0])
    last = recent[1]["last_month"].to_numpy().astype("datetime64[M]")
    since = _since(order(weights.outputs(paths[1]), weights.traits)[:, :, 0])
    month = last - (paths[1].shape[1] - since) * months[1] + 1
    # A trait that the window shows from its first step on is older than the window.
    since_then = np.array([was != now for was, now in labels], dtype=bool) & (since > 0)
    columns = {
        "turn_degrees": degrees_between(*ends),
        "noise_degrees": _noise(paths[0] - origin),
        "month": pa.array(month.astype("datetime64[D]"), mask=~since_then),
    }
    return pa.table(columns), change


def _with_money(turns: pa.Table, change: Float[Floats, "K C"], classes: Sequence[str]) -> pa.Table:
    """The classes that rose and fell most, each measured by how much it changes for all movers.

    By money alone it would be groceries or the mortgage for everybody.
    """
    scaled = _scaled(change, change)
    names, rows = np.array(classes, dtype=object), np.arange(len(change))
    for side, place in (("more", scaled.argmax(axis=1)), ("less", scaled.argmin(axis=1))):
        turns = turns.append_column(side, pa.array(names[place], pa.string()))
        turns = turns.append_column(f"{side}_money", pa.array(change[rows, place]))
    return turns.cast(SCHEMA)


def _scaled(values: Float[Floats, "... C"], change: Float[Floats, "K C"]) -> Float[Floats, "... C"]:
    """Changes of money in units of how much each class changes for all movers."""
    usual = np.sqrt(np.square(change).mean(axis=0))
    return np.asarray(np.divide(values, usual, out=np.zeros_like(values), where=usual > 0))


def _places(path: str, ids: Sequence[str]) -> Int[Indices, "K"]:
    """The rows of some customers in a file that is sorted by customer."""
    known = pq.read_table(path, columns=["customer_id"])["customer_id"].to_numpy()
    return np.asarray(np.searchsorted(known, np.array(ids, dtype=object)))


def _yearly(spending: pa.Table, steps: int | None, months: int) -> Float[Floats, "K C"]:
    """Each class's money a year over the first steps of a window, or all of them."""
    fractions = tensor_values(spending["spending"])[:, :steps].astype(np.float64)
    totals = tensor_values(spending["total"])[:, :steps]
    amounts = np.einsum("ntc,nt->nc", fractions, totals)
    return np.asarray(amounts * 12 / (fractions.shape[1] * months))


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


def moves_table(
    movers: pa.Table,
    change: Float[Floats, "K C"],
    classes: Sequence[str],
    minimum: int,
    currency: str,
) -> pd.DataFrame:
    """segments/moves.csv: the moves that at least `minimum` customers made, the most frequent first.

    Columns from, to, customers, likely (how many stand out), medians of turn_degrees and noise_degrees, month (the
    most frequent of those who stand out), more and less (the classes that rose and fell most for the class, with the mean change a year).
    Of fewer than `minimum` who stand out there is neither number nor month, nor where the others would tell it.

    Parameters
    ----------
    movers, change : of `described`
    currency : beside amounts; '' for none
    """
    frame = movers.to_pandas()
    other = frame[frame["long"] != frame["recent"]]
    rows = []
    for (was, now), own in other.groupby(["long", "recent"], sort=True):
        if len(own) < minimum:
            continue
        likely = int(own["likely"].fillna(False).astype(bool).sum())
        row = {"from": was, "to": now, "customers": len(own), "likely": likely}
        row |= {name: own[name].median() for name in ("turn_degrees", "noise_degrees")}
        mean = change[own.index.to_numpy()].mean(axis=0)
        months = own.loc[own["likely"].fillna(False).astype(bool), "month"].dropna()
        row["month"] = str(months.mode().iloc[0])[:7] if len(months) else ""
        words = (_words(mean, change, classes, sign, currency) for sign in (1, -1))
        row["more"], row["less"] = words
        rows.append(row)
    counts = np.array([row["likely"] for row in rows], dtype=np.int64).reshape(-1, 1)
    for row, few in zip(rows, hidden(counts, minimum)[:, 0].tolist(), strict=True):
        row |= {"likely": np.nan, "month": ""} if few else {}
    rows.sort(key=lambda row: -row["customers"])
    # The number of all who moved is known, so that what is left out must not be a few.
    while rows and 0 < len(other) - sum(row["customers"] for row in rows) < minimum:
        rows.pop()
    return pd.DataFrame(rows, columns=COLUMNS)


def _words(
    mean: Float[Floats, "C"],
    change: Float[Floats, "K C"],
    classes: Sequence[str],
    sign: int,
    currency: str,
) -> str:
    """The classes whose mean change is the largest in one direction, for the class."""
    ranked = np.argsort(-sign * _scaled(mean, change), kind="stable")[:IN_WORDS]
    shown = [k for k in ranked if sign * mean[k] > 0]
    return "; ".join(f"{classes[k]} {money(mean[k], 0, currency, sign=True)} a year" for k in shown)
