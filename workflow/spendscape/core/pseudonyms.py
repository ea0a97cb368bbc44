"""Pseudonyms: customers by a keyed hash of their ids, the same in every table that a run reads."""

import hmac
import os
from collections.abc import Sequence
from types import SimpleNamespace

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


def secret(privacy: SimpleNamespace) -> bytes | None:
    """The key of the pseudonyms, from the environment; None where ids stay as they are.

    Raises
    ------
    DataError
        The environment does not have the key.
    """
    if not privacy.pseudonymise:
        return None
    if not os.environ.get(privacy.key_variable):
        raise DataError(
            f"privacy.key_variable: {privacy.key_variable!r} was given; the environment has no such variable"
        )
    return os.environ[privacy.key_variable].encode()
