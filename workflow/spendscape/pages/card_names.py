"""The file names of cards: safe on every file system, and one for each customer."""

import hashlib
import re
from collections.abc import Sequence
from urllib.parse import quote, unquote

from spendscape.core.errors import DataError

LONGEST_NAME = 150


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


def find_customer(name: str, customers: Sequence[str]) -> int:
    """The row of the customer whose card has this file name.

    Raises
    ------
    DataError
        No such customer.
    """
    if "~" in name:
        candidates = [k for k, customer in enumerate(customers) if file_name(customer) == name]
    else:
        wanted = unquote(name)
        candidates = [k for k, customer in enumerate(customers) if customer == wanted]
    if candidates and file_name(customers[candidates[0]]) == name:
        return candidates[0]
    raise DataError(
        f"explain/{name}.html: no customer of the long window has this card; expected an id of "
        "tensors/spending.parquet, percent-encoded outside A-Z a-z 0-9 _ and - (a dot is %2E).\n"
        "tensors/customers.parquet says which customers are not in it, and why."
    )
