"""The table of the segments: how many customers, how long they stay, and on what they spend (maths §7).

Every row is of at least `segments.minimum_customers` customers (`naming.published_orders`), so that no row
points at a person. The customers of smaller segments count in the parent.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
from jaxtyping import Bool, Float, Int, Shaped

from spendscape.core.arrays import Array, Bools, Floats, Integers, Names
from spendscape.core.geometry import normalised
from spendscape.core.parquet import last_states, read_tensor, tensor_values
from spendscape.core.statistics import mean_of_steps, share_interval
from spendscape.core.text import fixed, money
from spendscape.explanation.inverse_map import invert
from spendscape.network.weights import Weights
from spendscape.segments.names import EVERYBODY, order, segment_names
from spendscape.segments.window_data import read_outputs

# Classes of a segment in profiles.csv, and those in each of the table's two columns of words.
LISTED, IN_WORDS = 12, 3
# Customers that stand for a segment.
EXEMPLARS = 3
# Differences below this effect (in the parent's standard deviations) set nobody apart, Cohen's small one; nor do
# those below this share of the spending, and those that chance makes, in any class, in so many of all segments.
SMALLEST_EFFECT, SMALLEST_SHARE, CHANCE = 0.2, 0.002, 0.05


@dataclass(frozen=True)
class Spending:
    """What the customers of each finest segment spent, as sums over its customers.

    Attributes
    ----------
    count : customers
    shares, squares : of each class, the share of a customer's spending and its square
    money : of each class, a year
    """

    count: Int[Integers, "G"]
    shares: Float[Floats, "G C"]
    squares: Float[Floats, "G C"]
    money: Float[Floats, "G C"]

    def of(self, groups: Bool[Bools, "G"]) -> tuple[Floats, Floats, Floats]:
        """Of the customers of some groups: mean shares [C], their deviation [C], mean money a year [C]."""
        count = self.count[groups].sum()
        mean = self.shares[groups].sum(axis=0) / count
        variance = self.squares[groups].sum(axis=0) / count - mean**2
        return mean, np.sqrt(np.maximum(variance, 0)), self.money[groups].sum(axis=0) / count


def spending_of(
    parts: Iterable[tuple[Array, Array]],
    codes: Int[Integers, "N"],
    months_per_step: int,
) -> Spending:
    """The sums of each group, from customers a part at a time.

    Parameters
    ----------
    parts : fractions [B, T, C] and money [B, T] of each step, of B customers at a time in their order
    codes : group of each customer
    """
    first, sums, groups = 0, None, int(codes.max(initial=-1)) + 1
    for fractions, total in parts:
        own = codes[first : first + len(fractions)]
        first += len(fractions)
        shares = mean_of_steps(fractions)
        years = fractions.shape[1] * months_per_step / 12
        money = np.einsum("ntc,nt->nc", fractions.astype(np.float64), total) / years
        if sums is None:
            sums = np.zeros((3, groups, shares.shape[1]))
        ranked = np.argsort(own, kind="stable")
        found, starts = np.unique(own[ranked], return_index=True)
        for place, values in enumerate((shares, shares**2, money)):
            sums[place][found] += np.add.reduceat(values[ranked], starts, axis=0)
    if sums is None:
        sums = np.zeros((3, groups, 0))
    return Spending(np.bincount(codes, minlength=groups), *sums)


@dataclass(frozen=True)
class Members:
    """The customers of the long window, as the table of the segments needs them.

    Attributes
    ----------
    levels : traits from the largest to the smallest, by the last state
    before : the same one step earlier; None with one step
    recent : the same of the recent window; None without one, empty names for customers who have none
    neutral : whose label is as likely noise
    margin : of the first trait over the second
    directions : of the last states from the neutral state; NaN for customers at it
    fixed_point : h*; NaN where none is known
    """

    levels: Shaped[Names, "N P"]
    before: Shaped[Names, "N P"] | None
    recent: Shaped[Names, "N P"] | None
    neutral: Bool[Bools, "N"]
    margin: Float[Floats, "N"]
    directions: Float[Floats, "N M"]
    fixed_point: Float[Floats, "N M"]

    def finest(self) -> tuple[list[str], Int[Integers, "N"]]:
        """The finest segments, whole orders, and each customer's place among them."""
        orders, codes = np.unique(
            segment_names(self.levels, self.levels.shape[1]), return_inverse=True
        )
        return [str(name) for name in orders], codes.astype(np.int64).ravel()


