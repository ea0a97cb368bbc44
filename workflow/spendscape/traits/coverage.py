"""How much of the money is in classes that a formula leaves out."""

from collections.abc import Mapping

import numpy as np
from jaxtyping import Float

from spendscape.core.arrays import Array, Floats
from spendscape.core.errors import DataError
from spendscape.traits.formula import TraitFormula


def uncovered_shares(
    formula: TraitFormula,
    fractions: Float[Floats, "N C"],
    spending: Float[Array, "N T C"],
    totals: Float[Array, "N T"],
) -> dict[str, float]:
    """The classes that move no trait, and their shares of all money, the largest first.

    Parameters
    ----------
    fractions : mean fractions of the customers
    spending : fractions of each step
    totals : money of each step
    """
    money = np.einsum("ntc,nt->c", spending, totals, dtype=np.float64)
    shares = money / money.sum()
    idle = ~formula.slopes(fractions.mean(axis=0)).any(axis=1) & (money > 0)
    found = {formula.classes[c]: float(shares[c]) for c in np.flatnonzero(idle)}
    return dict(sorted(found.items(), key=lambda item: -item[1]))


def uncovered_words(shares: Mapping[str, float]) -> str:
    """In words: how much of the money no coefficient covers, and the largest of these classes."""
    if not shares:
        return "every class with money has a coefficient"
    largest = ", ".join(f"{name} {share:.1%}" for name, share in [*shares.items()][:10])
    more = ", …" if len(shares) > 10 else ""
    total = f"{sum(shares.values()):.1%} of the money is in classes without a coefficient"
    return f"{total}: {largest}{more}"


def coverage(
    formula: TraitFormula,
    fractions: Float[Floats, "N C"],
    spending: Float[Array, "N T C"],
    totals: Float[Array, "N T"],
    limit: float,
) -> str:
    """How much of the money no coefficient covers, in words; arguments as in `uncovered_shares`.

    Parameters
    ----------
    limit : the largest share of the money that may be without a coefficient

    Raises
    ------
    DataError
        It leaves out more.
    """
    shares = uncovered_shares(formula, fractions, spending, totals)
    if sum(shares.values()) > limit:
        raise DataError(
            f"traits.max_uncovered_share: {limit:g} is allowed; {uncovered_words(shares)}.\n"
            "Give these classes coefficients in traits.coefficients, or raise the share."
        )
    return uncovered_words(shares)
