"""The linear formula of spending: a table of coefficients, class × trait (maths §2)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import Float

from spendscape.core.arrays import Array, Floats
from spendscape.core.counts import counted
from spendscape.core.errors import DataError, nearest
from spendscape.core.json import from_json, to_json
from spendscape.core.text import short
from spendscape.traits.targets import Standards, standards

# Coefficients that are closer to each other than this, in relation to the largest, are the same.
ROUNDING = 1e-9


@dataclass(frozen=True)
class LinearFormula:
    """Traits clip(((fractions · B) − mean) / deviation / scale); see `formula.TraitFormula`.

    Attributes
    ----------
    traits, classes : the names of the P traits and the C classes
    coefficients : B
    mean, deviation : of the raw scores of the training customers
    scale : the largest |z| over training customers and traits
    measured : None where the formula made the traits. Where they were measured and it is fitted to
        them (`spendscape.traits.measured`): `r2` of each trait on test customers, and the counts of
        `Measured.of`
    """

    traits: list[str]
    classes: list[str]
    coefficients: Float[Floats, "C P"]
    mean: Float[Floats, "P"]
    deviation: Float[Floats, "P"]
    scale: float
    measured: dict[str, Any] | None = None

    @property
    def words(self) -> tuple[str, str]:
        """What it is, and what it does."""
        does = "a table of coefficients is multiplied with each customer's spending fractions"
        return "a linear formula of spending", does

    @classmethod
    def holds(cls, table: pd.DataFrame) -> bool:
        """True: a table that no other kind holds is read as this one, which names its mistakes."""
        return True

    @classmethod
    def from_table(cls, table: pd.DataFrame, classes: Sequence[str]) -> "LinearFormula":
        """The formula of a table of coefficients, not yet standardised; see `coefficient_matrix`."""
        traits, matrix = coefficient_matrix(table, classes)
        return cls(traits, list(classes), matrix, np.zeros(len(traits)), np.ones(len(traits)), 1.0)

    @classmethod
    def from_json(cls, text: str) -> "LinearFormula":
        """The formula that `to_json` wrote."""
        return from_json(cls, text)

    def to_json(self) -> str:
        """As JSON text, every float exact."""
        return to_json(self)

    def standardised(self, fractions: Float[Floats, "N C"]) -> "LinearFormula":
        """Standardised on the mean fractions of training customers; one scale for all traits.

        Raises
        ------
        DataError
            A trait is the same for every training customer.
        """
        flat = "traits.coefficients: trait {!r} is the same for every customer; its classes are not in these data"
        found = standards(fractions @ self.coefficients, self.traits, flat)
        return replace(self, **vars(found))

    def __call__(self, fractions: Float[Array, "... C"]) -> Float[Floats, "... P"]:
        """Traits in [−1, 1] of spending fractions."""
        # One product of many rows, not one of a few rows for each customer.
        flat = fractions.reshape(-1, fractions.shape[-1]).astype(np.float64) @ self.coefficients
        raw = flat.reshape(*fractions.shape[:-1], len(self.traits))
        return Standards(self.mean, self.deviation, self.scale)(raw)

    def slopes(self, fractions: Float[Floats, "C"]) -> Float[Floats, "C P"]:
        """The coefficients, whatever the fractions."""
        return self.coefficients

    def contributions(
        self, fractions: Float[Floats, "C"], average: Float[Floats, "C"]
    ) -> Float[Floats, "C P"]:
        """What each class adds to each trait, compared with the average customer.

        Exact before the traits are cut to [−1, 1].
        """
        scale = self.deviation * self.scale
        return np.asarray((fractions - average)[:, None] * self.coefficients / scale)


def coefficient_matrix(
    table: pd.DataFrame, classes: Sequence[str]
) -> tuple[list[str], Float[Floats, "C P"]]:
    """The trait names and the matrix B of a table of coefficients.

    Parameters
    ----------
    table : the column `class` and one column of numbers for each trait
    classes : the spending classes; one without a row counts as 0

    Raises
    ------
    DataError
        The table has no column `class`, no trait, a class twice, an unknown class, an
        entry that is not a number, fewer than two classes with coefficients, or a trait with one
        coefficient for all classes: fractions add up to 1, so that it would be the same for everybody.
    """
    where = "traits.coefficients"
    if "class" not in table or len(table.columns) < 2:
        found = ", ".join(map(str, table.columns))
        raise DataError(
            f"{where}: the table has the columns {found}; expected class and one or more traits"
        )
    unknown = [str(name) for name in table["class"] if name not in set(classes)]
    if unknown:
        near = nearest(unknown[0], classes, "; did you mean {!r}?")
        some = ", ".join(short(name) for name in list(classes)[:5])
        hint = near or f"; the data have {some}{', …' if len(classes) > 5 else ''}"
        raise DataError(
            f"{where}: the table has {counted(len(unknown), 'class', 'classes')} that are no spending classes: "
            f"{unknown[0]!r}{', …' if unknown[1:] else ''}{hint}"
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
    same = np.ptp(matrix, axis=0) <= ROUNDING * np.abs(matrix).max(axis=0)
    if same.any():
        raise DataError(
            f"{where}: trait {str(numbers.columns[same.argmax()])!r} has the same coefficient for all "
            f"{len(classes)} classes; it would be the same for every customer"
        )
    return [str(name) for name in numbers.columns], matrix
