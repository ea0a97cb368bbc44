"""The file names of cards: safe on every file system, and one for each customer."""

import difflib
import hashlib
import re
from bisect import bisect
from collections.abc import Iterable, Sequence
from urllib.parse import quote, unquote

from spendscape.core.errors import DataError

LONGEST_NAME = 150
# An unknown id is compared with so many known ones on either side; with all of them where there are few.
NEIGHBOURS, FEW = 5_000, 50_000


def file_name(customer: str) -> str:
    """The name, without ending, of a customer's card: safe on every file system, one per id.

    Everything but ASCII letters, digits, `_` and `-` is percent-encoded. An id that becomes longer
    than 150 characters, or is empty, is cut and followed by `~` and its SHA-256.
    """
    name = re.sub(r"[.~]", lambda match: f"%{ord(match[0]):02X}", quote(customer, safe=""))
    if 0 < len(name) <= LONGEST_NAME:
        return name
    digest = hashlib.sha256(customer.encode()).hexdigest()
    return f"{name[: LONGEST_NAME - len(digest) - 1]}~{digest}"


def named_id(name: str, customers: Iterable[object]) -> str:
    """The id that a card's file name stands for.

    Parameters
    ----------
    customers : ids, or Arrow scalars of them, among which one that was cut is looked for

    Raises
    ------
    DataError
        No id has this file name.
    """
    customer: str | None = unquote(name)
    if "~" in name:
        ids = (str(customer) for customer in customers)
        customer = next((known for known in ids if file_name(known) == name), None)
    if customer is None or file_name(customer) != name:
        raise DataError(
            f"explain/{name}.html: no customer has this card; expected an id of tensors/spending.parquet, "
            "percent-encoded outside A-Z a-z 0-9 _ and - (a dot is %2E)"
        )
    return customer


def nearest_ids(given: str, known: Sequence[str], count: int = 3) -> list[str]:
    """The known ids that are most like an unknown one."""
    if len(known) > FEW:
        ordered = sorted(known)
        place = bisect(ordered, given)
        known = ordered[max(0, place - NEIGHBOURS) : place + NEIGHBOURS]
    return difflib.get_close_matches(given, known, n=count)
