"""Tables of the report: how their cells look, and what is left out."""

from page_reading import HOSTILE, Reading

from spendscape.pages.environment import environment
from spendscape.pages.report.tables import MOST_ROWS, Table, counts, pivot

MACRO = '{% from "report/macros.html" import table %}{{ table(caption, content, note) }}'


def written(content: Table, caption: str = "caption", note: str = "") -> str:
    values = {"content": content, "caption": caption, "note": note}
    return environment().from_string(MACRO).render(values)


def test_names_from_the_data_cannot_become_markup() -> None:
    page = written(Table([HOSTILE], [[HOSTILE], ['a"b']]), HOSTILE, HOSTILE)
    read = Reading(page)
    assert "script" not in read.tags
    assert read.rows == [[HOSTILE], [HOSTILE], ['a"b']]
    assert read.text.count(HOSTILE) == 4


def test_numbers_are_aligned_right_only_in_columns_of_numbers() -> None:
    rows = [(1, "1", "confirmed", "w" * 50), (2, "two", "contradicted", "")]
    page = written(Table(["a", "b", "c", "d"], rows))
    assert page.count('class="number"') == 3  # the head and two cells of a
    assert '<td class="good">confirmed</td>' in page
    assert '<td class="bad">contradicted</td>' in page
    assert f'<td class="long">{"w" * 50}</td>' in page


def test_a_long_table_is_cut_and_says_so() -> None:
    page = written(Table(["a"], [[k] for k in range(MOST_ROWS + 5)]), note="A note.")
    assert page.count("<tr>") == MOST_ROWS + 1
    assert f"A note. The first {MOST_ROWS} of {MOST_ROWS + 5} rows." in page
    whole = written(Table(["a"], [[k] for k in range(MOST_ROWS)]))
    assert "The first" not in whole and 'class="note"' not in whole


def test_an_empty_table_keeps_its_head() -> None:
    assert Reading(written(Table(["a", "b"], []))).rows == [["a", "b"]]


def test_a_pivot_keeps_the_order_of_the_entries_and_fills_gaps() -> None:
    entries = [("y", "two", "1"), ("x", "one", "2"), ("x", "two", "3")]
    made = pivot(entries, "corner")
    assert (made.columns, made.rows) == (
        ["corner", "two", "one"],
        [["y", "1", "–"], ["x", "3", "2"]],
    )
    assert pivot(entries, "corner", ["one", "two"]).rows == [["y", "–", "1"], ["x", "2", "3"]]
    assert pivot([], "corner").columns == ["corner"]


def test_counts_begin_with_the_most_frequent() -> None:
    assert list(counts(["a", "b", "b", "c"]).items()) == [("b", 2), ("a", 1), ("c", 1)]
