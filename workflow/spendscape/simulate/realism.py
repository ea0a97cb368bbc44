"""Figures that tell whether transactions look like a real panel's (docs/explanation/simulator.md).

All of them are about the composition of spending and the counts, and none depends on the unit of money.
So a simulated panel can be compared with a real one in another currency.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from jaxtyping import Float, Int

from spendscape.core.arrays import Floats, Integers
from spendscape.core.errors import DataError

COLUMNS = ["customer", "year", "class", "amount"]
# The concentration counts this many of the largest classes.
LARGEST = 10


def summarise(rows: pd.DataFrame) -> pd.DataFrame:
    """Sums of rows by customer, year and class: amount, transactions, refunds (rows below 0).

    Parts of a panel, such as years, can be summarised one by one and concatenated.

    Parameters
    ----------
    rows : a transaction each, with the columns `COLUMNS`; spending is positive, refunds are negative

    Raises
    ------
    DataError
        A column is missing.
    """
    missing = [name for name in COLUMNS if name not in rows]
    if missing:
        raise DataError(
            f"calibration: there is no column {missing[0]!r}; expected {', '.join(COLUMNS)}"
        )
    keys = [rows[name] for name in COLUMNS[:3]]
    sums = rows["amount"].groupby(keys, observed=True).agg(["sum", "size"])
    sums["refunds"] = (rows["amount"] < 0).groupby(keys, observed=True).sum()
    return sums.rename(columns={"sum": "amount", "size": "transactions"}).reset_index()


def panel(
    sums: pd.DataFrame, classes: Sequence[str], years: Sequence[int]
) -> tuple[
    Float[Floats, "N T C"], Float[Floats, "N T"], Int[Integers, "N T C"], Int[Integers, "N T C"]
]:
    """The customers who spent in every one of the years, as arrays.

    The refunds in a class are subtracted from the year's spend in it; a result below 0 counts as 0
    (maths §1).

    Parameters
    ----------
    sums : of `summarise`
    classes : all classes; another one in `sums` is an error

    Returns
    -------
    fractions, money, transactions and refunds

    Raises
    ------
    DataError
        A class is not listed, or no customer spent in every year.
    """
    other = sorted(set(sums["class"].astype(str)) - set(classes))
    if other:
        raise DataError(f"calibration: {len(other)} classes are not listed, such as {other[0]!r}")
    inside = sums[sums["year"].isin(list(years))]
    customer, names = pd.factorize(inside["customer"].astype(str), sort=True)
    year = pd.Index(list(years)).get_indexer(pd.Index(inside["year"]))
    spent_on = pd.Index(list(classes)).get_indexer(pd.Index(inside["class"].astype(str)))
    shape = (len(names), len(years), len(classes))
    spend = np.zeros(shape)
    counts, refunds = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.int64)
    for array, column in ((spend, "amount"), (counts, "transactions"), (refunds, "refunds")):
        array[customer, year, spent_on] = inside[column]
    spend = spend.clip(min=0)
    money = spend.sum(axis=2)
    full = (money > 0).all(axis=1)
    if not full.any():
        raise DataError(f"calibration: no customer spent in each of {len(years)} years")
    return spend[full] / money[full][..., None], money[full], counts[full], refunds[full]


def share_between(fractions: Float[Floats, "N T C"]) -> float:
    """The share of the variance of yearly fractions that lies between customers.

    It is Σ_c of the variance over customers of the mean over years, divided by Σ_c of the variance over
    customers and years: 1 when everyone keeps to one composition, about 1/T when years are as different
    as persons, and NaN when all fractions of a class are the same.
    """
    total = fractions.reshape(-1, fractions.shape[2]).var(axis=0).sum()
    between = fractions.mean(axis=1).var(axis=0).sum()
    return float(between / total) if total > 0 else float("nan")


def figures(
    sums: pd.DataFrame, classes: Sequence[str], years: Sequence[int], largest: int = LARGEST
) -> dict[str, float]:
    """The figures of the customers who spent in every year.

    Parameters
    ----------
    sums : of `summarise`
    classes, years : as for `panel`

    Returns
    -------
    share_between_customers : `share_between`
    zero_share : the share without a transaction, of all triples of customer, year and class
    transactions : the mean number of a customer's transactions in a year
    activity_spread : the standard deviation over customers of that number's logarithm
    overdispersion : the variance over years of a customer's transactions in a class, relative to their
        mean, pooled; 1 for Poisson counts around a rate that stays the same
    refund_share : the share of refunds in all rows
    concentration : the share of the `largest` classes in all spend
    spend_spread : the standard deviation over customers of the logarithm of mean yearly spend
    """
    fractions, money, counts, refunds = panel(sums, classes, years)
    per_customer = counts.sum(axis=2).mean(axis=1)
    spend = (fractions * money[..., None]).sum(axis=(0, 1))
    steps = len(years)
    return {
        "share_between_customers": share_between(fractions),
        "zero_share": float((counts == 0).mean()),
        "transactions": float(per_customer.mean()),
        "activity_spread": float(np.log(per_customer).std()),
        "overdispersion": float(counts.var(axis=1, ddof=1).sum() / counts.mean(axis=1).sum())
        if steps > 1
        else float("nan"),
        "refund_share": float(refunds.sum() / counts.sum()),
        "concentration": float(np.sort(spend)[-largest:].sum() / spend.sum()),
        "spend_spread": float(np.log(money.mean(axis=1)).std()),
    }


def compare(found: Mapping[str, float], targets: pd.DataFrame) -> pd.DataFrame:
    """Figures beside their targets: quantity, value, low, high, inside.

    Parameters
    ----------
    found : of `figures`
    targets : the columns quantity, low and high
    """
    values = targets["quantity"].map(dict(found))
    inside = values.between(targets["low"], targets["high"])
    return targets[["quantity"]].assign(
        value=values, low=targets["low"], high=targets["high"], inside=inside
    )
