"""Pseudonyms: what they are, and that a short key is refused."""

import hashlib
import hmac

import pytest

from spendscape.core.errors import DataError
from spendscape.core.pseudonyms import SHORTEST_KEY, pseudonyms

KEY = b"0123456789abcdef"


def test_a_pseudonym_is_the_keyed_hash_of_the_id() -> None:
    names = ["C1", "C2", "", "Zoë", "C1"]
    found = pseudonyms(names, KEY)
    assert found == [hmac.new(KEY, name.encode(), hashlib.sha256).hexdigest() for name in names]
    assert found[0] == found[4] and len(set(found)) == 4
    assert not set(found) & set(pseudonyms(names, KEY[::-1]))
    # RFC 4231, test case 1.
    known = "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
    assert pseudonyms(["Hi There"], b"\x0b" * 20) == [known]


def test_a_short_key_is_refused_without_being_told() -> None:
    with pytest.raises(
        DataError, match=rf"has 15 bytes; expected {SHORTEST_KEY} or more"
    ) as caught:
        pseudonyms(["C1"], KEY[:-1])
    assert KEY[:-1].decode() not in str(caught.value)
