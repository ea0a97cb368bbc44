"""Micro-segments, their purity and their stability (MATHS §7)."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from spendscape.core.arrays import Floats, Indices, Names
from spendscape.core.statistics import bootstrap


def order(values: NDArray[Any], traits: Sequence[str]) -> Names:
    """Each customer's traits from the largest to the smallest, [..., P] names of values [..., P].

    Ties keep the order of `traits`.
    """
    ranks = np.argsort(-values, axis=-1, kind="stable")
    return np.asarray(np.array(traits)[ranks])


def segment_names(levels: Names, depth: int) -> list[str]:
    """`openness > extraversion > …`, the first `depth` of levels [N, P] in one text a customer."""
    return [" > ".join(row) for row in levels[:, : min(depth, levels.shape[1])].tolist()]


def prefix_codes(levels: Names, depth: int) -> NDArray[np.int64]:
    """A number per distinct prefix of `depth` levels, [N]; depth 0 puts all in one parent."""
    if depth == 0:
        return np.zeros(len(levels), dtype=np.int64)
    return np.asarray(np.unique(levels[:, :depth], axis=0, return_inverse=True)[1].ravel())


def agreement(
    first: Names, second: Names, levels: int, draws: int, seed: int
) -> list[dict[str, float]]:
    """Per level k: the share of customers whose first k traits are the same in both, with interval.

    Parameters
    ----------
    first, second : orders [N, P] of the same customers
    """
    same = np.logical_and.accumulate(first == second, axis=1)[:, :levels].astype(np.float64)

    def share(rows: Indices) -> Floats:
        return np.asarray(same[rows].mean(axis=0))

    low, high = bootstrap(share, len(same), draws, seed)
    return [
        {
            "level": k + 1,
            "value": float(same[:, k].mean()),
            "low": float(low[k]),
            "high": float(high[k]),
        }
        for k in range(same.shape[1])
    ]


def parents(
    levels: Names, depth: int, train: NDArray[np.bool_], test: NDArray[np.bool_], fewest: int
) -> Iterator[tuple[str, NDArray[np.bool_], NDArray[np.int64]]]:
    """The parents whose children can be told apart at level `depth` (from 1).

    Yields
    ------
    name, members [N], children [N] : for every prefix of `depth` − 1 traits with at least `fewest`
        test customers and two children present in both splits
    """
    above, children = (
        prefix_codes(levels, depth - 1),
        np.unique(levels[:, depth - 1], return_inverse=True)[1],
    )
    for code in np.unique(above):
        members = above == code
        known = np.intersect1d(children[members & train], children[members & test])
        members &= np.isin(children, known)
        if (members & test).sum() >= fewest and len(known) > 1:
            row = levels[np.argmax(members)]
            yield " > ".join(row[: depth - 1]) or "(all)", members, np.asarray(children)


def purity(
    spaces: Mapping[str, Floats],
    levels: Names,
    train: NDArray[np.bool_],
    test: NDArray[np.bool_],
    depth: int,
    neighbours: int,
    fewest: int,
    draws: int,
    seed: int,
    progress: Any = None,
) -> pd.DataFrame:
    """How well each space separates the children of each parent, level by level (MATHS §7).

    Two metrics on test customers: the silhouette of the children, and the balanced accuracy of a
    vote of the nearest training customers. A level's parents are summed up in the row `(mean)`,
    weighted with their test customers.

    Parameters
    ----------
    spaces : name to coordinates [N, K]
    levels : [N, P], the customers' true orders of traits

    Returns
    -------
    Columns level, parent, space, metric, value, low, high, customers, classes
    """
    rows: list[dict[str, Any]] = []
    for level in range(1, min(depth, levels.shape[1] - 1) + 1):
        for parent, members, children in parents(levels, level, train, test, fewest):
            fit, score = members & train, members & test
            for space, values in spaces.items():
                inside = _standardised(values, fit, score)
                for metric, value, low, high in _separation(
                    *inside, children[fit], children[score], neighbours, draws, seed
                ):
                    rows.append(
                        {
                            "level": level,
                            "parent": parent,
                            "space": space,
                            "metric": metric,
                            "value": value,
                        }
                        | {"low": low, "high": high, "customers": int(score.sum())}
                        | {"classes": len(np.unique(children[score]))}
                    )
        if progress:
            progress(level)
    columns = ["level", "parent", "space", "metric", "value", "low", "high", "customers", "classes"]
    frame = pd.DataFrame(rows, columns=columns)
    return pd.concat([frame, _level_means(frame)], ignore_index=True)


def _standardised(
    values: Floats, fit: NDArray[np.bool_], score: NDArray[np.bool_]
) -> tuple[Floats, Floats]:
    """Training and test coordinates with unit deviation over training, so that no axis drowns another."""
    deviation = values[fit].std(axis=0)
    scale = np.where(deviation > 0, deviation, 1.0)
    return values[fit] / scale, values[score] / scale


def _separation(
    train: Floats,
    test: Floats,
    train_labels: NDArray[np.int64],
    test_labels: NDArray[np.int64],
    neighbours: int,
    draws: int,
    seed: int,
    silhouette_rows: int = 2000,
) -> Iterator[tuple[str, float, float, float]]:
    """Silhouette and balanced accuracy with their bootstrap intervals."""
    from sklearn.metrics import silhouette_samples
    from sklearn.neighbors import KNeighborsClassifier

    rows = np.random.default_rng(seed).permutation(len(test))[:silhouette_rows]
    if 1 < len(np.unique(test_labels[rows])) < len(rows):
        widths = silhouette_samples(test[rows], test_labels[rows])
        low, high = bootstrap(lambda pick: float(widths[pick].mean()), len(rows), draws, seed)
        yield "silhouette", float(widths.mean()), float(low), float(high)
    vote = KNeighborsClassifier(min(neighbours, len(train))).fit(train, train_labels)
    right = (vote.predict(test) == test_labels).astype(np.float64)
    sizes = np.bincount(test_labels)
    present = sizes > 0
    shares = np.bincount(test_labels, right)[present] / sizes[present]
    # A bootstrap within each class, so that a resample never loses a small class.
    random = np.random.default_rng(seed)
    resampled = random.binomial(sizes[present], shares, (draws, present.sum())) / sizes[present]
    low, high = np.quantile(resampled.mean(axis=1), [0.025, 0.975])
    yield "balanced_accuracy", float(shares.mean()), float(low), float(high)


def _level_means(frame: pd.DataFrame) -> pd.DataFrame:
    """A row `(mean)` per level, space and metric; its interval treats parents as independent."""
    rows = []
    for (level, space, metric), group in frame.groupby(["level", "space", "metric"], sort=True):
        weight = group["customers"] / group["customers"].sum()
        value = float((weight * group["value"]).sum())
        below = float(np.sqrt(np.square(weight * (group["value"] - group["low"])).sum()))
        above = float(np.sqrt(np.square(weight * (group["high"] - group["value"])).sum()))
        rows.append(
            {"level": level, "parent": "(mean)", "space": space, "metric": metric, "value": value}
            | {
                "low": value - below,
                "high": value + above,
                "customers": int(group["customers"].sum()),
            }
            | {"classes": float((weight * group["classes"]).sum())}
        )
    return pd.DataFrame(rows, columns=frame.columns)


def principal_components(values: Floats, train: NDArray[np.bool_], count: int) -> Floats:
    """The first `count` principal components [N, count] of values [N, K], fitted on training rows."""
    mean = values[train].mean(axis=0)
    axes = np.linalg.eigh(np.cov(values[train], rowvar=False))[1][:, ::-1]
    return np.asarray((values - mean) @ axes[:, :count])


def vote_orders(
    train_angles: Floats, train_levels: Names, angles: Floats, depth: int, neighbours: int
) -> Names:
    """The order of traits that the nearest training customers in angle space vote for, [N, depth].

    Level by level: the prefix voted for so far is extended by a vote among all neighbours for the
    whole prefix, so that a label of angles can be compared with one of traits.
    """
    from sklearn.neighbors import KNeighborsClassifier

    columns = []
    for level in range(1, depth + 1):
        codes = prefix_codes(train_levels, level)
        vote = KNeighborsClassifier(min(neighbours, len(train_angles))).fit(train_angles, codes)
        first = np.unique(codes, return_index=True)[1]
        columns.append(train_levels[first[vote.predict(angles)], level - 1])
    return np.stack(columns, axis=1)


def year_to_year(
    raw: Names, states: Names, truth: Names, draws: int, seed: int
) -> list[dict[str, Any]]:
    """How steady the dominant trait is from step to step inside one window (MATHS §7).

    Parameters
    ----------
    raw : [N, T], dominant trait of each step's fractions alone
    states : [N, T], dominant trait of the network's output at each step
    truth : [N], dominant trait of the whole window

    Returns
    -------
    Rows {labels, comparison, step, value, low, high}: `previous_step` from step 2 on (step None:
    all steps), and `whole_window` at each step
    """
    rows: list[dict[str, Any]] = []

    def add(labels: str, comparison: str, at: int | None, same: Floats) -> None:
        low, high = bootstrap(lambda pick: float(same[pick].mean()), len(same), draws, seed)
        rows.append(
            {"labels": labels, "comparison": comparison, "step": at, "value": float(same.mean())}
            | {"low": float(low), "high": float(high)}
        )

    for name, labels in (("raw", raw), ("states", states)):
        steady = (labels[:, 1:] == labels[:, :-1]).astype(np.float64)
        if labels.shape[1] > 1:
            add(name, "previous_step", None, steady.mean(axis=1))
        for t in range(labels.shape[1]):
            add(name, "whole_window", t + 1, (labels[:, t] == truth).astype(np.float64))
    return rows
