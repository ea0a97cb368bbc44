"""Traits that were measured, by a questionnaire for example, in place of a formula of spending.

They are the network's targets. Some results need a formula as well, such as the classes' contributions
on a card. They get a linear one that is fitted to the measured traits, and say how well it fits
(`TraitFormula.measured`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq
from jaxtyping import Float, Shaped

from spendscape.core.arrays import Array, Floats
from spendscape.core.errors import DataError
from spendscape.core.pseudonyms import pseudonyms
from spendscape.core.statistics import r_squared
from spendscape.core.text import plain
from spendscape.traits.linear import LinearFormula
from spendscape.traits.split import SPLITS
from spendscape.traits.targets import standards

KEY = "traits.measured"
CUSTOMER = "customer_id"
# What the customers have who are trained on.
HAVE = "all steps of tensors.long and all traits of traits.measured"
# Relative to the variance of a standardised fraction: from nearly none to all coefficients near 0.
PENALTIES = np.logspace(-6, 4, 41)


@dataclass(frozen=True)
class Measured:
    """A table of measured traits.

    Attributes
    ----------
    customers : their ids, each once
    traits : their names
    values : in any unit, NaN where one was not measured
    """

    customers: list[str]
    traits: list[str]
    values: Float[Floats, "K P"]

    def of(self, customers: Sequence[str]) -> tuple[Float[Floats, "N P"], dict[str, int]]:
        """The traits of these customers, and what became of the table's rows.

        Returns
        -------
        values : NaN for a customer without a row or with any trait missing
        counts : the number of `customers`, and how many of them are `measured`; the number of the
            table's `rows`, how many of these customers' rows are `incomplete`, and how many rows are
            of nobody among them (`elsewhere`)
        """
        place = {name: k for k, name in enumerate(customers)}
        rows = np.array([place.get(name, -1) for name in self.customers], dtype=np.intp)
        whole = np.isfinite(self.values).all(axis=1)
        used = (rows >= 0) & whole
        made = np.full((len(customers), len(self.traits)), np.nan)
        made[rows[used]] = self.values[used]
        return made, {
            "customers": len(customers),
            "rows": len(rows),
            "measured": int(used.sum()),
            "incomplete": int(((rows >= 0) & ~whole).sum()),
            "elsewhere": int((rows < 0).sum()),
        }


def read_measured(path: str, key: bytes | None = None) -> Measured:
    """Read a table with the column customer_id and one column of numbers a trait, CSV or Parquet.

    Parameters
    ----------
    key : of the pseudonyms that replace the ids (`core.pseudonyms`); None: the ids stay

    Raises
    ------
    DataError
        The file cannot be read, a column is missing or does not hold numbers, or a customer has
        two rows.
    """
    found = _read(path)
    names = found.column_names
    traits = [name for name in names if name != CUSTOMER]
    if names.count(CUSTOMER) != 1 or not traits:
        raise DataError(
            f"{KEY}: {path} has the columns {', '.join(names)}; expected {CUSTOMER} and one or more traits"
        )
    if "" in traits or len(set(traits)) < len(traits):
        raise DataError(f"{KEY}: {path} has a column without a name, or two of one name")
    values = np.column_stack([_numbers(found[name], name) for name in traits])
    ids = [
        "" if name is None else plain(name)
        for name in found[CUSTOMER].cast(pa.string()).to_pylist()
    ]
    if "" in ids:
        raise DataError(f"{KEY}: {ids.count(''):,} of {len(ids):,} rows have no {CUSTOMER}")
    if len(set(ids)) < len(ids):
        raise DataError(
            f"{KEY}: {len(ids) - len(set(ids)):,} of {len(ids):,} rows repeat a customer; "
            "expected one row for each customer"
        )
    return Measured(ids if key is None else pseudonyms(ids, key), traits, values)


def fit_formula_to(
    raw: Float[Floats, "N P"],
    fractions: Float[Floats, "N C"],
    traits: list[str],
    classes: list[str],
    side: Shaped[Array, "N"],
    counts: dict[str, int],
) -> tuple[Float[Floats, "N P"], LinearFormula]:
    """The targets, and the linear formula of spending that comes nearest to them.

    The targets are standardised as those of a formula are (maths §2). The formula is a ridge
    regression on the training customers; each trait has the penalty that does best on the validation
    customers, and R² is that on the test customers. As fractions sum to 1, a constant could be added
    to all coefficients of a trait; it is chosen so that average spending gives 0 (maths §4).

    Parameters
    ----------
    raw : the measured traits in any unit, NaN where they were not measured
    fractions : mean fractions
    side : each customer's side of the split, another word where its traits were not measured
    counts : of `Measured.of`, kept with the formula

    Returns
    -------
    targets in [−1, 1], NaN where the traits were not measured; and the formula

    Raises
    ------
    DataError
        A trait is the same for every training customer.
    """
    train, validation, test = (side == name for name in SPLITS)
    flat = f"{KEY}: trait {{!r}} is the same for every measured customer that is trained on"
    standard = standards(raw[train], traits, flat)
    coefficients = _ridge(fractions[train], raw[train], fractions[validation], raw[validation])
    average = fractions[train].mean(axis=0)
    coefficients -= average @ coefficients / average.sum()
    targets = standard(raw)
    mean = average @ coefficients
    formula = LinearFormula(traits, classes, coefficients, mean, standard.deviation, standard.scale)
    r2 = r_squared(targets[test], formula(fractions[test]))
    known = counts | {"r2": dict(zip(traits, map(float, r2), strict=True))}
    return targets, replace(formula, measured=known)


def _ridge(x: Floats, y: Floats, x_other: Floats, y_other: Floats) -> Floats:
    """Coefficients [C, P] of y on x, each column with the penalty that errs least on the other rows."""
    centre, spread = x.mean(axis=0), x.std(axis=0)
    spread[spread == 0] = 1
    z, z_other = (x - centre) / spread, (x_other - centre) / spread
    size, axes = np.linalg.eigh(z.T @ z / len(z))
    goal = axes.T @ (z.T @ (y - y.mean(axis=0))) / len(z)
    tried = [axes @ (goal / (size + penalty)[:, None]) for penalty in PENALTIES]
    errors = [np.square(y_other - y.mean(axis=0) - z_other @ b).sum(axis=0) for b in tried]
    best = np.argmin(errors, axis=0)
    chosen = np.stack(tried)[best, :, np.arange(y.shape[1])].T
    # In the order that JSON brings back, so that products are the same to the last bit.
    return np.ascontiguousarray(chosen / spread[:, None])


def _read(path: str) -> pa.Table:
    """The table as it is; what a reader says is withheld, because it may quote a row."""
    try:
        if path.lower().endswith((".parquet", ".pq")):
            return pq.read_table(path)
        types = pyarrow.csv.ConvertOptions(column_types={CUSTOMER: pa.string()})
        return pyarrow.csv.read_csv(path, convert_options=types)
    except (pa.ArrowException, OSError):
        raise DataError(
            f"{KEY}: {path} cannot be read; expected Parquet (.parquet, .pq), or CSV in UTF-8 with commas, "
            "a header and as many fields in every row"
        ) from None


def _numbers(column: pa.ChunkedArray, name: str) -> Floats:
    """A column as floats, NaN where there is nothing."""
    kind = column.type
    numeric = (pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal, pa.types.is_null)
    if not any(fits(kind) for fits in numeric):
        raise DataError(
            f"{KEY}: the column {name!r} is not of numbers only; expected {CUSTOMER} and traits, and nothing "
            "where one was not measured"
        )
    values = pc.fill_null(column.cast(pa.float64()), np.nan).to_numpy()
    if not np.isfinite(values).any() or np.isinf(values).any():
        raise DataError(
            f"{KEY}: the column {name!r} has {'an infinite' if np.isinf(values).any() else 'no'} value; "
            "expected numbers, and nothing where one was not measured"
        )
    return np.asarray(values, dtype=np.float64)
