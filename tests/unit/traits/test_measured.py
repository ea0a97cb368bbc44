"""Measured traits: the table, its mistakes, the targets and the formula that is fitted to them."""

import hashlib
import hmac
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from spendscape.core.arrays import Floats, Names
from spendscape.core.errors import DataError
from spendscape.traits.linear import LinearFormula
from spendscape.traits.measured import Measured, fit_formula_to, read_measured
from spendscape.traits.split import UNMEASURED, split

TABLE = "customer_id,calm,bold\n007, 3.5,-1\nb ,,2\nc,1e1,4\n"
TRAITS = ["calm", "bold"]
SHARES = {"train": 0.7, "validation": 0.15, "test": 0.15}


def written(folder: Path, text: str | bytes) -> str:
    path = folder / "scores.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return str(path)


def test_a_table_is_read_as_it_is(tmp_path: Path) -> None:
    found = read_measured(written(tmp_path, "\ufeff" + TABLE))
    assert (found.customers, found.traits) == (["007", "b", "c"], TRAITS)
    np.testing.assert_array_equal(found.values, [[3.5, -1], [np.nan, 2], [10, 4]])


def test_parquet_is_read_whatever_its_types(tmp_path: Path) -> None:
    columns = {
        "calm": pa.array([1, None, 3], pa.int8()),
        "customer_id": pa.array([7, 8, 9]),
        "bold": pa.array([0.5, float("nan"), 1.5], pa.float32()),
    }
    pq.write_table(pa.table(columns), tmp_path / "scores.parquet")
    found = read_measured(str(tmp_path / "scores.parquet"))
    assert (found.customers, found.traits) == (["7", "8", "9"], TRAITS)
    np.testing.assert_array_equal(found.values, [[1, 0.5], [np.nan, np.nan], [3, 1.5]])


def test_ids_become_the_same_pseudonyms_as_in_the_transactions(tmp_path: Path) -> None:
    key = b"a key that is no secret"
    found = read_measured(written(tmp_path, TABLE), key)
    assert found.customers[1] == hmac.new(key, b"b", hashlib.sha256).hexdigest()
    with pytest.raises(DataError, match="the key has 5 bytes"):
        read_measured(written(tmp_path, TABLE), b"short")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "customer,calm,bold\na,1,2\n",
            "has the columns customer, calm, bold; expected customer_id",
        ),
        ("customer_id\na\n", "expected customer_id and one or more traits"),
        ("customer_id;calm;bold\na;1;2\n", "expected customer_id and one or more traits"),
        ("customer_id,customer_id,calm,bold\na,a,1,2\n", "expected customer_id and one"),
        ("customer_id,calm,bold\na,1,2\nb,SECRET,2\n", "'calm' is not of numbers only"),
        ("customer_id,when,bold\na,2024-01-01,2\n", "'when' is not of numbers only"),
        ("customer_id,calm,bold\na,1,\nb,2,\n", "'bold' has no value"),
        ("customer_id,calm,bold\na,1,inf\nb,2,1\n", "'bold' has an infinite value"),
        ("customer_id,calm,bold\n", "'calm' has no value"),
        ("customer_id,calm,calm\na,1,2\n", "two of one name"),
        (",customer_id,calm\n0,a,1\n", "a column without a name"),
        (
            "customer_id,calm,bold\nSECRET,1,2\n SECRET,3,4\nb,5,6\n",
            "1 of 3 rows repeat a customer",
        ),
        ("customer_id,calm,bold\n,1,2\nb,3,4\n", "1 of 2 rows have no customer_id"),
        ("customer_id,calm,bold\na,1,2\nSECRET,3,4,5\n", "cannot be read"),
        ("", "cannot be read"),
        (b"customer_id,calm,bold\n\xff\xfe,1,2\n", "cannot be read"),
    ],
)
def test_odd_tables_are_refused_without_a_row_of_them(
    tmp_path: Path, text: str | bytes, message: str
) -> None:
    with pytest.raises(DataError, match=message) as told:
        read_measured(written(tmp_path, text))
    said = str(told.value)
    assert said.startswith("traits.measured: ") and "SECRET" not in said
    assert said.count("\n") < 2


def test_every_row_and_every_customer_is_counted() -> None:
    table = Measured(
        ["a", "b", "x", "c"], TRAITS, np.array([[1, 2], [np.nan, 4], [5, 6], [7, 8.0]])
    )
    values, counts = table.of(["c", "b", "a", "d"])
    np.testing.assert_array_equal(values, [[7, 8], [np.nan] * 2, [1, 2], [np.nan] * 2])
    assert counts == {"customers": 4, "rows": 4, "measured": 2, "incomplete": 1, "elsewhere": 1}


def world(noise: float) -> tuple[LinearFormula, Floats, Floats, Floats, Names]:
    """1,500 customers of whom four of five have measured traits, of a known part of which spending knows."""
    random = np.random.default_rng(1)
    classes = [f"class {k}" for k in range(30)]
    fractions = random.dirichlet(random.uniform(0.2, 3, 30), 1500)
    truth = fractions @ random.normal(0, 1, (30, 2))
    truth = (truth - truth.mean(axis=0)) / truth.std(axis=0)
    raw = 50 + 10 * (np.sqrt(1 - noise) * truth + np.sqrt(noise) * random.normal(0, 1, truth.shape))
    raw[random.random(1500) < 0.2] = np.nan
    side = split([f"customer {k}" for k in range(1500)], SHARES)
    side = np.where(np.isfinite(raw).all(axis=1), side, UNMEASURED)
    targets, formula = fit_formula_to(raw, fractions, TRAITS, classes, side, {"measured": 1})
    return formula, targets, fractions, raw, side


@pytest.mark.parametrize(
    ("noise", "low", "high"), [(0, 0.999, 1), (0.5, 0.35, 0.6), (1, -0.03, 0.03)]
)
def test_the_fitted_formula_knows_what_can_be_known(noise: float, low: float, high: float) -> None:
    formula, targets, fractions, raw, side = world(noise)
    train, known = side == "train", side != UNMEASURED
    z = (raw - raw[train].mean(axis=0)) / raw[train].std(axis=0)
    expected = np.clip(z / np.abs(z[train]).max(), -1, 1)
    np.testing.assert_allclose(targets[known], expected[known])
    assert np.isnan(targets[~known]).all()
    assert formula.measured is not None
    assert all(low < value <= high for value in formula.measured["r2"].values())
    # The gauge: average spending stands at the mean, whatever is added to a column.
    average = fractions[train].mean(axis=0)
    np.testing.assert_allclose(average @ formula.coefficients, 0, atol=1e-9)
    np.testing.assert_allclose(formula(average), 0, atol=1e-9)
    again = LinearFormula.from_json(formula.to_json())
    assert again.measured == formula.measured
    np.testing.assert_array_equal(again(fractions), formula(fractions))


def test_a_trait_without_spread_is_refused() -> None:
    fractions = np.random.default_rng(1).dirichlet(np.ones(3), 9)
    raw = np.column_stack([np.arange(9.0), np.full(9, 3.0)])
    side = np.array(["train", "validation", "test"] * 3)
    with pytest.raises(DataError, match="trait 'bold' is the same"):
        fit_formula_to(raw, fractions, TRAITS, ["a", "b", "c"], side, {})
