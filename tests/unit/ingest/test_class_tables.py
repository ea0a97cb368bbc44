"""Class tables: what is read from them, and that the tables we ship fit the classes and the data."""

import csv
import json
import re
from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spendscape.core.errors import DataError
from spendscape.ingest.class_tables import (
    ClassTable,
    CodeRange,
    canonical,
    codes_by_class,
    combine,
    read_class_table,
)
from spendscape.ingest.classes import taxonomy_classes

ROOT = Path(__file__).parents[3]
TAXONOMY = ROOT / "config/taxonomy"
DATA = ROOT.parent / "shared/data"
CODES = TAXONOMY / "merchant_category_codes.csv"
# Categories, texts and ranges with their class.
Rows = tuple[dict[int, str | None], dict[str, str | None], list[tuple[int, int, str | None]]]
needs_data = pytest.mark.skipif(
    not DATA.is_dir(), reason="the folder ../shared/data is not on this machine"
)


def read(name: str) -> ClassTable:
    return read_class_table(str(TAXONOMY / name), "ingest.class_tables")


def table_of(tmp_path: Path, text: str | bytes) -> ClassTable:
    path = tmp_path / "table.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_class_table(str(path), "ingest.class_tables[0]")


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(line for line in file if not line.startswith("#")))


def column(path: Path, name: str, delimiter: str = ",") -> Counter[str]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return Counter(row[name] for row in csv.DictReader(file, delimiter=delimiter))


def test_codes_by_class_are_those_that_lead_there(tmp_path: Path) -> None:
    table = table_of(
        tmp_path, "category,class\n742,vets\n3001,rail\n3000-3003,airlines\n9000,\nAlpha,vets\n"
    )
    found = codes_by_class(table)
    assert found == {"vets": ["0742"], "rail": ["3001"], "airlines": ["3000", "3002", "3003"]}
    assert all(table.lookup(code) == name for name, codes in found.items() for code in codes)


# --- the tables that we ship


@pytest.mark.parametrize("name", ["merchant_category_codes.csv", "diary_merchants.csv"])
def test_every_class_is_in_the_taxonomy(name: str) -> None:
    known = taxonomy_classes(str(TAXONOMY / "classes.csv"), "taxonomy")
    assert read(name).classes <= set(known)


def test_merchant_category_codes_are_sorted_codes_and_ranges_with_a_label() -> None:
    rows = rows_of(CODES)
    firsts = [row["category"][:4] for row in rows]
    assert all(re.fullmatch(r"\d{4}(-\d{4})?", row["category"]) for row in rows)
    assert all(row["label"] == row["label"].strip().lower() != "" for row in rows)
    assert CODES.read_bytes().isascii()
    assert all(one < other for one, other in pairwise(firsts))


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("0742", "vets"),
        ("742", "vets"),
        ("5812.0", "restaurants"),
        ("3000", "airlines"),
        ("3350", "airlines"),
        ("3351", "car_hire"),
        ("3500", "car_hire"),
        ("3501", "hotels"),
        ("3999", "hotels"),
        ("3998", "rail"),  # its own row, inside the range of the hotels
        ("4829", None),
        ("6011", None),
        ("2999", ""),
        ("4000", ""),
        ("restaurants", ""),
    ],
)
def test_merchant_category_codes_of_known_meaning(code: str, expected: str | None) -> None:
    assert read("merchant_category_codes.csv").lookup(code) == expected


def test_what_only_moves_money_is_excluded() -> None:
    table = read("merchant_category_codes.csv")
    for code in (4829, 6010, 6011, 6012, 6050, 6051, 6211, 6532, 6533, 6536, 6537, 6538, 6540):
        assert table.lookup(str(code)) is None


@needs_data
def test_every_code_of_the_card_data_has_a_class_or_is_excluded() -> None:
    table = read("merchant_category_codes.csv")
    codes = set(json.loads((DATA / "cards/mcc_codes.json").read_text()))
    files = sorted((DATA / "cards").glob("*.csv"))
    for path in files:
        found = column(path, "MCC" if path.name.startswith("User") else "mcc")
        assert found
        codes |= set(found)
    assert len(files) == 6 and len(codes) > 100
    assert {code for code in codes if table.lookup(code) == ""} == set()


