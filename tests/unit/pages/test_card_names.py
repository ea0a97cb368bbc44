"""The file names of cards."""

import re

import pytest
from synthetic import HOSTILE

from spendscape.core.errors import DataError
from spendscape.pages.card_names import file_name, named_id, nearest_ids


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
    assert [named_id(name, ids) for name in made] == ids


@pytest.mark.parametrize("name", ["a%2eb", "%FF", "~" + "0" * 64, "a%2"])
def test_unknown_card_says_so(name: str) -> None:
    with pytest.raises(DataError, match=re.escape(f"explain/{name}.html")):
        named_id(name, ["a.b", "b"])


def test_the_nearest_of_few_and_of_many_ids_are_found() -> None:
    few = [f"C{k:04d}" for k in range(50)]
    assert nearest_ids("C0012x", few)[0] == "C0012"
    many = [f"C{k:07d}" for k in range(120_000)]
    assert nearest_ids("C0077777x", many)[0] == "C0077777"
    assert nearest_ids("nothing like it", few) == []
