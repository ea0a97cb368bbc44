"""Movers: customers who changed, told from those whose label changed by chance (docs/simulator.md).

Between two windows everybody's traits change a little, and whoever is near a tie gets another dominant
trait by that alone. So a change is measured against two spreads: that of the changes of all customers,
by direction, and that of the customer's own steps, because who buys little or lives irregularly changes
more. How large a change can be by chance is taken from the past: the same distance, of each earlier
step from the other earlier ones.
"""

import numpy as np

from spendscape.core.arrays import Bools, Floats

# The spread of the changes of all is that of the calmer 90 %, found in this many rounds.
USUAL, ROUNDS = 0.9, 10
# Each earlier step is tried against the others, and an own spread needs two of these.
FEWEST_STEPS = 3
# Fewer have no tail that a large change could be told from.
FEWEST_CUSTOMERS = 100


def mahalanobis(change: Floats, reference: Bools) -> Floats:
    """The squared size of changes [N, P] in units of the spread of the `reference` rows, [N]."""
    centred = change - change[reference].mean(axis=0)
    return _quadratic(centred, np.cov(centred[reference].T))


def own_spread(steps: Floats) -> Floats:
    """How much each customer's steps [N, K, P] vary, relative to all customers', [N].

    The variance of K − 1 steps is itself uncertain, so it is drawn to the mean of all, as far as the
    variances differ by no more than chance would have it: the moderated variance of Smyth
    (2004), Linear models and empirical Bayes methods, section 6.
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


def sizes(change: Floats, steps: Floats, reference: Bools | None = None) -> Floats:
    """The squared size of each customer's change, in medians of all customers', [N].

    Parameters
    ----------
    change : [N, P]
    steps : [N, K, P] of the time before, for the customers' own spread
    reference : [N], whose changes are taken as usual; None: the calmer ones
    """
    scaled = change / np.sqrt(own_spread(steps))[:, None]
    usual = np.ones(len(scaled), dtype=np.bool_) if reference is None else reference
    size = mahalanobis(scaled, usual)
    for _ in range(ROUNDS if reference is None else 0):
        size = mahalanobis(scaled, size <= np.quantile(size, USUAL))
        if not size.any():  # Most do not change at all: there is no spread to measure with.
            break
    return np.asarray(size / max(float(np.median(size)), 1e-12))


def p_values(size: Floats, steps: Floats) -> Floats:
    """The share of earlier steps, of all customers, that changed by as much as `size` [N], [N].

    Each of the K earlier steps [N, K, P] is held against the mean of the others. If in those years
    customers moved too, the share is too large, and so fewer changes stand out, not more.
    """
    past = []
    for step in range(steps.shape[1]):
        others = np.delete(steps, step, axis=1)
        past.append(sizes(steps[:, step] - others.mean(axis=1), others))
    chance = np.sort(np.concatenate(past))
    above = len(chance) - np.searchsorted(chance, size)
    return np.asarray((1 + above) / (1 + len(chance)))


def likely(size: Floats, steps: Floats, false_discovery_rate: float) -> Bools:
    """Whose change stands out, [N]: about that share of them did not move (Benjamini–Hochberg).

    Parameters
    ----------
    size : [N], of `sizes`
    steps : [N, K, P], the same as there, K ≥ `FEWEST_STEPS`
    """
    from scipy.stats import false_discovery_control

    return np.asarray(false_discovery_control(p_values(size, steps)) <= false_discovery_rate)


def _quadratic(values: Floats, covariance: Floats) -> Floats:
    """v' covariance⁻¹ v of values [..., P]."""
    # Outputs of M units have rank M, so no inverse.
    inverse = np.linalg.pinv(np.atleast_2d(covariance), rcond=1e-6, hermitian=True)
    return np.asarray(np.einsum("...p,pq,...q->...", values, inverse, values))