@needs_data
def test_most_card_payments_reach_a_class() -> None:
    """Of 30,000 payments, those without a class are the money transfers alone."""
    table = read("merchant_category_codes.csv")
    codes = column(DATA / "cards/transactions_data.csv", "mcc")
    classes = {code: table.lookup(code) for code in codes}
    assert "" not in classes.values()
    excluded = {code: rows for code, rows in codes.items() if classes[code] is None}
    assert set(excluded) == {"4829"}
    assert sum(codes.values()) == 30_000
    assert 1 - sum(excluded.values()) / 30_000 > 0.94
    assert len({name for name in classes.values() if name}) > 45


@needs_data
def test_every_merchant_of_the_diary_has_a_class_of_its_own() -> None:
    rows = set(column(DATA / "diary/diary.csv", "merchant")) - {""}
    table = read("diary_merchants.csv")
    assert len(rows) == 21 == len(table.classes)
    assert {table.lookup(name) for name in rows} == table.classes


@needs_data
def test_every_kind_of_the_bank_has_a_row() -> None:
    rows = column(DATA / "bank/trans_test.csv", "k_symbol", ";")
    table = read("bank_symbols.csv")
    assert " " in rows and "" in rows
    assert table.lookup(" ") == table.lookup("") == "unnamed"
    assert "" not in {table.lookup(kind) for kind in rows}
    assert [kind for kind in rows if table.lookup(kind) is None] == ["interest credited"]


# --- lookup


def test_text_is_looked_up_as_it_stands(tmp_path: Path) -> None:
    table = table_of(
        tmp_path,
        'label,class,category\n,books,"Novels, poems"\n# no row\n,food,Käse\n,food, Brot \n'
        ',,salary\n,food,7-Eleven\n,fun,"#1 toys"\n,other,\n',
    )
    wanted = {"Novels, poems": "books", "Käse": "food", "Brot": "food", "salary": None}
    wanted |= {"7-Eleven": "food", "#1 toys": "fun", "": "other"}
    assert {category: table.lookup(category) for category in wanted} == wanted
    assert table.lookup("\ufeff Brot\t") == "food"
    assert [table.lookup(other) for other in ("brot", "7", "Käs")] == ["", "", ""]
    assert table.classes == {"books", "food", "fun", "other"}


@pytest.mark.parametrize("text", ["٣", "²", "1" * 5000, "5812.5", "-5812", "5e3", "5,812"])
def test_what_is_no_code_is_a_text(tmp_path: Path, text: str) -> None:
    assert canonical(text) == text
    assert table_of(tmp_path, "category,class\n1-999999999,shop\n").lookup(text) == ""


NAMES = st.sampled_from(["food", "fun", "rent", None])


@st.composite
def tables(draw: st.DrawFn) -> Rows:
    """Rows of a table: categories of their own, and ranges that do not overlap."""
    ends = sorted(draw(st.sets(st.integers(0, 60), max_size=8)))
    ranges = [(*pair, draw(NAMES)) for pair in zip(ends[::2], ends[1::2], strict=False)]
    ranges += [(end, end, draw(NAMES)) for end in ends[len(ranges) * 2 :]]
    exact = draw(st.dictionaries(st.integers(0, 60), NAMES, max_size=8))
    texts = draw(st.dictionaries(st.sampled_from(["", "a", "a-1", "1 a", "x,y"]), NAMES))
    return exact, texts, ranges


def written(draw: Callable[[Any], Any], rows: Rows) -> str:
    """The rows as a CSV file: zeros, decimals, space, comments and order as they come."""
    exact, texts, ranges = rows
    zeros, tails = st.sampled_from(["", "0", "000"]), st.sampled_from(["", ".0", "."])
    lines = [f"{draw(zeros)}{code}{draw(tails)},{name or ''}" for code, name in exact.items()]
    lines += [f'" {text}",{name or ""}' for text, name in texts.items()]
    lines += [
        f"{draw(zeros)}{first}{draw(st.sampled_from(['-', ' - ', '–']))}{draw(zeros)}{last},{name or ''}"
        for first, last, name in ranges
    ]
    lines = draw(st.permutations([*lines, "# a comment, with a comma", ""]))
    return "\n".join(["category,class", *lines])


