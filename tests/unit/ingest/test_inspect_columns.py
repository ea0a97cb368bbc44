"""Facts about columns: amounts of any form, and columns that add up others."""

import numpy as np
import pytest

from spendscape.ingest.inspect_columns import Column, decimal_mark, is_cumulative, majority


@pytest.mark.parametrize(
    ("fields", "decimal", "values"),
    [
        (["2,01", "15,90"], ",", [2.01, 15.9]),
        (["1.234,50", "2,00"], ",", [1234.5, 2]),
        (["1,234.50", "2.00"], ".", [1234.5, 2]),
        (["1.234", "12.500", "900"], ",", [1234, 12500, 900]),
        (["0.125", "1.250"], ".", [0.125, 1.25]),
        (["1.234.567", "2"], ",", [1234567, 2]),
        (["-12,50 EUR", "3,00 EUR"], ",", [-12.5, 3]),
        (["Rs 1,234.50", "Rs 7.00"], ".", [1234.5, 7]),
        (["1'234.50", "7.00"], ".", [1234.5, 7]),
        (["$(0.01)", "$20.00"], ".", [-0.01, 20]),
        (["5.00 CR", "7.00 DR"], ".", [-5, 7]),
        (["1\u00a0234,50", "−7,00"], ",", [1234.5, -7]),
    ],
)
def test_amounts(fields: list[str], decimal: str, values: list[float]) -> None:
    found = Column("money", fields * 9).amounts
    assert found.decimal == decimal and found.share == 1
    np.testing.assert_allclose(found.values[:2], values[:2])


def test_words_with_digits_are_no_amounts() -> None:
    assert Column("who", ["c0", "c1", "c2"]).amounts.share == 0
    assert decimal_mark(["12", "7"]) == "."


def test_sums_of_other_columns() -> None:
    rng = np.random.default_rng(1)
    group = rng.integers(0, 5, 500)
    money = rng.uniform(1, 99, 500).round(2)
    balance = np.array(
        [1000 - money[: k + 1][group[: k + 1] == group[k]].sum() for k in range(500)]
    )
    assert is_cumulative(balance, money, group) > 0.99
    assert is_cumulative(balance[::-1], money[::-1], group[::-1]) > 0.99
    assert is_cumulative(money, balance, group) < 0.05
    assert is_cumulative(rng.uniform(1, 99, 500), money, group) < 0.05


def test_what_decides_another_column() -> None:
    cards, holders = np.arange(100) % 20, np.arange(100) % 20 // 2
    assert majority(holders, cards) == 1 and majority(cards, holders) == 0.5
