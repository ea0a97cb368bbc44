"""The windows that monthly sums allow, and how many customers each would leave: for `spendscape inspect`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from spendscape.core.errors import DataError
from spendscape.tensors.customers import month_range, read_customers
from spendscape.tensors.windows import IN, Window, choose, window_grid

# Lengths of a step that are tried, and numbers of steps.
LENGTHS = (12, 6, 4, 3, 2, 1)
STEPS = (6, 5, 4, 3, 2)
# Months that a posting may cover.
POSTINGS = (12, 6, 4, 3, 2)
# Customers that are held at once.
HELD = 2000


@dataclass(frozen=True)
class Possible:
    """Windows that the data allow.

    Attributes
    ----------
    posting_months : months that a posting covers
    customers : how many customers there are
    left : customers with a window of so many steps of so many months
    """

    posting_months: int
    customers: int
    left: Mapping[tuple[int, int], int]

    def chosen(self) -> tuple[int, int, int | None] | None:
        """Steps, months in a step, and months in a step of the recent window: as long as half of the customers stay.

        Six steps are chosen where a third of the customers have them; None where no window is possible.
        """
        for steps in STEPS:
            counts = {m: self.left.get((steps, m), 0) for m in LENGTHS}
            most = max(counts.values())
            if most and (most >= self.customers / 3 or steps == STEPS[-1]):
                months = next(m for m in LENGTHS if counts[m] >= most / 2)
                shorter = [m for m in LENGTHS if m < months and counts[m] >= counts[months] / 2]
                recent = min(shorter, key=lambda m: abs(m - months / 6), default=None)
                return steps, months, recent
        return None


def posting_months(months: Sequence[int]) -> int:
    """How many months a posting covers, by the months that have one: 12 for yearly ledgers, else 3, …, 1.

    It covers k months where, of every k months, the same few have all postings, and at least half of them none.
    """
    known = np.unique(np.asarray(months))
    for k in POSTINGS:
        used = np.unique(known % k)
        gaps = np.diff(np.append(used, used[0] + k)) - 1
        periods = (known - used[int(np.argmax(gaps)) + 1 - len(used)]) // k
        if gaps.max() >= k / 2 and len(np.unique(periods)) >= 2:
            return k
    return 1


def possible_windows(monthly: str, classes: Sequence[str], coverage: float) -> Possible:
    """The windows that monthly.parquet allows.

    Parameters
    ----------
    classes : the classes of its rows
    coverage : the share of a step's periods that need a posting
    """
    first, last = month_range(monthly)
    seen = set[int]()
    for part in read_customers(monthly, classes, HELD):
        seen.update(np.unique(part.month).tolist())
    posting = posting_months(sorted(seen))
    left: dict[tuple[int, int], int] = {}
    customers = 0
    for part in read_customers(monthly, classes, HELD):
        customers += len(part.ids)
        everyone = np.ones(len(part.ids), dtype=bool)
        for length in LENGTHS:
            for steps in STEPS:
                window = Window(steps, length, "latest")
                if length % posting:
                    continue
                try:
                    grid = window_grid(window, first, last, posting, coverage, "tensors.long")
                except DataError:
                    continue
                found, _ = choose(part, grid, window, len(classes), everyone)
                left[steps, length] = left.get((steps, length), 0) + found.verdict.count(IN)
    return Possible(posting, customers, left)
