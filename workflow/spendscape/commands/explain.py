"""`spendscape explain`, and the same for notebooks: why a customer has its segment.

import spendscape

spendscape.explain("results", "C0000438")
"""

from pathlib import Path

from spendscape.pages.answer_words import SHOWN, Explanation
from spendscape.pages.answers import read_answer


def explain(run: str | Path, customer: str, shown: int = SHOWN) -> Explanation:
    """Why a customer has its segment, how sure that is, what would change it, and where it is heading.

    Print what comes back, or let a notebook show it; `.answer` holds the numbers.

    Parameters
    ----------
    run : a results folder
    customer : an id as it is in the data
    shown : classes that are listed, the most influential first

    Raises
    ------
    DataError
        There is no such customer, or a file is missing; the message says the nearest ids, or the target that makes it.
    """
    return Explanation(read_answer(Path(run), customer), shown)
