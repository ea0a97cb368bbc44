"""Purity: whether the segments separate in a space, such as that of the directions (maths §7)."""

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float, Int, Shaped

from spendscape.core.arrays import Bools, Floats, Indices, Integers, Names
from spendscape.core.least_squares import in_blocks, moments
from spendscape.core.parquet import even_sample
from spendscape.core.statistics import bootstrap
from spendscape.segments.names import EVERYBODY, prefix_codes

COLUMNS = ["level", "parent", "space", "metric", "value", "low", "high", "customers", "classes"]
# The silhouette takes the square of this many customers in time.
SILHOUETTE_ROWS = 2000
# Of each parent so many test customers, at most, are voted on, by so many training customers, evenly spread: the
# product of the two is the time that it takes.
VOTED_ON, VOTERS = 5000, 20_000


class Parent(NamedTuple):
    """A segment of one level, whose children are the segments of the next level inside it.

    Attributes
    ----------
    name : the segment's, `(all)` at the top
    members : who belongs to it
    children : a number for each customer's trait at the next level
    """

    name: str
    members: Bool[Bools, "N"]
    children: Int[Integers, "N"]


def parents(
    levels: Shaped[Names, "N P"],
    depth: int,
    train: Bool[Bools, "N"],
    test: Bool[Bools, "N"],
    fewest: int,
) -> Iterator[Parent]:
    """The parents whose children at level `depth`, counted from 1, can be told apart.

    They have at least `fewest` test customers, and two children with customers on both sides.
    """
    above = prefix_codes(levels, depth - 1)
    children = np.unique(levels[:, depth - 1], return_inverse=True)[1]
    for code in np.unique(above):
        members = above == code
        known = np.intersect1d(children[members & train], children[members & test])
        members &= np.isin(children, known)
        if (members & test).sum() >= fewest and len(known) > 1:
            row = levels[np.argmax(members)]
            yield Parent(" > ".join(row[: depth - 1]) or EVERYBODY, members, np.asarray(children))


def purity(
    spaces: Mapping[str, Floats],
    levels: Shaped[Names, "N P"],
    train: Bool[Bools, "N"],
    test: Bool[Bools, "N"],
    depth: int,
    neighbours: int,
    fewest: int,
    draws: int,
    seed: int,
    as_they_are: Collection[str] = (),
    progress: Callable[[int], None] = lambda level: None,
) -> pd.DataFrame:
    """How well each space separates the children of each parent, level by level.

    There are two metrics, both on test customers: the silhouette of the children, and the balanced
    accuracy of a vote of the nearest training customers. At most `VOTED_ON` test customers and `VOTERS` training
    customers of a parent take part. The row `(mean)` of a level is the mean over
    its parents, weighted with their test customers.

    Parameters
    ----------
    spaces : name to coordinates, a row for each customer
    levels : the customers' true orders of traits
    depth : the deepest level
    fewest : test customers of a parent, as for `parents`
    draws, seed : of the bootstrap intervals
    as_they_are : spaces of directions, whose coordinates are not scaled to the same spread
    progress : called with each level when it is done

    Returns
    -------
    A table with the columns `COLUMNS`.
    """
    rows: list[dict[str, Any]] = []
    for level in range(1, min(depth, levels.shape[1] - 1) + 1):
        for parent in parents(levels, level, train, test, fewest):
            of = int((parent.members & test).sum())
            fit = _some(parent, train, VOTERS)
            score = _some(parent, test, VOTED_ON)
            labels = parent.children[fit], parent.children[score]
            about = {"customers": of, "classes": len(np.unique(labels[1]))}
            for space, values in spaces.items():
                if space in as_they_are:
                    inside = values[fit], values[score]
                else:
                    inside = _standardised(values, fit, score)
                for found in _separation(*inside, *labels, neighbours, draws, seed):
                    where = {"level": level, "parent": parent.name, "space": space}
                    rows.append(where | found | about)
        progress(level)
    frame = pd.DataFrame(rows, columns=COLUMNS)
    return pd.concat([frame, _level_means(frame)], ignore_index=True)