def segment_table(
    members: Members,
    spending: Spending,
    published: Sequence[str],
    cells: pd.DataFrame,
    attractors: Mapping[str, Any],
    classes: Sequence[str],
    currency: str,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """What segments/table.csv and segments/profiles.csv hold, the largest segment of each parent first.

    Parameters
    ----------
    spending : of the `finest` segments
    published : the segments that are named (`naming.published_orders`)
    cells : segments/cells.csv
    attractors : dynamics/attractors.json
    currency : beside amounts; '' for none

    Returns
    -------
    table : level, segment, parent, customers, share, parent_share, solid_angle, unnamed (customers of
        smaller segments within), neutral (share), stayed, stayed_low, stayed_high (of the customers who were
        in it one step before the end, the share that still is), recent (share whose recent window is in
        it), margin (median), attractor, attractor_distance, more, less (what sets it apart from its parent; empty
        where nothing does)
    profiles : level, segment, class, share, parent_share, effect, money, parent_money
    """
    orders, codes = members.finest()
    angles = dict(zip(cells["order"], cells["solid_angle"], strict=True))
    sizes = {EVERYBODY: len(codes)}
    rows, profiles = [], list[dict[str, Any]]()
    traits = members.levels.shape[1]
    for name in published:
        level, parent = _level(name), name.rpartition(" > ")[0] or EVERYBODY
        if level == traits > 1:
            continue  # The last trait follows from the others.
        groups = _within(orders, name)
        who = groups[codes]
        sizes[name] = int(who.sum())
        profile = _profile(spending, groups, _within(orders, parent), classes)
        profiles += [{"level": level, "segment": name} | row for row in profile[:LISTED]]
        rows.append(
            {"level": level, "segment": name, "parent": parent, "customers": sizes[name]}
            | {"share": sizes[name] / len(codes), "parent_share": sizes[name] / sizes[parent]}
            | {"solid_angle": angles.get(name, np.nan)}
            | {"neutral": members.neutral[who].mean(), "margin": np.median(members.margin[who])}
            | _staying(members, level, name, who)
            | _attractor(members.fixed_point[who], attractors)
            | {side: _words(profile, sign, currency) for side, sign in (("more", 1), ("less", -1))}
        )
    table = pd.DataFrame(rows, columns=COLUMNS[:-1])
    named = table.groupby("parent")["customers"].sum()
    deepest = table["level"] == max(1, traits - 1)
    inside = table["segment"].map(named).fillna(0).astype(int)
    table["unnamed"] = np.where(deepest, 0, table["customers"] - inside)
    by = ["level", "parent", "customers", "segment"]
    table = table.sort_values(by, ascending=[True, True, False, True], ignore_index=True)
    return table[COLUMNS], pd.DataFrame(profiles, columns=PROFILE)


COLUMNS = [
    *("level", "segment", "parent", "customers", "share", "parent_share", "solid_angle"),
    *("neutral", "margin", "stayed", "stayed_low", "stayed_high", "recent"),
    *("attractor", "attractor_distance", "more", "less", "unnamed"),
]
PROFILE = [
    *("level", "segment", "class"),
    *("share", "parent_share", "effect", "money", "parent_money"),
]


def exemplars(
    members: Members, published: Sequence[str], customers: Shaped[Names, "N"]
) -> pd.DataFrame:
    """The customers nearest to the middle direction of each segment: level, segment, rank, customer_id, degrees.

    It holds ids, so no page shows it.
    """
    orders, codes = members.finest()
    rows = []
    for name in published:
        who = np.flatnonzero(_within(orders, name)[codes])
        who = who[np.isfinite(members.directions[who]).all(axis=1)]
        middle = members.directions[who].sum(axis=0)
        length = np.linalg.norm(middle)
        if not length > 0:
            continue
        cosine = np.clip(members.directions[who] @ (middle / length), -1, 1)
        nearest = np.argsort(-cosine, kind="stable")[:EXEMPLARS]
        rows += [
            {"level": _level(name), "segment": name, "rank": rank + 1}
            | {"customer_id": str(customers[who[k]])}
            | {"degrees": float(np.degrees(np.arccos(cosine[k])))}
            for rank, k in enumerate(nearest)
        ]
    return pd.DataFrame(rows, columns=["level", "segment", "rank", "customer_id", "degrees"])


def read_members(files: Mapping[str, Any], weights: Weights) -> tuple[Members, Shaped[Names, "N"]]:
    """The members and their ids.

    Parameters
    ----------
    files : paths of segments and fixed_points, and of `states` for each window
    """
    customers, outputs, recent = read_outputs(files["states"], weights)
    own = pq.read_table(files["segments"], columns=["neutral", "margin"])
    last = last_states(files["states"][0]).astype(np.float64)
    away = last - invert(weights.output, weights.output_bias).origin
    names = None
    if recent is not None:
        known = np.asarray(np.isfinite(recent).all(axis=1))
        names = np.where(known[:, None], order(np.nan_to_num(recent), weights.traits), "")
    members = Members(
        order(outputs[:, -1], weights.traits),
        order(outputs[:, -2], weights.traits) if outputs.shape[1] > 1 else None,
        names,
        own["neutral"].to_numpy(),
        own["margin"].to_numpy(),
        normalised(away),
        read_tensor(files["fixed_points"], "state").astype(np.float64),
    )
    return members, customers


def read_spending(path: str) -> Iterator[tuple[Array, Array]]:
    """Fractions and money of each step out of a tensors file, a row group of customers at a time."""
    file = pq.ParquetFile(path)
    for group in range(file.num_row_groups):
        part = file.read_row_group(group, columns=["spending", "total"])
        yield tensor_values(part["spending"]), tensor_values(part["total"])


def _level(name: str) -> int:
    return name.count(" > ") + 1


def _within(orders: Sequence[str], name: str) -> Bool[Bools, "G"]:
    """Which of the finest segments lie within one."""
    inside = [name in (EVERYBODY, other) or other.startswith(f"{name} > ") for other in orders]
    return np.array(inside, dtype=bool)


def _staying(members: Members, level: int, name: str, who: Bool[Bools, "N"]) -> dict[str, float]:
    """How many who were in a segment still are, and how many are in the recent window."""
    value = low = high = recent = np.nan
    wanted = np.array(name.split(" > "))
    if members.before is not None:
        was = (members.before[:, :level] == wanted).all(axis=1)
        both = int((was & who).sum())
        low, high = share_interval(both, int(was.sum()))
        value = both / was.sum() if was.any() else np.nan
    if members.recent is not None:
        own = members.recent[who]
        own = own[own[:, 0] != ""]
        recent = float((own[:, :level] == wanted).all(axis=1).mean()) if len(own) else np.nan
    return {"stayed": value, "stayed_low": low, "stayed_high": high, "recent": recent}


def _attractor(points: Float[Floats, "K M"], attractors: Mapping[str, Any]) -> dict[str, Any]:
    """The attractor's location that is nearest to the mean fixed point of some customers."""
    points = points[np.isfinite(points).all(axis=1)]
    found: tuple[float, str] = (np.nan, "")
    for trait, entry in attractors["traits"].items():
        locations = entry.get("locations") or []
        for number, place in enumerate(locations):
            if not len(points):
                continue
            away = float(np.linalg.norm(points.mean(axis=0) - place["position"]))
            label = trait if len(locations) == 1 else f"{trait} {number + 1}"
            if not found[0] <= away:
                found = away, label
    return {"attractor": found[1], "attractor_distance": found[0]}


def _profile(
    spending: Spending, own: Bool[Bools, "G"], parent: Bool[Bools, "G"], classes: Sequence[str]
) -> list[dict[str, Any]]:
    """How a segment differs from its parent in each class, the largest difference in the parent's deviations first.

    A difference is sure when drawing the segment's customers from the parent by chance makes one as large in any
    class only in `CHANCE` of all draws (Bonferroni).
    """
    from scipy.stats import norm

    share, _, amount = spending.of(own)
    parent_share, deviation, parent_amount = spending.of(parent)
    effect = np.divide(
        share - parent_share, deviation, out=np.zeros_like(share), where=deviation > 0
    )
    size, whole = spending.count[own].sum(), spending.count[parent].sum()
    # The standard error of a mean of so many out of so many, without replacement.
    error = np.sqrt((1 / size - 1 / whole) * whole / max(1, whole - 1))
    sure = np.abs(effect) > norm.isf(CHANCE / 2 / max(1, len(classes))) * error
    columns = (share, parent_share, effect, amount, parent_amount)
    return [
        {"class": classes[k], "sure": bool(sure[k])}
        | {n: float(v[k]) for n, v in zip(PROFILE[3:], columns, strict=True)}
        for k in np.argsort(-np.abs(effect), kind="stable")
    ]


def _words(profile: Sequence[Mapping[str, Any]], sign: int, currency: str) -> str:
    """What a segment spends more on than its parent, or less, by its share of spending and by its money a year."""
    apart = [
        row
        for row in profile
        if row["sure"]
        and sign * row["effect"] >= SMALLEST_EFFECT
        and sign * (row["share"] - row["parent_share"]) >= SMALLEST_SHARE
        and sign * (row["money"] - row["parent_money"]) > 0
    ]
    return "; ".join(
        f"{row['class']} {100 * row['share']:.1f} % of spending "
        f"({fixed(100 * (row['share'] - row['parent_share']), 1, sign=True)} points, "
        f"{money(row['money'] - row['parent_money'], 0, currency, sign=True)} a year)"
        for row in apart[:IN_WORDS]
    )
