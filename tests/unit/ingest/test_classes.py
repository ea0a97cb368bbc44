"""How categories become classes."""

import re
from pathlib import Path

import pytest
from ingest_runs import READING, run

from spendscape.core.errors import DataError
from spendscape.ingest.class_tables import ClassTable
from spendscape.ingest.classes import ClassRules, assign_classes, classes_alike, taxonomy_classes


@pytest.mark.parametrize(
    ("rules", "classes", "mapping"),
    [
        (ClassRules(), ["a", "b", "pay"], {"a": "a", "b": "b", "pay": "pay"}),
        (ClassRules(excluded_categories=["pay"]), ["a", "b"], {"a": "a", "b": "b", "pay": None}),
        (ClassRules(class_map={"a": "z", "pay": "y", "b": "z"}), ["y", "z"], {"a": "z", "b": "z", "pay": "y"}),
        (ClassRules(class_map={"a": "b"}, unmapped="rest"), ["b", "rest"], {"a": "b", "b": "b", "pay": "rest"}),
        (ClassRules(["q", "b", "a"], unmapped="exclude"), ["q", "b", "a"], {"a": "a", "b": "b", "pay": None}),
        (ClassRules(["b", "a"], {"a": "b"}, unmapped="a"), ["b", "a"], {"a": "b", "b": "b", "pay": "a"}),
    ],
)  # fmt: skip
def test_categories_become_classes(
    rules: ClassRules, classes: list[str], mapping: dict[str, str | None]
) -> None:
    assert assign_classes({"a": 1, "b": 2, "pay": 3}, rules) == (classes, mapping)


def test_categories_without_a_class_are_named_with_the_nearest(tmp_path: Path) -> None:
    rows = {f"mystery {k}": k for k in range(1, 8)} | {"groceris": 1000}
    rules = ClassRules(taxonomy=["groceries", "rent"])
    with pytest.raises(DataError) as error:
        assign_classes(rows, rules)
    message = str(error.value)
    assert "8 categories have no class: 'groceris' (1,000 rows; nearest is 'groceries')" in message
    assert "'mystery 4' (4 rows)" in message
    assert "mystery 3" not in message, "five are enough"
    assert "ingest.unmapped" in message


@pytest.mark.parametrize(
    ("rules", "key"),
    [
        (ClassRules(["pubs"], {"bar": "pub"}), "ingest.class_map['bar']: 'pub'"),
        (ClassRules(["pubs"], unmapped="pub"), "ingest.unmapped: 'pub'"),
    ],
)
def test_a_class_that_the_taxonomy_does_not_have(rules: ClassRules, key: str) -> None:
    with pytest.raises(DataError, match=re.escape(key)) as error:
        assign_classes({"bar": 1}, rules)
    assert "nearest is 'pubs'" in str(error.value)


def test_the_taxonomy_table(tmp_path: Path) -> None:
    path = tmp_path / "classes.csv"
    path.write_text("# ours\nclass,group\nrent,home\nfood,daily\n")
    assert taxonomy_classes(str(path), "ingest.taxonomy") == ["rent", "food"]
    for text, words in [
        ("name\nrent\n", "a column class"),
        ("class\nrent\nrent\n", "'rent' more than once"),
        ("class\n", "no class"),
    ]:
        path.write_text(text)
        with pytest.raises(DataError, match=words):
            taxonomy_classes(str(path), "ingest.taxonomy")


def test_the_config_wins_over_the_tables() -> None:
    table = ClassTable({"x": "a", "y": None, "z": "b"}, [])
    rules = ClassRules(class_map={"x": "c"}, class_table=table, excluded_categories=["z"])
    classes, mapping = assign_classes({"x": 1, "y": 1, "z": 1}, rules)
    assert classes == ["a", "b", "c"] and mapping == {"x": "c", "y": None, "z": None}
    with pytest.raises(DataError, match=r"ingest\.class_tables: 'a' was given"):
        assign_classes({"x": 1}, ClassRules(taxonomy=["b", "c"], class_table=table))


def test_a_code_has_one_form_wherever_it_is_compared() -> None:
    rows = {"5411.0": 1, "5411": 2, "0742": 3}
    by_map = ClassRules(class_map={"5411": "food", "742.0": "vet"})
    assert assign_classes(rows, by_map)[1] == {"5411.0": "food", "5411": "food", "0742": "vet"}
    excluded = ClassRules(class_map={"742": "vet"}, excluded_categories=["5411"])
    assert assign_classes(rows, excluded)[1] == {"5411.0": None, "5411": None, "0742": "vet"}
    classes, mapping = assign_classes(rows, ClassRules())
    assert classes == ["5411", "742"] and set(mapping.values()) == set(classes)
    with pytest.raises(DataError, match="another entry gives the same code the class 'b'"):
        assign_classes(rows, ClassRules(class_map={"5411": "a", "5411.0": "b", "742": "a"}))


def test_an_empty_category_is_no_class() -> None:
    rows = {"": 1, "food": 2}
    assert assign_classes(rows, ClassRules(unmapped="exclude")) == (
        ["food"],
        {"": None, "food": "food"},
    )
    assert assign_classes(rows, ClassRules(unmapped="other")) == (
        ["food", "other"],
        {"": "other", "food": "food"},
    )
    with pytest.raises(DataError, match="1 category has no class: ''"):
        assign_classes(rows, ClassRules())


def test_classes_that_look_alike_are_said(tmp_path: Path) -> None:
    assert classes_alike(["Food", "food", "rent", "Bar & Pub", "bar_pub", "-", "+"]) == [["Food", "food"], ["Bar & Pub", "bar_pub"]]  # fmt: skip
    text = "payer,day,kind,money\na,2024-01-01,Food,1\na,2024-01-01,food,2\n"
    ledger, _, _ = run(tmp_path, {"a.csv": text.encode()}, READING, ClassRules())
    assert ledger["classes_that_look_alike"] == [["Food", "food"]]
    assert ledger["summary"].endswith("; classes that look alike: 'Food' and 'food'")
