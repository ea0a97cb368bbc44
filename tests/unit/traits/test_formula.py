"""The door for formulas of another kind: a quadratic one goes through it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from jaxtyping import Float

from spendscape.core.arrays import Array, Floats
from spendscape.core.errors import DataError
from spendscape.core.json import from_json, to_json
from spendscape.traits import formula as formulas
from spendscape.traits.formula import read_coefficients
from spendscape.traits.linear import LinearFormula
from spendscape.traits.targets import Standards, standards
from spendscape.traits.words import meaning

CLASSES = ["bread", "books", "boats"]
LINEAR = pd.DataFrame({"class": ["boats", "bread"], "calm": [1.0, -1.0], "bold": [0.5, 2.0]})
SQUARES = LINEAR.rename(columns={"class": "squared_class"})


@dataclass(frozen=True)
class SquaredFormula:
    """Traits of the squares of the fractions."""

    traits: list[str]
    classes: list[str]
    matrix: Float[Floats, "C P"]
    mean: Float[Floats, "P"]
    deviation: Float[Floats, "P"]
    scale: float = 1.0
    measured: dict[str, Any] | None = None
    kind: str = "squared"

    @property
    def words(self) -> tuple[str, str]:
        return "a formula of squares", "the fractions are squared"

    @classmethod
    def holds(cls, table: pd.DataFrame) -> bool:
        return "squared_class" in table

    @classmethod
    def from_table(cls, table: pd.DataFrame, classes: Sequence[str]) -> "SquaredFormula":
        numbers = table.set_index("squared_class").reindex(list(classes)).fillna(0.0)
        traits = [str(name) for name in numbers.columns]
        mean, deviation = np.zeros(len(traits)), np.ones(len(traits))
        return cls(traits, list(classes), numbers.to_numpy(), mean, deviation)

    @classmethod
    def from_json(cls, text: str) -> "SquaredFormula":
        return from_json(cls, text)

    def to_json(self) -> str:
        return to_json(self)

    def standardised(self, fractions: Float[Floats, "N C"]) -> "SquaredFormula":
        found = standards(fractions**2 @ self.matrix, self.traits, "{!r}")
        return replace(self, **vars(found))

    def __call__(self, fractions: Float[Array, "... C"]) -> Float[Floats, "... P"]:
        standard = Standards(self.mean, self.deviation, self.scale)
        return standard(np.asarray(fractions, dtype=np.float64) ** 2 @ self.matrix)

    def slopes(self, fractions: Float[Floats, "C"]) -> Float[Floats, "C P"]:
        return np.asarray(2 * fractions[:, None] * self.matrix)

    def contributions(
        self, fractions: Float[Floats, "C"], average: Float[Floats, "C"]
    ) -> Float[Floats, "C P"]:
        change = (fractions**2 - average**2)[:, None]
        return np.asarray(change * self.matrix / (self.deviation * self.scale))


@pytest.fixture
def squared(monkeypatch: pytest.MonkeyPatch) -> type[formulas.TraitFormula]:
    monkeypatch.setattr(formulas, "FORMULAS", {"squared": SquaredFormula} | formulas.FORMULAS)
    return SquaredFormula


@pytest.mark.usefixtures("squared")
@pytest.mark.parametrize(("table", "kind"), [(LINEAR, LinearFormula), (SQUARES, SquaredFormula)])
def test_a_table_is_read_as_the_kind_that_it_holds(table: pd.DataFrame, kind: type) -> None:
    fractions = np.random.default_rng(1).dirichlet(np.ones(3), 100)
    made = formulas.formula_from_table(table, CLASSES).standardised(fractions)
    assert isinstance(made, kind) and isinstance(made, formulas.TraitFormula)
    again = formulas.formula_from_json(made.to_json())
    assert isinstance(again, kind) and again.traits == ["calm", "bold"]
    np.testing.assert_array_equal(again(fractions), made(fractions))
    said = meaning(made, {})
    assert f"The traits are {made.words[0]}, not a measured personality: {made.words[1]}." in said
    average = fractions.mean(axis=0)
    parts = made.contributions(fractions[0], average)
    np.testing.assert_allclose(parts.sum(axis=0), made(fractions[0]) - made(average))
    # The traits follow the slopes, but for their mean, deviation and scale.
    step = 1e-6 * np.array([1.0, 0, 0])
    change = made(average + step) - made(average)
    slopes = made.slopes(average)[0]
    np.testing.assert_allclose(
        change[0] / change[1] * (slopes[1] / slopes[0]), _ratio(made), rtol=1e-4
    )


def _ratio(made: Any) -> float:
    """The second trait's deviation relative to the first's."""
    return float(made.deviation[1] / made.deviation[0])


def test_a_table_that_no_kind_holds_is_named_by_the_linear_one() -> None:
    with pytest.raises(DataError, match="the columns other; expected class and one or more traits"):
        formulas.formula_from_table(pd.DataFrame({"other": [1]}), CLASSES)


def test_two_columns_of_one_name_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "coefficients.csv"
    path.write_text("# made up\nclass,t1,t1\na,1,2\nb,0,1\n")
    with pytest.raises(DataError, match="more than one column 't1'"):
        read_coefficients(str(path))
    path.write_text("# made up\nclass,t1,t1.1\na,1,2\nb,0,1\n")
    assert list(read_coefficients(str(path)).columns) == ["class", "t1", "t1.1"]
