"""The gap between postings is measured, and a config that says otherwise is refused."""

from collections import Counter

import numpy as np
import pytest

from spendscape.core.errors import DataError
from spendscape.tensors.postings import check_postings, gaps
from spendscape.tensors.windows import Customers


def test_gaps_are_between_a_customers_own_months() -> None:
    customer, month = np.array([0, 0, 0, 1, 1, 2]), np.array([5, 8, 14, 3, 4, 9])
    counts = np.array([2, 1, 1, 1, 1, 1])
    rows = Customers(["a", "b", "c"], customer, month, counts, np.zeros(7, dtype=int), np.ones(7))
    assert gaps(rows) == {3: 1, 6: 1, 1: 1}


@pytest.mark.parametrize(
    ("found", "given", "interval"),
    [
        ({3: 900, 6: 90, 12: 10}, 1, 3),
        ({12: 500, 24: 3}, 1, 12),
        ({12: 500, 24: 3}, 3, 12),
        ({2: 995, 1: 5}, 1, 2),
        ({3: 900, 6: 90}, 3, None),
        ({12: 500}, 12, None),
        ({1: 5000, 3: 90}, 1, None),
        ({1: 20, 3: 980}, 1, None),
        ({3: 99}, 1, None),
        ({}, 1, None),
    ],
)
def test_an_interval_that_is_longer_is_refused(
    found: dict[int, int], given: int, interval: int | None
) -> None:
    if interval is None:
        check_postings([Counter(found)], given)
        return
    half = {gap: count // 2 for gap, count in found.items()}
    rest = {gap: count - half[gap] for gap, count in found.items()}
    with pytest.raises(DataError, match=rf"posting_months: {given} was .*\nGive {interval}, and"):
        check_postings([Counter(half), Counter(rest)], given)
