"""The windows that monthly sums allow, and how many months a posting covers."""

from pathlib import Path

import pytest
from monthly_rows import write_monthly

from spendscape.core.months import month_name, month_number
from spendscape.tensors.possible_windows import possible_windows, posting_months


@pytest.mark.parametrize(
    ("months", "covers"),
    [
        ([2, 14, 26], 12),
        ([8, 9, 10, 20, 21, 22, 33], 12),
        ([2, 5, 8, 11, 14], 3),
        ([5, 11, 17], 6),
        ([1, 3, 5, 7], 2),
        ([0, 1, 2], 1),
        (list(range(40)), 1),
        ([*range(12), *range(24, 36)], 1),
        ([5], 1),
    ],
)
def test_months_that_a_posting_covers(months: list[int], covers: int) -> None:
    assert posting_months(months) == covers


def monthly(path: Path, histories: dict[str, list[int]]) -> str:
    """monthly.parquet of customers with 1.00 in each of these months of 2020 and after."""
    first = month_number("2020-01")
    rows = [
        (who, month_name(first + m), "food", 1.0)
        for who, months in histories.items()
        for m in months
    ]
    write_monthly(path, rows)
    return str(path)


def test_the_window_is_as_long_as_half_of_the_customers_stay(tmp_path: Path) -> None:
    histories = {f"c{k}": list(range(36)) for k in range(6)} | {"short": list(range(30, 36))}
    found = possible_windows(monthly(tmp_path / "m.parquet", histories), ["food"], 0.5)
    assert found.posting_months == 1 and found.customers == 7
    assert found.left[6, 6] == 6 and found.left[6, 1] == 7 and (6, 12) not in found.left
    assert found.chosen() == (6, 6, 1)
    yearly = {f"c{k}": [2, 14, 26] for k in range(9)}
    found = possible_windows(monthly(tmp_path / "y.parquet", yearly), ["food"], 0.5)
    assert found.chosen() == (3, 12, None)
    once = possible_windows(monthly(tmp_path / "o.parquet", {"a": [3]}), ["food"], 0.5)
    assert once.chosen() is None
