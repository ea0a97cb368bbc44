"""Categories become classes by table: codes, ranges of codes, free text."""

import csv
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spendscape.class_tables import ClassTable, combine, read_class_table
from spendscape.errors import DataError
from spendscape.ledger import ClassRules, assign_classes, taxonomy_classes

ROOT = Path(__file__).parents[2]
CODES = ROOT / "config/taxonomy/merchant_category_codes.csv"
CARDS = ROOT / "../shared/data/cards"


@pytest.fixture(scope="module")
def codes():
    return read_class_table(str(CODES), "ingest.class_tables")


def test_every_class_of_the_codes_is_in_the_taxonomy(codes):
    assert codes.classes < set(taxonomy_classes(str(ROOT / "config/taxonomy/classes.csv"), "x"))
    labels = [line.split(",")[2] for line in CODES.read_text().splitlines()[5:]]
    assert all(labels) and len(set(labels)) == len(labels)


def test_airlines_hotels_and_car_hire_are_ranges(codes):
    assert [codes.lookup(c) for c in ("3000", "3350", "3351", "3500", "3501", "3999")] == [
        "airlines", "airlines", "car_hire", "car_hire", "hotels", "hotels",
    ]  # fmt: skip
    assert codes.lookup("5812") == codes.lookup("5812.0") == "restaurants"
    assert codes.lookup("742") == codes.lookup("0742") == "vets"
    assert codes.lookup("6011") is None and codes.lookup("1234") == "" == codes.lookup("food")


@pytest.mark.skipif(not CARDS.is_dir(), reason="the folder ../shared/data is not on this machine")
def test_every_code_of_real_card_payments_has_a_class(codes):
    named = set(json.loads((CARDS / "mcc_codes.json").read_text()))
    for path in CARDS.glob("*.csv"):
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
        named |= {row.get("mcc") or row["MCC"] for row in rows}
    assert len(named) > 100
    assert not [code for code in named if codes.lookup(code) == ""]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("code,class\n", "expected category and class"),
        ("category,class\n1,a\n0001,b\n", "'0001' twice"),
        ("category,class\nfood,a\nfood,b\n", "'food' twice"),
        ("category,class\n3000-3100,a\n3100-3200,b\n", "overlaps"),
        ("category,class\n3100-3000,a\n", "ends before it begins"),
    ],
)
def test_a_table_with_a_fault_is_refused(tmp_path, text, words):
    (tmp_path / "t.csv").write_text(text)
    with pytest.raises(DataError, match=words):
        read_class_table(str(tmp_path / "t.csv"), "ingest.class_tables")


TABLES = st.lists(
    st.tuples(st.integers(0, 60), st.integers(0, 8), st.sampled_from(["a", "b", ""])), max_size=6
)


@settings(max_examples=300, deadline=None)
@given(st.lists(TABLES, min_size=1, max_size=3), st.integers(0, 70))
def test_the_last_table_and_the_narrowest_row_win(tmp_path_factory, tables, code):
    read, expected = [], ""
    for rows in tables:
        single, spans = {}, []
        for first, width, own in rows:
            if not width:
                single.setdefault(first, own)
            elif not any(first <= b and a <= first + width for a, b, _ in spans):
                spans.append((first, first + width, own))
        path = tmp_path_factory.mktemp("t") / "t.csv"
        lines = [f"{a},{own}" for a, own in single.items()]
        lines += [f"{a:03d}-{b:03d},{own}" for a, b, own in spans]
        path.write_text(
            "\n".join(["# <comment>", "category,class,note", *[f"{x},n" for x in lines]])
        )
        read.append(read_class_table(str(path), "x"))
        for a, b, own in spans:
            expected = (own or None) if a <= code <= b else expected
        if code in single:
            expected = single[code] or None
    assert combine(read).lookup(str(code)) == expected
    assert combine([]) is None


def test_the_config_wins_over_the_tables():
    table = ClassTable({"x": "a", "y": None, "z": "b"}, [])
    rules = ClassRules(class_map={"x": "c"}, class_table=table, excluded_categories=["z"])
    classes, mapping = assign_classes({"x": 1, "y": 1, "z": 1}, rules)
    assert classes == ["a", "b", "c"] and mapping == {"x": "c", "y": None, "z": None}
    with pytest.raises(DataError, match=r"ingest\.class_tables: 'a' was given"):
        assign_classes({"x": 1}, ClassRules(taxonomy=["b", "c"], class_table=table))
