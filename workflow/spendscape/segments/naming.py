"""Which customers a segment can be named for: neutral ones, and segments too small to name (maths §7)."""

from collections.abc import Sequence
from typing import Any, Protocol, runtime_checkable

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float, Shaped

from spendscape.core.arrays import Array, Bools, Floats, Indices, Names
from spendscape.core.statistics import share_interval
from spendscape.segments.names import EVERYBODY, order, prefix_codes, segment_names

# Bins of equally many customers in the table of margins, and the customers that a bin needs.
BINS, FEWEST = 10, 50
# What an agreement is compared with.
NEXT_STEP, RECENT_WINDOW = "next_step", "recent_window"


@runtime_checkable
class Settings(Protocol):
    """The keys of the config's section `segments` that are read here."""

    minimum_customers: int
    keep_next_step: float
    keep_recent_window: float


def naming(
    long: Float[Array, "N T P"],
    recent: Float[Array, "N P"] | None,
    side: Shaped[Names, "N"],
    traits: Sequence[str],
    settings: Settings,
) -> tuple[dict[str, Any], pd.DataFrame]:
    """What segments/naming.json and segments/margins.csv hold.

    A customer is *neutral* when the margin of its first trait over its second is below
    `neutral_margin`: the smallest from which on training customers keep their label often enough, from the
    last step but one to the last, and between the windows. The table is of the test customers.

    Parameters
    ----------
    long : outputs at every step of the long window
    recent : outputs at the last step of the recent window; NaN for customers who have none
    side : of the split

    Returns
    -------
    naming : neutral_margin (None: everyone is neutral), by_comparison, minimum_customers, published (the
        orders that are named, `published_orders`), and of the test customers customers, neutral (their
        share) and kept (of those who are not neutral, the share that keeps its label); a share of
        fewer than minimum_customers is None
    margins : comparison, low, high, customers, kept, kept_low, kept_high
    """
    now = long[:, -1]
    pairs = {}
    if long.shape[1] > 1:
        same = long[:, -2].argmax(axis=1) == now.argmax(axis=1)
        pairs[NEXT_STEP] = (margin_of(long[:, -2]), same, settings.keep_next_step)
    if recent is not None:
        both = np.isfinite(recent).all(axis=1)
        same = recent.argmax(axis=1) == now.argmax(axis=1)
        margin = np.where(both, margin_of(now), np.nan)
        pairs[RECENT_WINDOW] = (margin, same, settings.keep_recent_window)
    train, test = side == "train", side == "test"
    found = {
        name: smallest_margin(margin[train], same[train], share)
        for name, (margin, same, share) in pairs.items()
    }
    limit = max(found.values(), default=0.0)
    kept = {}
    for name, (margin, same, _) in pairs.items():
        clear = same[test & (margin >= limit)]
        kept[name] = {"customers": len(clear), **_share(clear, settings.minimum_customers)}
    rows = [
        {"comparison": name, **row}
        for name, (margin, same, _) in pairs.items()
        for row in margin_bins(margin[test], same[test], settings.minimum_customers)
    ]
    columns = ["comparison", "low", "high", "customers", "kept", "kept_low", "kept_high"]
    return {
        "neutral_margin": limit if np.isfinite(limit) else None,
        "by_comparison": {name: m if np.isfinite(m) else None for name, m in found.items()},
        "minimum_customers": settings.minimum_customers,
        "published": published_orders(order(now, traits), settings.minimum_customers),
        "customers": int(test.sum()),
        "neutral": _share(is_neutral(margin_of(now[test]), limit), settings.minimum_customers)[
            "value"
        ],
        "kept": kept,
    }, pd.DataFrame(rows, columns=columns)


def _share(among: Bool[Bools, "N"], fewest: int) -> dict[str, float | None]:
    """The share of customers with its interval; None of fewer than `fewest`, of whom it could name one."""
    if len(among) < max(1, fewest):
        return {"value": None, "low": None, "high": None}
    low, high = share_interval(int(among.sum()), len(among))
    return {"value": float(among.mean()), "low": low, "high": high}


