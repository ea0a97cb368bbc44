"""The targets: traits as a linear formula of spending (MATHS §2), the split, and what the traits mean."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from spendscape.core.arrays import Floats, Names
from spendscape.core.errors import DataError, nearest
from spendscape.core.json import from_json, to_json
from spendscape.core.parquet import table

NOT_A_PERSONALITY = (
    "The traits are a linear formula of spending, not a measured personality: a table of coefficients is "
    "multiplied with each customer's spending fractions. A high value says that a customer spends as the "
    "formula expects of people with that trait, and no more. Published correlations between such scores "
    "and questionnaires are about 0.15, so a single customer's personality cannot be read from them."
)
SPLITS = ("train", "validation", "test")
# The side of a customer without measured traits, where traits are measured.
UNMEASURED = "unmeasured"


@dataclass(frozen=True)
class Formula:
    """What turns mean fractions into traits: clip(((fractions · B) − mean) / deviation / scale).

    Attributes
    ----------
    traits : P names
    classes : C names
    coefficients : B, [C, P]
    mean, deviation : [P], of the raw scores of the training customers
    scale : the largest |z| over training customers and traits
    measured : None where the formula made the traits. Where they were measured and it is fitted to
        them (`spendscape.traits.measured`): `r2` of each trait on test customers, and the counts of
        `Measured.of`
    """

    traits: list[str]
    classes: list[str]
    coefficients: Floats
    mean: Floats
    deviation: Floats
    scale: float
    measured: dict[str, Any] | None = None

    def __call__(self, fractions: NDArray[Any]) -> Floats:
        """Traits in [−1, 1], [..., P], of spending fractions [..., C]."""
        raw = fractions.astype(np.float64) @ self.coefficients
        return np.clip((raw - self.mean) / self.deviation / self.scale, -1, 1)

    def to_json(self) -> str:
        """As JSON text, every float exact."""
        return to_json(self)

    @classmethod
    def from_json(cls, text: str) -> "Formula":
        """The formula that `to_json` wrote."""
        return from_json(cls, text)


def coefficient_matrix(table: pd.DataFrame, classes: Sequence[str]) -> tuple[list[str], Floats]:
    """The trait names and the matrix B [C, P] of a coefficients table.

    Parameters
    ----------
    table : column `class` and one column of numbers a trait
    classes : the C spending classes; one without a row counts as 0

    Raises
    ------
    DataError
        No column `class`, no trait, a class twice or unknown, an entry that is not a number, or
        fewer than two classes with coefficients.
    """
    where = "traits.coefficients"
    if "class" not in table or len(table.columns) < 3:
        found = ", ".join(map(str, table.columns))
        raise DataError(
            f"{where}: the table has the columns {found}; expected class and two or more traits"
        )
    unknown = [str(name) for name in table["class"] if name not in set(classes)]
    if unknown:
        near = nearest(unknown[0], classes, "; did you mean {!r}?")
        hint = near or "; see ingest/classes.json for those in the data"
        raise DataError(
            f"{where}: {len(unknown)} classes are not in the data, the first is {unknown[0]!r}{hint}"
        )
    twice = table["class"][table["class"].duplicated()]
    if len(twice):
        raise DataError(f"{where}: class {str(twice.iloc[0])!r} has more than one row")
    numbers = table.set_index("class").apply(pd.to_numeric, errors="coerce")
    if not np.isfinite(numbers.to_numpy()).all():
        row, column = np.argwhere(~np.isfinite(numbers.to_numpy()))[0]
        raise DataError(
            f"{where}: class {numbers.index[row]!r}, trait {numbers.columns[column]!r} is not a number"
        )
    matrix = numbers.reindex(classes).fillna(0.0).to_numpy(dtype=np.float64)
    if (np.abs(matrix).sum(axis=1) > 0).sum() < 2:
        raise DataError(f"{where}: fewer than two classes have coefficients that are not 0")
    return [str(name) for name in numbers.columns], matrix


def split(customers: Sequence[str], shares: Mapping[str, float]) -> Names:
    """Each customer's side: train, validation or test.

    A customer's side is a hash of its id, so it never changes when customers are added (MATHS §3).
    """
    hashes = [hashlib.blake2b(name.encode(), digest_size=8).digest() for name in customers]
    places = np.array([int.from_bytes(value, "big") for value in hashes], dtype=np.float64) / 2**64
    edges = np.cumsum([shares[name] for name in SPLITS])[:-1]
    return np.array(SPLITS)[np.searchsorted(edges, places, side="right")]


def mean_fractions(spending: NDArray[Any], totals: NDArray[Any], weights: str) -> Floats:
    """A customer's mean fractions over the steps, [N, C].

    Parameters
    ----------
    spending : [N, T, C] fractions
    totals : [N, T] money of each step
    weights : `steps` (every step counts the same) or `spend` (as much as was spent in it)
    """
    if weights == "steps":
        return np.asarray(spending.mean(axis=1, dtype=np.float64))
    share = totals / totals.sum(axis=1, keepdims=True)
    return np.asarray(np.einsum("ntc,nt->nc", spending.astype(np.float64), share))


def fit_formula(
    fractions: Floats,
    coefficients: Floats,
    traits: list[str],
    classes: list[str],
    train: NDArray[np.bool_],
) -> Formula:
    """Standardise on training customers; one scale for all traits (MATHS §2).

    Parameters
    ----------
    fractions : [N, C] mean fractions
    coefficients : [C, P]
    train : [N], True for training customers

    Raises
    ------
    DataError
        A trait that is the same for every training customer.
    """
    flat = "traits.coefficients: trait {!r} is the same for every customer; its classes are not in these data"
    ends = standards(fractions[train] @ coefficients, traits, flat)
    return Formula(traits, classes, coefficients, *ends)


def standards(raw: Floats, traits: Sequence[str], flat: str) -> tuple[Floats, Floats, float]:
    """Mean [P] and deviation [P] of training customers' raw scores [n, P], and the one largest |z|.

    Raises
    ------
    DataError
        A trait that is the same for every training customer: the words `flat` with its name.
    """
    mean, deviation = raw.mean(axis=0), raw.std(axis=0)
    same = deviation <= 1e-12 * np.maximum(1, np.abs(mean))
    if same.any():
        raise DataError(flat.format(traits[int(np.argmax(same))]))
    return mean, deviation, float(np.abs((raw - mean) / deviation).max())


def check_enough(customers: int, least: int, what: str) -> None:
    """Refuse fewer customers than traits.minimum_customers; `what` they have."""
    if customers < least:
        raise DataError(
            f"traits.minimum_customers: {customers:,} customers have {what}, expected {least:,} or more; "
            "bring more customers or ask for fewer steps"
        )


def target_table(
    customers: Any, values: Floats, traits: Sequence[str], side: Sequence[str] | NDArray[Any]
) -> pa.Table:
    """The table of tensors/traits.parquet: customer_id, traits, dominant, split.

    Parameters
    ----------
    customers : N ids, a list or an Arrow column
    values : [N, P]; NaN where they are not known, which have no dominant trait ('')
    side : N, of the split
    """
    known = np.isfinite(values).all(axis=1)
    columns = {
        "customer_id": customers,
        "traits": values.astype(np.float32),
        "dominant": np.where(known, dominant(values, traits), ""),
        "split": side,
    }
    return table(columns, {"traits": traits})


def dominant(values: NDArray[Any], traits: Sequence[str]) -> Names:
    """The name of the largest trait, [...], of values [..., P]."""
    return np.asarray(np.array(traits)[values.argmax(axis=-1)])


def meaning(formula: Formula, r2: Mapping[str, Mapping[str, float]]) -> str:
    """What the traits are and what they are not, in the words of every page that shows some.

    Parameters
    ----------
    r2 : of model/metrics.json, the network's R² of each trait on unseen customers
    """
    if formula.measured is None:
        return NOT_A_PERSONALITY
    known = formula.measured
    return (
        f"The traits were measured, for {known['measured']:,} of {known['customers']:,} customers (traits.measured "
        "in the config). For all others, and in every segment, they are the network's estimate from spending. Its "
        f"R² on unseen customers: {_scores({name: entry['value'] for name, entry in r2.items()})}. Published "
        "correlations between spending and questionnaires are about 0.15, an R² of about 0.02: a low R² is to be "
        "expected, and says that an estimate tells next to nothing about one person. At 0 or below, estimates are "
        "no better than one value for everybody; a high R² calls for a look at how the table was made. "
        f"{fitted(formula)}"
    )


def fitted(formula: Formula) -> str:
    """How far a formula stands in for measured traits, in words; '' where it made the traits."""
    if formula.measured is None:
        return ""
    return (
        "The formula of spending, which some comparisons need beside the network, is a linear one fitted to "
        f"the measured traits; its R² on unseen customers: {_scores(formula.measured['r2'])}."
    )


def _scores(values: Mapping[str, float]) -> str:
    """Each trait with its value."""
    return ", ".join(f"{name} {f'{value:.2f}'.replace('-', '−')}" for name, value in values.items())
