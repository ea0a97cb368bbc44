"""Pseudonyms: customers by a keyed hash of their ids, the same in every table that a run reads."""

import hmac
from collections.abc import Sequence

from spendscape.core.errors import DataError

SHORTEST_KEY = 16


def pseudonyms(names: Sequence[str], key: bytes) -> list[str]:
    """The HMAC-SHA-256 of each name, as hexadecimal text.

    Raises
    ------
    DataError
        The key is too short to keep anybody from trying all of them.
    """
    if len(key) < SHORTEST_KEY:
        raise DataError(
            f"privacy.key_variable: the key has {len(key)} bytes; expected {SHORTEST_KEY} or more"
        )
    return [hmac.digest(key, name.encode(), "sha256").hex() for name in names]