def plainly(rows: Rows, category: str) -> str | None:
    """A slow lookup that goes through all rows."""
    exact, texts, ranges = rows
    category = category.strip(" \t")
    number = category[: category.index(".")] if "." in category else category
    if number.isdigit():
        for code, name in exact.items():
            if int(number) == code:
                return name
        for first, last, name in ranges:
            if int(number) in list(range(first, last + 1)):
                return name
    return texts.get(category, "")


ASKED = [
    form.format(number) for number in range(63) for form in ("{}", "0{}", " {} ", "{}.0", "{}.")
] + ["", " ", "a", "a ", "a-1", "1 a", "x,y", "b", "1-2", "-1"]


@settings(deadline=None)
@given(st.data())
def test_lookup_against_a_slow_one(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    rows = data.draw(tables())
    folder = tmp_path_factory.mktemp("tables", numbered=True)
    text = written(data.draw, rows)
    if not any(rows):
        with pytest.raises(DataError, match="has no rows"):
            table_of(folder, text)
        return
    table = table_of(folder, text)
    for category in ASKED:
        assert table.lookup(category) == plainly(rows, category), category
    assert all(one.last < other.first for one, other in pairwise(table.ranges))


@settings(deadline=None)
@given(st.lists(tables(), max_size=4))
def test_later_tables_win(parts: list[Rows]) -> None:
    several = [
        ClassTable(
            {**{str(code): name for code, name in exact.items()}, **texts},
            tuple(CodeRange(*item) for item in ranges),
        )
        for exact, texts, ranges in parts
    ]
    one = combine(several)
    if not several:
        assert one is None
        return
    assert one is not None
    for category in ASKED:
        found = [table.lookup(category) for table in several]
        wanted = next((name for name in reversed(found) if name != ""), "")
        assert one.lookup(category) == wanted, category
    assert all(one.last < other.first for one, other in pairwise(one.ranges))


# --- mistakes


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "has no rows"),
        ("# only a comment\n", "has no rows"),
        ("category,class\n", "has no rows"),
        ("category;class\n5812;food\n", "line 1: has the columns category;class; expected"),
        ("category,category,class\na,b,c\n", "line 1: has the columns category, category, class"),
        ("# a\ncategory,class\n\n5812\n", r"line 4: has 1 fields; expected 2"),
        ("category,class\n5812,food,x\n", r"line 2: has 3 fields; expected 2"),
        (
            "category,class\n# a\n5812,a\n05812.0,b\n",
            "line 4: category '05812.0' is also in line 3",
        ),
        ("category,class\npub,a\n pub ,a\n", "line 3: category 'pub' is also in line 2"),
        ("category,class\n3350-3000,a\n", "line 2: the range 3350-3000 ends before it begins"),
        ("category,class\n1,a\n3000-x,a\n", "line 3: '3000-x' is no range"),
        ("category,class\n30O0-3350,a\n1,a\n", "line 2: '30O0-3350' is no range"),
        ("category,class\n1-2,a\n3000-,a\n", "line 3: '3000-' is no range"),
        ("category,class\n1-2,a\n-3350,a\n", "line 3: '-3350' is no range"),
        ("category,class\n1-2,a\n3-4-5,a\n", "line 3: '3-4-5' is no range"),
        (
            "category,class\n20-30,a\n5,a\n10-20,a\n",
            "line 4: its range overlaps that of line 2: 10-20 and 20-30",
        ),
        ("category,class\n1-5,a\n1-5,\n", "line 3: its range overlaps that of line 2"),
        ('category,class\n1,a\n"2,b\n', "line 3: is no row of a CSV file"),
        (b"category,class\n\xff\xfe,a\n", "is not UTF-8 text"),
    ],
)
def test_a_mistake_is_named_with_key_file_and_line(
    tmp_path: Path, text: str | bytes, fault: str
) -> None:
    with pytest.raises(DataError, match=fault) as caught:
        table_of(tmp_path, text)
    assert str(caught.value).startswith(f"ingest.class_tables[0]: {tmp_path / 'table.csv'}")
    assert str(caught.value).count("\n") <= 1


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be read"):
        read_class_table(str(tmp_path / "none.csv"), "ingest.class_tables[0]")


def test_line_ends_and_stacked_marks_of_a_windows_file(tmp_path: Path) -> None:
    table = table_of(tmp_path, b"\xef\xbb\xbf\xef\xbb\xbf# a\r\ncategory,class\r\n5812,food\r\n")
    assert table == ClassTable({"5812": "food"})
