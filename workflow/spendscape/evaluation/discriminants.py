"""Linear discriminants of many groupings of the same customers, cross-validated, and how well they tell groups."""

import numpy as np
from jaxtyping import Bool, Float, Int

from spendscape.core.arrays import Array, Bools, Floats, Integers


class Discriminants:
    """What linear discriminants of the other folds say of each customer.

    The covariance is that of all rows of the other folds, shrunk as Ledoit and Wolf (2004) do. It is the same for
    every grouping, and so is worked out once, by sums over each fold.
    """

    def __init__(self, values: Float[Array, "N K"], folds: Int[Integers, "N"]) -> None:
        """Take the customers apart by their folds.

        Parameters
        ----------
        values : that groups are told by; a column that is the same for all tells nothing
        folds : each customer's fold
        """
        from sklearn.covariance import ledoit_wolf_shrinkage

        spread = values.std(axis=0)
        used = spread > 1e-12 * max(1e-300, float(spread.max(initial=0)))
        self.order = np.argsort(folds, kind="stable")
        ends = np.cumsum(np.bincount(folds))
        self.parts = [slice(*pair) for pair in zip([0, *ends[:-1]], ends, strict=True)]
        self.scaled = (values[:, used] - values[:, used].mean(axis=0))[self.order] / spread[used]
        self.shrinkage = 0.0
        if used.any():
            self.shrinkage = float(ledoit_wolf_shrinkage(self.scaled, assume_centered=True))

    def scores(self, own: Bool[Bools, "N B"]) -> Float[Floats, "N B"]:
        """The score of each customer in many groupings: higher for those who look like members.

        Parameters
        ----------
        own : whether a customer is in the group, in each grouping
        """
        made, member = np.zeros(own.shape), own[self.order].astype(np.float64)
        if not self.scaled.shape[1]:
            return made
        parts = [(self.scaled[part], member[part]) for part in self.parts]
        counts = np.array([len(rows) for rows, _ in parts])
        sums, members = (np.stack([pair[k].sum(axis=0) for pair in parts]) for k in range(2))
        squares = np.stack([rows.T @ rows for rows, _ in parts])
        products = np.stack([rows.T @ goal for rows, goal in parts])
        for k, (rows, _) in enumerate(parts):
            others = counts.sum() - counts[k]
            centre = (sums.sum(axis=0) - sums[k]) / others
            share = (members.sum(axis=0) - members[k]) / others
            square = (squares.sum(axis=0) - squares[k]) / others - np.outer(centre, centre)
            covariance = (1 - self.shrinkage) * square
            covariance[np.diag_indices_from(covariance)] += max(self.shrinkage, 1e-9)
            goal = products.sum(axis=0) - products[k] - others * np.outer(centre, share)
            made[self.order[self.parts[k]]] = (rows - centre) @ np.linalg.solve(covariance, goal)
        return made


def areas(scores: Float[Floats, "N B"], own: Bool[Bools, "N B"]) -> Float[Floats, "B"]:
    """The area under the ROC curve of each column, by the ranks of its own rows (Mann and Whitney 1947)."""
    from scipy.stats import rankdata

    count = own.sum(axis=0)
    ranks = (rankdata(scores, axis=0) * own).sum(axis=0)
    return np.asarray((ranks - count * (count + 1) / 2) / (count * (len(own) - count)))


def area_under_curve(scores: Float[Floats, "N S"], code: Int[Integers, "N"]) -> tuple[float, float]:
    """The mean area under the ROC curve of each group against the rest, and its standard error.

    The error is that of the influence of each customer (DeLong et al. 1988, Biometrics 44).

    Parameters
    ----------
    scores : a column for each group; of two groups that of the first is enough
    """
    used, n = scores.shape[1] if scores.shape[1] > 2 else 1, len(code)
    found, influence = np.zeros(used), np.zeros(n)
    for g in range(used):
        own, other = np.sort(scores[code == g, g]), np.sort(scores[code != g, g])
        # The share of the others below each of the own, and of the own above each of the others.
        above = _below(other, scores[code == g, g])
        under = 1 - _below(own, scores[code != g, g])
        found[g] = above.mean()
        influence[code == g] += (above - found[g]) * n / len(own)
        influence[code != g] += (under - found[g]) * n / len(other)
    return float(found.mean()), float((influence / used).std() / np.sqrt(n))


def _below(ranked: Floats, values: Floats) -> Floats:
    """The share of ranked numbers below each value, a tie as half."""
    left, right = (np.searchsorted(ranked, values, side=side) for side in ("left", "right"))
    return np.asarray((left + right) / 2 / len(ranked))
