"""The sums over customers that the monitor compares."""

from dataclasses import dataclass, fields

import numpy as np
from jaxtyping import Float, Int

from spendscape.core.arrays import Array, Floats, Integers


@dataclass(frozen=True)
class Totals:
    """Sums over the customers of a period: row 0 of each as they are, the other rows of the draws.

    Attributes
    ----------
    customers, directed, located : customers, those with a direction, and those with a fixed point
    shares : of each customer's mean fractions
    money : in each class
    direction, location : of unit vectors from s₀, and of fixed points (no columns where none are compared)
    labels, segments : customers with each first trait, and with each segment
    users : customers who spend in each class
    """

    customers: Float[Floats, "R"]
    directed: Float[Floats, "R"]
    located: Float[Floats, "R"]
    shares: Float[Floats, "R C"]
    money: Float[Floats, "R C"]
    direction: Float[Floats, "R M"]
    location: Float[Floats, "R L"]
    labels: Float[Floats, "R P"]
    segments: Float[Floats, "R K"]
    users: Int[Integers, "C"]

    def plus(self, other: "Totals") -> "Totals":
        """The sums over both parts of a period."""
        return Totals(*(one + two for one, two in zip(_values(self), _values(other), strict=True)))


def exchanged(reference: Totals, new: Totals) -> tuple[Totals, Totals]:
    """Two periods whose draws are of all customers: those that chance puts into the finished run, and the others.

    Parameters
    ----------
    reference, new : whose draws are of the period's own customers that chance puts into the finished run
    """
    before: list[Array] = []
    now: list[Array] = []
    for one, two in zip(_values(reference), _values(new), strict=True):
        if one.dtype.kind == "i":
            # Customers who spend in a class: nothing is drawn of them.
            drawn, others = one[:0], two[:0]
            first, second = one, two
        else:
            drawn = one[1:] + two[1:]
            others = one[:1] + two[:1] - drawn
            first, second = one[:1], two[:1]
        before.append(np.concatenate([first, drawn]))
        now.append(np.concatenate([second, others]))
    return Totals(*before), Totals(*now)


def _values(totals: Totals) -> list[Array]:
    return [getattr(totals, each.name) for each in fields(Totals)]
