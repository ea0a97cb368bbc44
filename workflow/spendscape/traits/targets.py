"""The network's targets: mean fractions of spending, standardised scores, the table of traits."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from jaxtyping import Float, Shaped

from spendscape.core.arrays import Array, Floats, Names
from spendscape.core.counts import counted
from spendscape.core.errors import DataError
from spendscape.core.parquet import table, tensor_values
from spendscape.core.statistics import mean_of_steps

# What `check_enough` says of customers whose traits follow from spending.
HAVE = "all steps of tensors.long"
MORE = "bring more customers, or ask for fewer steps if other customers lack some"


def mean_fractions(
    spending: Float[Array, "N T C"], totals: Float[Array, "N T"], weights: str
) -> Float[Floats, "N C"]:
    """Each customer's mean fractions over the steps.

    Parameters
    ----------
    spending : fractions of each step
    totals : money of each step
    weights : `steps` (every step counts the same) or `spend` (as much as was spent in it)
    """
    if weights == "steps":
        return mean_of_steps(spending)
    share = totals / totals.sum(axis=1, keepdims=True)
    return np.asarray(np.einsum("ntc,nt->nc", spending.astype(np.float64), share))


class Spent(NamedTuple):
    """What customers spent over all steps.

    Attributes
    ----------
    fractions : each customer's mean fractions
    money : of all customers in each class
    """

    fractions: Float[Floats, "N C"]
    money: Float[Floats, " C"]


def spent(parts: Iterable[pa.Table], weights: str) -> Spent:
    """Mean fractions and money, with one part of the customers in memory at a time.

    Parameters
    ----------
    parts : of tensors/spending.parquet, columns spending and total; at least one
    weights : as of `mean_fractions`
    """
    fractions, money = [], []
    for part in parts:
        spending, totals = tensor_values(part["spending"]), tensor_values(part["total"])
        fractions.append(mean_fractions(spending, totals, weights))
        money.append(np.einsum("ntc,nt->c", spending, totals, dtype=np.float64))
    return Spent(np.concatenate(fractions), np.sum(money, axis=0))


@dataclass(frozen=True)
class Standards:
    """What turns raw scores into traits: clip((raw − mean) / deviation / scale) to [−1, 1].

    Attributes
    ----------
    mean, deviation : of the training customers' raw scores, one for each trait
    scale : the largest |z| over training customers and traits, the same for all traits
    """

    mean: Float[Floats, "P"]
    deviation: Float[Floats, "P"]
    scale: float

    def __call__(self, raw: Float[Floats, "... P"]) -> Float[Floats, "... P"]:
        """Traits of raw scores."""
        return np.clip((raw - self.mean) / self.deviation / self.scale, -1, 1)


def standards(raw: Float[Floats, "N P"], traits: Sequence[str], flat: str) -> Standards:
    """The standards of training customers' raw scores (maths §2).

    Parameters
    ----------
    flat : the message about a trait that is the same for all of them, `{!r}` where its name stands

    Raises
    ------
    DataError
        A trait is the same for every training customer.
    """
    mean, deviation = raw.mean(axis=0), raw.std(axis=0)
    same = deviation <= 1e-12 * np.maximum(1, np.abs(mean))
    if same.any():
        raise DataError(flat.format(traits[int(np.argmax(same))]))
    return Standards(mean, deviation, float(np.abs((raw - mean) / deviation).max()))


def check_enough(customers: int, least: int, what: str, more: str = "bring more customers") -> None:
    """Refuse fewer customers than traits.minimum_customers.

    Parameters
    ----------
    what : what these customers have
    more : how there can be more of them
    """
    if customers < least:
        have = "has" if customers == 1 else "have"
        lower = f", or set traits.minimum_customers to {customers:,}" if customers else ""
        raise DataError(
            f"traits.minimum_customers: {counted(customers, 'customer')} {have} {what}, expected {least:,} or more; "
            f"{more}{lower}"
        )


def target_table(
    customers: Any,
    values: Float[Floats, "N P"],
    traits: Sequence[str],
    side: Shaped[Array, "N"],
) -> pa.Table:
    """The table of tensors/traits.parquet: customer_id, traits, dominant, split.

    Parameters
    ----------
    customers : their ids, a list or an Arrow column
    values : NaN for customers whose traits are not known; they have no dominant trait ('')
    side : each customer's side of the split
    """
    known = np.isfinite(values).all(axis=1)
    columns = {
        "customer_id": customers,
        "traits": values.astype(np.float32),
        "dominant": np.where(known, dominant(values, traits), ""),
        "split": side,
    }
    return table(columns, {"traits": traits})


def dominant(values: Float[Array, "... P"], traits: Sequence[str]) -> Shaped[Names, "..."]:
    """The name of the largest trait."""
    return np.asarray(np.array(traits)[values.argmax(axis=-1)])
