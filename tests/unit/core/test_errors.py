"""The nearest known name, in words."""

import pytest

from spendscape.core.errors import nearest

KNOWN = ["Groceries", "Rent", "Electricity"]


@pytest.mark.parametrize(
    ("given", "words", "wanted"),
    [
        ("Grocery", None, "; nearest is 'Groceries'"),
        ("rent", "did you mean {}?", "did you mean Rent?"),
        ("Rent", None, "; nearest is 'Rent'"),
        ("Xyz", None, ""),
        ("", None, ""),
    ],
)
def test_the_nearest_name_or_nothing(given: str, words: str | None, wanted: str) -> None:
    assert (nearest(given, KNOWN, words) if words else nearest(given, KNOWN)) == wanted
    assert nearest(given, []) == ""
