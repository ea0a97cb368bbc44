"""Windows as arrays: the blocks of a grid, runs, verdicts, and what the config refuses."""

import re
from collections import Counter

import numpy as np
import pytest

from spendscape.config.validate import validate
from spendscape.core.errors import DataError
from spendscape.core.months import month_number
from spendscape.tensors.windows import Customers, Grid, Window, choose, runs, slide, window_grid


def customers_of(*rows: tuple[int, str, int, float]) -> Customers:
    """Rows (customer, month, class, amount) of two customers."""
    found = Counter((customer, month_number(text)) for customer, text, _, _ in rows)
    customer, month = zip(*found, strict=True)
    _, _, spending_class, amount = zip(*rows, strict=True)
    columns = (customer, month, list(found.values()), spending_class, amount)
    return Customers(["a", "b"], *map(np.array, columns))


def test_runs_are_flags_in_a_row() -> None:
    flags = np.array([[True, True, False, True], [True, True, True, True]])
    np.testing.assert_array_equal(runs(flags, 2), [[True, False, False], [True] * 3])
    np.testing.assert_array_equal(runs(flags, 4), [[False], [True]])


def test_the_window_of_a_customer_is_its_last_run() -> None:
    rows = customers_of(
        (0, "2024-01", 0, 3.0),
        (0, "2024-02", 1, 1.0),
        (0, "2024-02", 0, 1.0),
        (1, "2024-02", 0, 1.0),
        (1, "2024-04", 0, 1.0),
    )
    grid, window = Grid(month_number("2024-04"), 1, 4), Window(2, 1, "latest")
    found, windows = choose(rows, grid, window, 2, np.array([True, True]))
    assert found.verdict == ["in", "fewer than 2 consecutive steps of 1 month with spending"]
    assert windows.customer.tolist() == [0]
    assert windows.last_month.tolist() == [month_number("2024-02")]
    np.testing.assert_array_equal(windows.spending, [[[1, 0], [0.5, 0.5]]])
    np.testing.assert_array_equal(windows.total, [[3, 2]])
    found, windows = choose(rows, grid, window, 2, np.array([False, True]))
    assert found.verdict[0] == "not in the long window" and not len(windows.customer)


def test_sliding_windows_begin_with_the_earliest_and_once_takes_the_latest() -> None:
    rows = customers_of(*((0, f"2024-0{k}", 0, float(k)) for k in range(1, 5)))
    grid, window = Grid(month_number("2024-04"), 1, 4), Window(2, 1, "latest")
    every = slide(rows, grid, window, 1, np.array([False, False]))
    assert every.last_month.tolist() == [month_number(f"2024-0{k}") for k in (2, 3, 4)]
    assert every.total.tolist() == [[1, 2], [2, 3], [3, 4]]
    last = slide(rows, grid, window, 1, np.array([True, False]))
    assert last.last_month.tolist() == [month_number("2024-04")]


@pytest.mark.parametrize(
    ("window", "key", "words"),
    [
        (Window(6, 12, "latest"), "tensors.long", ["tensors.long: 6 steps of 12 months need 72", "24 (2023-01 to 2024-12)"]),
        (Window(2, 12, "2024-11"), "tensors.long", ["need 24", "23 of them up to 2024-11"]),
        (Window(1, 1, "2025-01"), "tensors.long", ["tensors.long.end: '2025-01'", "2023-01 to 2024-12"]),
        (Window(6, 12, "latest"), "tensors.recent", ["set tensors.recent to null"]),
    ],
)  # fmt: skip
def test_a_window_that_the_data_do_not_have(window: Window, key: str, words: list[str]) -> None:
    with pytest.raises(DataError) as error:
        window_grid(window, month_number("2023-01"), month_number("2024-12"), 1, 0.5, key)
    assert all(word in str(error.value) for word in words), str(error.value)
    assert len(str(error.value).splitlines()) <= 2


def test_the_config_refuses_steps_shorter_than_postings() -> None:
    words = "recent.months_per_step is 2, no multiple of posting_months 12"
    with pytest.raises(DataError, match=f"{re.escape(words)}.*set recent to null"):
        validate({"tensors": {"posting_months": 12}})
    validate({"tensors": {"posting_months": 12, "recent": None}})
