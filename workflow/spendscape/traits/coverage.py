"""How much of the money is in classes that a formula leaves out."""

import pandas as pd

from spendscape.core.errors import DataError
from spendscape.traits.formula import TraitFormula
from spendscape.traits.targets import Spent

# Classes that a message names.
SHOWN = 10


def class_shares(formula: TraitFormula, own: Spent) -> pd.DataFrame:
    """tensors/coverage.csv: every class with its share of the money, and whether it moves a trait.

    Returns
    -------
    Columns class, share, coefficient (whether any is not 0), the largest share first.
    """
    share = own.money / own.money.sum()
    moves = formula.slopes(own.fractions.mean(axis=0)).any(axis=1)
    columns = {"class": formula.classes, "share": share, "coefficient": moves}
    return pd.DataFrame(columns).sort_values(
        "share", ascending=False, kind="stable", ignore_index=True
    )


def uncovered_words(shares: pd.DataFrame) -> str:
    """In words: how much of the money no coefficient covers, and the largest of these classes.

    Parameters
    ----------
    shares : of `class_shares`
    """
    without = shares[~shares["coefficient"] & (shares["share"] > 0)]
    if without.empty:
        return "every class with money has a coefficient"
    largest = [f"{row['class']} {row['share']:.1%}" for row in without[:SHOWN].to_dict("records")]
    total = f"{without['share'].sum():.1%} of the money is in classes without a coefficient"
    return f"{total}: {', '.join(largest)}{', …' if len(without) > SHOWN else ''}"


def check_coverage(shares: pd.DataFrame, limit: float) -> None:
    """Refuse a formula that leaves out too much.

    Parameters
    ----------
    shares : of `class_shares`
    limit : the largest share of the money that may be without a coefficient

    Raises
    ------
    DataError
        It leaves out more.
    """
    if shares.loc[~shares["coefficient"], "share"].sum() > limit:
        raise DataError(
            f"traits.max_uncovered_share: {limit:g} is allowed; {uncovered_words(shares)}.\n"
            "Give these classes coefficients in traits.coefficients, or raise the share."
        )
