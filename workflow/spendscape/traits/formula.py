"""What turns spending into traits: a protocol, so that a formula need not be linear.

A formula of another kind is a class in a module of its own that has what `TraitFormula` names, and a
line in `FORMULAS`. The table at `traits.coefficients` says by its columns which kind it holds, and
`tensors/traits.json` says it by its key `kind`.
"""

import csv
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import pandas as pd
from jaxtyping import Float

from spendscape.core.arrays import Array, Floats
from spendscape.core.errors import DataError
from spendscape.traits.linear import LinearFormula


@runtime_checkable
class TraitFormula(Protocol):
    """What the pipeline needs of a formula; its name in `FORMULAS` is its kind."""

    @property
    def traits(self) -> list[str]:
        """The names of the P traits."""

    @property
    def classes(self) -> list[str]:
        """The names of the C spending classes."""

    @property
    def words(self) -> tuple[str, str]:
        """For the readers of the pages: what it is, as a noun, and what it does, as a clause."""

    @property
    def measured(self) -> dict[str, Any] | None:
        """How far it stands in for measured traits (`spendscape.traits.measured`); None: it made them."""

    @classmethod
    def holds(cls, table: pd.DataFrame) -> bool:
        """Whether a table at `traits.coefficients` is one of this kind, by its columns."""

    @classmethod
    def from_table(cls, table: pd.DataFrame, classes: Sequence[str]) -> "TraitFormula":
        """The formula of a table, not yet standardised; a `DataError` names a mistake in it."""

    @classmethod
    def from_json(cls, text: str) -> "TraitFormula":
        """The formula that `to_json` wrote."""

    def to_json(self) -> str:
        """As JSON text with every float exact and the key `kind`, which only the linear one lacks."""

    def standardised(self, fractions: Float[Floats, "N C"]) -> "TraitFormula":
        """The same formula, standardised on the mean fractions of training customers (maths §2)."""

    def __call__(self, fractions: Float[Array, "... C"]) -> Float[Floats, "... P"]:
        """Traits in [−1, 1] of spending fractions."""

    def slopes(self, fractions: Float[Floats, "C"]) -> Float[Floats, "C P"]:
        """How the traits change with each class around these fractions, before they are standardised.

        A linear formula has its coefficients there, whatever the fractions.
        """

    def contributions(
        self, fractions: Float[Floats, "C"], average: Float[Floats, "C"]
    ) -> Float[Floats, "C P"]:
        """What each class adds to each trait, compared with the average customer.

        The sum over the classes is the difference of the traits before they are cut to [−1, 1].
        """


# The first that holds a table reads it, so the linear one, which takes any table, stays last.
FORMULAS: dict[str, type[TraitFormula]] = {"linear": LinearFormula}


def read_coefficients(path: str) -> pd.DataFrame:
    """The table at `traits.coefficients`. Lines that begin with # are comments.

    Raises
    ------
    DataError
        Two columns have the same name; pandas would give the second one another.
    """
    with Path(path).open(encoding="utf-8-sig", newline="") as file:
        header = next(csv.reader(line for line in file if not line.startswith("#")), [])
    names = [name.strip() for name in header]
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        raise DataError(
            f"traits.coefficients: {path} has more than one column {twice[0]!r}; expected each name once"
        )
    return pd.read_csv(path, comment="#")


def formula_from_table(table: pd.DataFrame, classes: Sequence[str]) -> TraitFormula:
    """The formula of the table at `traits.coefficients`, not yet standardised.

    Raises
    ------
    DataError
        The table has a mistake.
    """
    kind = next(kind for kind in FORMULAS.values() if kind.holds(table))
    return kind.from_table(table, classes)


def check_coefficients(path: str, classes: Sequence[str] | None) -> list[str]:
    """The traits of a table at `traits.coefficients`, which is refused where it has a mistake, before there are data.

    Parameters
    ----------
    classes : the spending classes; None where only the data tell which there are

    Raises
    ------
    DataError
        The table has a mistake.
    """
    table = read_coefficients(path)
    if classes is None and "class" in table:
        # The data may have further classes, whose coefficients are 0.
        classes = [*map(str, dict.fromkeys(table["class"])), ""]
    return list(formula_from_table(table, classes or []).traits)


def formula_from_json(text: str) -> TraitFormula:
    """The formula that its `to_json` wrote to tensors/traits.json."""
    return FORMULAS[json.loads(text).get("kind", "linear")].from_json(text)
