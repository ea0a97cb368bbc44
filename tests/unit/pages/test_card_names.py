"""The file names of cards."""

import re

import pytest
from synthetic import HOSTILE

from spendscape.core.errors import DataError
from spendscape.pages.card_names import file_name, find_customer


def test_file_names_are_safe_and_different() -> None:
    ids = [
        *HOSTILE,
        "plain-Id_7",
        "a.b",
        "a%2Eb",
        "a~b",
        "",
        ".",
        "..",
        "x" * 1001,
        "漢" * 200,
        "CON:1",
        "a/b",
        "a\\b",
    ]
    made = [file_name(name) for name in ids]
    assert len(set(made)) == len(ids)
    assert all(re.fullmatch(r"[A-Za-z0-9_%~-]{1,150}", name) for name in made)
    assert file_name("plain-Id_7") == "plain-Id_7"
    assert file_name("a.b") == "a%2Eb"
    assert [find_customer(name, ids) for name in made] == list(range(len(ids)))


@pytest.mark.parametrize("name", ["nobody", "a%2eb", "%FF", "~" + "0" * 64, "a%2"])
def test_unknown_card_says_so(name: str) -> None:
    with pytest.raises(DataError, match=re.escape(f"explain/{name}.html")):
        find_customer(name, ["a.b", "b"])