def margin_of(outputs: Float[Array, "N P"]) -> Float[Floats, "N"]:
    """The largest trait less the second; NaN where there is one trait."""
    if outputs.shape[1] < 2:
        return np.full(len(outputs), np.nan)
    largest = np.partition(outputs.astype(np.float64), -2, axis=1)[:, -2:]
    return np.asarray(largest[:, 1] - largest[:, 0])


def is_neutral(margin: Float[Floats, "N"], limit: float | None) -> Bool[Bools, "N"]:
    """Whether a label is as likely noise as not, at naming.json's `neutral_margin`; a single trait never is."""
    return np.asarray(margin < (np.inf if limit is None else limit))


def smallest_margin(margin: Float[Floats, "N"], same: Bool[Bools, "N"], share: float) -> float:
    """The smallest margin from which on at least this share of the customers keep their label.

    Infinite where no margin is large enough; 0 where nobody has a margin, as with one trait.
    """
    known = np.isfinite(margin)
    if not known.any():
        return 0.0
    ranked = np.argsort(-margin[known], kind="stable")
    kept = np.cumsum(same[known][ranked]) / np.arange(1, len(ranked) + 1)
    enough = np.flatnonzero(kept >= share)
    if not len(enough):
        return float("inf")
    # With everyone in it, no margin is too small.
    whole = enough[-1] == len(ranked) - 1
    return 0.0 if whole else float(margin[known][ranked][enough[-1]])


def margin_bins(
    margin: Float[Floats, "N"], same: Bool[Bools, "N"], fewest: int
) -> list[dict[str, float]]:
    """The share that keeps its label among customers with like margins, from the smallest margins up.

    No row is of fewer than `fewest` customers.
    """
    known = np.isfinite(margin)
    margin, same = margin[known], same[known]
    bins = max(1, min(BINS, len(margin) // max(FEWEST, fewest)))
    rows = []
    for part in np.array_split(np.argsort(margin, kind="stable"), bins):
        if len(part) < max(1, fewest):
            continue
        low, high = share_interval(int(same[part].sum()), len(part))
        ends = {"low": float(margin[part[0]]), "high": float(margin[part[-1]])}
        value = {"customers": len(part), "kept": float(same[part].mean())}
        rows.append(ends | value | {"kept_low": low, "kept_high": high})
    return rows


def published_orders(levels: Shaped[Names, "N P"], minimum: int) -> list[str]:
    """The segments with at least `minimum` customers, at every level, whose parents are such segments.

    The customers of smaller ones stay in the parent. So that nobody can subtract the named children
    from the parent and find a small rest, either nobody is left there or at least `minimum`: else the
    smallest named child stays in the parent, too.
    """
    found: list[str] = []
    parents: list[tuple[str, ...]] = [()] if len(levels) else []
    rows: dict[tuple[str, ...], Indices] = {(): np.arange(len(levels))}
    for level in range(levels.shape[1]):
        kept: list[tuple[str, ...]] = []
        for parent in parents:
            own = rows[parent]
            names, codes = np.unique(levels[own, level], return_inverse=True)
            sizes = np.bincount(codes, minlength=len(names))
            large = sorted(np.flatnonzero(sizes >= minimum), key=lambda k: (-sizes[k], names[k]))
            while large and 0 < len(own) - sizes[large].sum() < minimum:
                large.pop()
            for k in sorted(large):
                child = (*parent, str(names[k]))
                rows[child] = own[codes == k]
                kept.append(child)
        found += [" > ".join(child) for child in kept]
        parents = kept
    return found


def named_segments(
    levels: Shaped[Names, "N P"], depth: int, published: Sequence[str]
) -> Shaped[Names, "N"]:
    """Each customer's deepest named segment of at most `depth` levels; `(all)` where none is named."""
    names = [EVERYBODY]
    place = np.zeros(len(levels), dtype=np.intp)
    for level in range(1, min(depth, levels.shape[1]) + 1):
        # One customer of each order stands for all of them.
        codes = prefix_codes(levels, level)
        deeper = segment_names(levels[np.unique(codes, return_index=True)[1]], level)
        known = np.isin(deeper, list(published))[codes]
        # A child is named only if its parent is, so the deepest of all is the last one found.
        place[known] = len(names) + codes[known]
        names += deeper
    return np.array(names)[place]