def principal_components(
    values: Float[Floats, "N C"], train: Bool[Bools, "N"], count: int
) -> Float[Floats, "N K"]:
    """The first `count` principal components, fitted on training rows."""
    rows = np.flatnonzero(train)
    found = moments(lambda part: values[part], np.zeros((len(values), 0)), rows, values.shape[1])
    # Fewer than are asked for where the rows do not have so many.
    axes = np.zeros((values.shape[1], count))
    axes[:, : len(found.singular)] = found.axes[:, :count]
    return in_blocks(lambda part: (part - found.mean) @ axes, values)


def _some(parent: Parent, side: Bools, most: int) -> Indices:
    """At most so many members of one side, evenly spread within each child."""
    rows = np.flatnonzero(parent.members & side)
    if len(rows) <= most:
        return rows
    ordered = rows[np.argsort(parent.children[rows], kind="stable")]
    return np.sort(ordered[even_sample(len(ordered), most)])


def _standardised(values: Floats, fit: Indices, score: Indices) -> tuple[Floats, Floats]:
    """Training and test coordinates with unit deviation over training, so that no axis drowns another."""
    deviation = values[fit].std(axis=0)
    scale = np.where(deviation > 0, deviation, 1.0)
    return values[fit] / scale, values[score] / scale


def _separation(
    train: Floats,
    test: Floats,
    train_labels: Integers,
    test_labels: Integers,
    neighbours: int,
    draws: int,
    seed: int,
) -> Iterator[dict[str, Any]]:
    """Silhouette and balanced accuracy with their bootstrap intervals."""
    from sklearn.metrics import silhouette_samples
    from sklearn.neighbors import KNeighborsClassifier

    def row(metric: str, value: Any, low: Any, high: Any) -> dict[str, Any]:
        numbers = {"value": float(value), "low": float(low), "high": float(high)}
        return {"metric": metric} | numbers

    rows = np.random.default_rng(seed).permutation(len(test))[:SILHOUETTE_ROWS]
    if 1 < len(np.unique(test_labels[rows])) < len(rows):
        widths = silhouette_samples(test[rows], test_labels[rows])
        ends = bootstrap(lambda pick: float(widths[pick].mean()), len(rows), draws, seed)
        yield row("silhouette", widths.mean(), *ends)
    vote = KNeighborsClassifier(min(neighbours, len(train))).fit(train, train_labels)
    right = (vote.predict(test) == test_labels).astype(np.float64)
    sizes = np.bincount(test_labels)
    present = sizes > 0
    shares = np.bincount(test_labels, right)[present] / sizes[present]
    # A bootstrap within each class, so that a resample never loses a small class.
    random = np.random.default_rng(seed)
    resampled = random.binomial(sizes[present], shares, (draws, present.sum())) / sizes[present]
    yield row(
        "balanced_accuracy", shares.mean(), *np.quantile(resampled.mean(axis=1), [0.025, 0.975])
    )


def _level_means(frame: pd.DataFrame) -> pd.DataFrame:
    """A row `(mean)` per level, space and metric; its interval treats parents as independent."""
    rows = []
    for (level, space, metric), group in frame.groupby(["level", "space", "metric"], sort=True):
        weight = group["customers"] / group["customers"].sum()
        value = float((weight * group["value"]).sum())
        below = float(np.sqrt(np.square(weight * (group["value"] - group["low"])).sum()))
        above = float(np.sqrt(np.square(weight * (group["high"] - group["value"])).sum()))
        where = {"level": level, "parent": "(mean)", "space": space, "metric": metric}
        numbers = {"value": value, "low": value - below, "high": value + above}
        about = {
            "customers": int(group["customers"].sum()),
            "classes": float((weight * group["classes"]).sum()),
        }
        rows.append(where | numbers | about)
    return pd.DataFrame(rows, columns=frame.columns)
