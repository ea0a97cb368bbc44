"""The report's tables: numbers as they are read, everything escaped, counts that add up."""

from html.parser import HTMLParser

import pandas as pd
import pytest

from spendscape.pages.report import tables as report
from spendscape.traits.words import NOT_A_PERSONALITY


class Text(HTMLParser):
    """The rows of every table of a page, as a browser sees them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.tags: list[str] = []
        self.open = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list) -> None:
        self.tags.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
            self.open = True

    def handle_endtag(self, tag: str) -> None:
        self.open = self.open and tag not in ("td", "th")

    def handle_data(self, data: str) -> None:
        if self.open:
            self.rows[-1][-1] += data


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (26000, "26,000"),
        (0, "0"),
        (0.12345, "0.123"),
        (-0.5, "−0.500"),
        (3.14159, "3.14"),
        (1234.5, "1,234.5"),
        (5.0, "5"),
        (1.2e-7, "1.2e−07"),
        (None, "–"),
        (float("nan"), "–"),
        (True, "yes"),
    ],
)
def test_a_number_reads_well(value, text):
    assert report.number(value) == text
    if value is not True:
        assert report.NUMERIC.fullmatch(text)


@pytest.mark.parametrize(
    ("ends", "text"),
    [
        ((0.98321, 0.98159, 0.98474), "0.983 (0.982–0.985)"),
        ((2.0431, 1.9726, 2.1152), "2.04 (1.97–2.12)"),
        ((-0.06, -0.15, 0.11), "−0.06 (−0.15 to 0.11)"),
        ((1.0, 1.0, 1.0), "1.000 (1.000–1.000)"),
        ((0.5, None, None), "0.500"),
        ((0.5, float("nan"), float("nan")), "0.500"),
    ],
)
def test_an_interval_has_decimals_that_tell_its_ends_apart(ends, text):
    assert report.interval(*ends) == text


def test_names_from_the_data_cannot_become_markup():
    name = '<script>alert("x")</script> & co'
    frame = pd.DataFrame({name: [name, 'a"b']})
    page = report.page(name, report.html_table(frame, name, name), report.paragraph(name))
    read = Text(page)
    assert "script" not in read.tags
    assert read.rows == [[name], [name], ['a"b']]


def test_numbers_stand_right_only_in_columns_of_numbers():
    frame = pd.DataFrame({"a": [1, 2], "b": ["1", "two"], "c": ["confirmed", "not confirmed"]})
    table = report.html_table(frame, "caption")
    assert table.count('class="number"') == 3  # the head and two cells of a
    assert '<td class="good">confirmed</td>' in table
    assert '<td class="bad">not confirmed</td>' in table


def test_a_long_table_is_cut_and_says_so():
    frame = pd.DataFrame({"a": range(report.MOST_ROWS + 5)})
    table = report.html_table(frame, "caption")
    assert table.count("<tr>") == report.MOST_ROWS + 1
    assert f"The first {report.MOST_ROWS} of {report.MOST_ROWS + 5} rows." in table


LEDGER = {
    "total": {
        "read": {"rows": 10, "amount": "99.50"},
        "accepted": {"rows": 7, "amount": "-1234567.5"},
        "quarantined": {"rows": 1, "reasons": {"bad_date": {"rows": 1, "amount": "2.00"}}},
        "excluded": {"rows": 2, "reasons": {"missing_amount": {"rows": 2, "amount": None}}},
    },
    "files": {
        "a.csv": {
            "read": {"rows": 10},
            "accepted": {"rows": 7, "amount": "97.50"},
            "quarantined": {"rows": 1},
            "excluded": {"rows": 2},
        }
    },
    "categories": [
        {"category": "rare", "class": None, "rows": 1, "amount": "1.00"},
        {"category": "often", "class": "food", "rows": 6, "amount": "96.50"},
    ],
    "classes": ["food"],
    "customers": {"read": 6, "accepted": 5},
    "first_month": "2019-01",
    "last_month": "2024-12",
}
WINDOWS = {
    "long": {
        "customers": 5,
        "in": 3,
        "steps": 6,
        "months_per_step": 12,
        "end": "latest",
        "first_month": "2019-01",
        "last_month": "2024-12",
        "negative_classes_zeroed": {"count": 0},
    }
}


def test_the_ledger_shows_every_verdict_and_a_missing_amount_is_a_dash():
    rows = Text(report.ledger_page(LEDGER)).rows
    assert ["accepted", "", "7", "70.0 %", "−1,234,567.50"] in rows
    assert ["excluded", "missing amount", "2", "20.0 %", "–"] in rows
    assert ["a.csv", "10", "7", "1", "2", "97.50"] in rows
    assert rows[-2:] == [["often", "food", "6", "96.50"], ["rare", "(excluded)", "1", "1.00"]]


def test_customers_are_counted_by_verdict_and_why_there_is_no_recent_window():
    verdicts = {"long": {"in": 3, "too few steps": 2}}
    why = report.no_recent_window(12)
    page = report.customers_page(LEDGER, WINDOWS, verdicts, {"train": 2, "test": 1}, why)
    rows = Text(page).rows
    assert ["in", "3", "60.0 %"] in rows
    assert ["too few steps", "2", "40.0 %"] in rows
    assert "a posting covers 12 months" in page


@pytest.mark.parametrize(
    "counts", [{"in": 3, "too few steps": 1}, {"in": 2, "too few steps": 3}, {}]
)
def test_customers_that_do_not_add_up_stop_the_report(counts):
    with pytest.raises(RuntimeError, match="do not add up"):
        report.customers_page(LEDGER, WINDOWS, {"long": counts}, {"train": 3}, "")


CLAIMS = pd.DataFrame(
    {
        "claim": ["holds", "fails", "in words"],
        "paper": ["0.78", "strong", "3"],
        "ours": ["0.98321", "0.2", "69 of 97"],
        "low": [0.98159, 0.1, None],
        "high": [0.98474, 0.3, None],
        "verdict": ["confirmed", "not confirmed", "not tested"],
        "rule": ["a", "b", "c"],
        "evidence": ["x.csv"] * 3,
        "retrained": ["survives: 0.97 to 0.99 over 5 seeds", None, ""],
    }
)


def test_claims_show_numbers_with_intervals_and_words_as_they_are():
    page = report.claims_page(CLAIMS, NOT_A_PERSONALITY)
    shown = [row[2] for row in Text(page).rows[1:]]
    assert shown == ["0.983 (0.982–0.985)", "0.20 (0.10–0.30)", "69 of 97"]
    assert "not a measured personality" in page


def test_the_summary_takes_the_worst_numbers_and_counts_the_claims():
    metrics = {
        "r2": {
            "a": {"value": 0.99, "low": 0.98, "high": 1.0},
            "b": {"value": 0.9, "low": 0.88, "high": 0.92},
        },
        "r2_all_traits": 0.95,
        "rank_ceiling": 0.97,
    }
    scores = pd.DataFrame(
        [
            ("linear", "azimuth", "test", "r2", 0.8, 0.7, 0.9),
            ("linear", "elevation", "test", "r2", 0.7, 0.6, 0.8),
            ("linear", "elevation", "train", "r2", 0.1, 0.0, 0.2),
            ("linear", "states", "test", "r2", 0.2, 0.1, 0.3),
            ("ridge", "azimuth", "test", "r2", 0.1, 0.0, 0.2),
        ],
        columns=["family", "target", "split", "metric", "value", "low", "high"],
    )
    why = report.no_recent_window(1)
    page = report.summary(
        LEDGER, WINDOWS, metrics, scores, {"verified": 3}, CLAIMS, why, NOT_A_PERSONALITY
    )
    rows = dict(Text(page).rows[1:])
    assert rows["test R² of the network, worst trait (b)"] == "0.90 (0.88–0.92)"
    assert rows["test R² of the linear surrogate, worst angle (elevation)"] == "0.70 (0.60–0.80)"
    assert rows["claims of the study"] == "1 confirmed, 1 not confirmed, 1 not tested"
    assert rows["rows read"] == "10 = 7 accepted + 1 quarantined + 2 excluded"
    assert "tensors.recent is null in the config" in page
    assert "not a measured personality" in page


def test_the_stability_page_says_how_many_movers_are_likely_and_how_many_of_them_by_chance():
    level = {"level": 1, "value": 0.9, "low": 0.8, "high": 0.95}
    movers = {"customers": 40, "share": 0.04}
    stability = {"customers": 9, "within_long": [], "across_windows": {"raw": [level]}}
    plain = report.stability_page(stability | {"movers": movers}, "", "")
    assert "too little before the recent one" in plain
    movers |= {"likely": 12, "likely_share": 0.012, "false_discovery_rate": 0.2}
    page = report.stability_page(stability | {"movers": movers}, "", "")
    assert "12 customers (1.2 %)" in page and "20.0 % of these expected by chance" in page
