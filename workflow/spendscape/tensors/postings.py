"""How long is it between a customer's postings, and does that fit the months that a posting is said to cover?"""

from collections import Counter
from collections.abc import Iterable

import numpy as np

from spendscape.core.errors import DataError
from spendscape.tensors.windows import Customers

# Months that ledgers post at, from the longest.
INTERVALS = (12, 6, 4, 3, 2)
# A ledger of an interval has so many of its gaps at multiples of it; fewer gaps than this say nothing.
SHARE, FEWEST = 0.99, 100


def gaps(customers: Customers) -> Counter[int]:
    """How often so many months lie between a customer's month with postings and its next one.

    Parameters
    ----------
    customers : rows by customer and month
    """
    same = np.diff(customers.customer) == 0
    between = np.diff(customers.month)[same]
    found, counts = np.unique(between, return_counts=True)
    return Counter(dict(zip(found.tolist(), counts.tolist(), strict=True)))


def check_postings(parts: Iterable[Counter[int]], posting_months: int) -> None:
    """Refuse postings that are farther apart than the config says: their steps would be empty, or lose months.

    Parameters
    ----------
    parts : of `gaps`
    posting_months : months that a posting covers, by the config

    Raises
    ------
    DataError
        Nearly all gaps are multiples of an interval that is longer.
    """
    counts = Counter[int]()
    for part in parts:
        counts.update(part)
    total = counts.total()
    for interval in INTERVALS:
        fits = sum(count for gap, count in counts.items() if gap % interval == 0)
        if total < FEWEST or fits < SHARE * total:
            continue
        if interval > posting_months:
            raise DataError(
                f"tensors.posting_months: {posting_months} was given; of {total:,} gaps between a customer's months "
                f"with postings {fits / total:.0%} are {interval} months or a multiple of it.\n"
                f"Give {interval}, and steps of a multiple of {interval} months."
            )
        return
