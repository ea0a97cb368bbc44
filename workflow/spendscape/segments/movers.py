"""Movers: customers who changed, told from those whose label changed by chance (docs/explanation/simulator.md).

Between two windows everybody's traits change a little, and whoever is near a tie gets another dominant
trait by that alone. So a change is measured against two spreads: the spread of all customers' changes in
each direction, and the spread of the customer's own steps, because those who buy little or live
irregularly change more. How large a change can be by chance is taken from the past: it is the same
distance, of each earlier step from the other earlier ones.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from jaxtyping import Bool, Float, Shaped

from spendscape.core.arrays import Bools, Floats, Names
from spendscape.core.parquet import table

# The spread of the changes of all is that of the calmer 90 %, found in this many rounds.
USUAL, ROUNDS = 0.9, 10
# Each earlier step is compared with the others, and an own spread needs two of these.
FEWEST_STEPS = 3
# With fewer the changes that happen by chance are too few to compare a large change with.
FEWEST_CUSTOMERS = 100


@dataclass(frozen=True)
class Movers:
    """Customers in two windows, and how large their changes are.

    Attributes
    ----------
    customers : their ids
    long, recent : their dominant traits in the two windows
    size, likely : of each change, and whether it stands out (`sizes`, `likely`); None where there are
        too few customers or earlier steps to tell a change from chance
    """

    customers: Shaped[Names, "N"]
    long: Shaped[Names, "N"]
    recent: Shaped[Names, "N"]
    size: Float[Floats, "N"] | None
    likely: Bool[Bools, "N"] | None

    @classmethod
    def nobody(cls) -> "Movers":
        """Without a recent window nobody has moved."""
        names = np.empty(0, dtype=np.str_)
        return cls(names, names, names, None, None)

    @property
    def differs(self) -> Bool[Bools, "N"]:
        """Whose dominant trait is another one in the recent window."""
        return np.asarray(self.long != self.recent)

    def summary(self, false_discovery_rate: float) -> dict[str, Any]:
        """How many customers have another dominant trait, how many changes stand out at this rate, and of how many of these
        the dominant trait is still the same.
        """
        differs = self.differs
        found: dict[str, Any] = {"customers": int(differs.sum()), "share": float(differs.mean())}
        if self.likely is not None:
            found["likely"] = int(self.likely.sum())
            found["likely_share"] = float(self.likely.mean())
            found["likely_same"] = int((self.likely & ~differs).sum())
            found["false_discovery_rate"] = false_discovery_rate
        return found

    def table(self) -> pa.Table:
        """segments/movers.parquet: who has another dominant trait, or a change that stands out."""
        listed = self.differs if self.likely is None else self.differs | self.likely
        names = {"customer_id": self.customers, "long": self.long, "recent": self.recent}
        columns = {name: pa.array(values[listed], pa.string()) for name, values in names.items()}
        unknown = np.full(len(listed), None)
        size = unknown if self.size is None else self.size
        stands_out = unknown if self.likely is None else self.likely
        columns["change"] = pa.array(size[listed], pa.float64())
        columns["likely"] = pa.array(stands_out[listed], pa.bool_())
        return table(columns)


def movers_between(
    customers: Shaped[Names, "N"],
    long: Shaped[Names, "N"],
    recent: Shaped[Names, "N"],
    change: Float[Floats, "N P"],
    earlier: Float[Floats, "N K P"],
    false_discovery_rate: float,
) -> Movers:
    """Who changed between two windows.

    Parameters
    ----------
    customers, long, recent : as in `Movers`
    change, earlier : of `window_data.change_since`
    """
    if earlier.shape[1] < FEWEST_STEPS or len(customers) < FEWEST_CUSTOMERS:
        return Movers(customers, long, recent, None, None)
    size = sizes(change, earlier)
    return Movers(customers, long, recent, size, likely(size, earlier, false_discovery_rate))


def mahalanobis(change: Float[Floats, "N P"], reference: Bool[Bools, "N"]) -> Float[Floats, "N"]:
    """The squared size of changes, in units of the spread of the `reference` rows."""
    centred = change - change[reference].mean(axis=0)
    return _quadratic(centred, np.cov(centred[reference].T))


def own_spread(steps: Float[Floats, "N K P"]) -> Float[Floats, "N"]:
    """How much each customer's steps vary, relative to all customers'.

    The variance of K steps is itself uncertain. So each variance is drawn towards the mean of all, and
    the more so, the better chance alone explains how the variances differ: the moderated variance of
    Smyth (2004), Linear models and empirical Bayes methods, section 6.
    """
    # These take a while to import.
    from scipy.optimize import brentq
    from scipy.special import polygamma

    count = steps.shape[1] - 1
    around = steps - steps.mean(axis=1, keepdims=True)
    around = around - around.mean(axis=0)
    covariance = np.einsum("ntp,ntq->pq", around, around) / (len(steps) * count)
    freedom = count * max(1, np.linalg.matrix_rank(covariance, rtol=1e-6, hermitian=True))
    own = np.maximum(_quadratic(around, covariance).sum(axis=1) / freedom, 1e-9)
    excess = np.log(own).var() - polygamma(1, freedom / 2)
    if excess < 1e-3:
        return np.ones(len(own))
    prior = 2 * brentq(lambda half: polygamma(1, half) - excess, 1e-3, 1e4)
    return np.asarray((freedom * own + prior) / (freedom + prior))


def sizes(
    change: Float[Floats, "N P"],
    steps: Float[Floats, "N K P"],
    reference: Bool[Bools, "N"] | None = None,
) -> Float[Floats, "N"]:
    """The squared size of each customer's change; the median customer's is 1.

    Parameters
    ----------
    change : of the traits
    steps : the traits of the time before, for the customers' own spread
    reference : whose changes count as usual; None: those of the calmer customers
    """
    scaled = change / np.sqrt(own_spread(steps))[:, None]
    usual = np.ones(len(scaled), dtype=np.bool_) if reference is None else reference
    size = mahalanobis(scaled, usual)
    for _ in range(ROUNDS if reference is None else 0):
        size = mahalanobis(scaled, size <= np.quantile(size, USUAL))
        if not size.any():  # Most do not change at all: there is no spread to measure with.
            break
    return np.asarray(size / max(float(np.median(size)), 1e-12))


def p_values(size: Float[Floats, "N"], steps: Float[Floats, "N K P"]) -> Float[Floats, "N"]:
    """The share of earlier steps, of all customers, that changed by as much as each `size`.

    Each earlier step is compared with the mean of the others. If customers moved in those years too,
    the share is too large, and so fewer changes stand out, not more.
    """
    past = []
    for step in range(steps.shape[1]):
        others = np.delete(steps, step, axis=1)
        past.append(sizes(steps[:, step] - others.mean(axis=1), others))
    chance = np.sort(np.concatenate(past))
    above = len(chance) - np.searchsorted(chance, size)
    return np.asarray((1 + above) / (1 + len(chance)))


def likely(
    size: Float[Floats, "N"], steps: Float[Floats, "N K P"], false_discovery_rate: float
) -> Bool[Bools, "N"]:
    """Whose change stands out; about this share of them did not move (Benjamini–Hochberg).

    Parameters
    ----------
    size : of `sizes`
    steps : the same as there, at least `FEWEST_STEPS` of them
    """
    from scipy.stats import false_discovery_control

    return np.asarray(false_discovery_control(p_values(size, steps)) <= false_discovery_rate)


def _quadratic(values: Floats, covariance: Floats) -> Floats:
    """v' covariance⁻¹ v of values [..., P]."""
    # Outputs of M units have rank M, so no inverse.
    inverse = np.linalg.pinv(np.atleast_2d(covariance), rcond=1e-6, hermitian=True)
    return np.asarray(np.einsum("...p,...p->...", values @ inverse, values))
