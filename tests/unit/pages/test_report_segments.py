"""The pages on the segments: stability, movers, purity."""

from typing import Any

import numpy as np
import pytest
from page_reading import HOSTILE, read_page

MOVERS = {"customers": 40, "share": 0.04}


def stability(**changed: Any) -> dict[str, Any]:
    ends = {"value": 0.9, "low": 0.8, "high": 0.95}
    within = {"labels": HOSTILE, "comparison": "previous_step", "step": 2} | ends
    across = {
        "by_the_network": [{"level": 1} | ends, {"level": 2} | ends],
        HOSTILE: [{"level": 1, "value": 0.5, "low": 0.4, "high": 0.6}],
    }
    values = {"customers": 1234, "within_long": [within], "across_windows": across}
    return {"stability": values | {"movers": MOVERS} | changed}


def test_stability_inside_the_long_window_and_across_windows() -> None:
    page = read_page("stability", stability())
    assert page.rows[1] == [HOSTILE, "previous step", "2", "0.90 (0.80–0.95)"]
    assert page.rows[2:] == [
        ["level", "by_the_network", HOSTILE],
        ["1", "0.90 (0.80–0.95)", "0.50 (0.40–0.60)"],
        ["2", "0.90 (0.80–0.95)", "–"],
    ]
    named = stability()
    named["stability"]["within_long"][0]["labels"] = "raw"
    assert read_page("stability", named).rows[1][0] == "spending, by the formula"
    assert "Inside the long window, 1,234 test customers" in page.text
    assert "40 customers (4.0 %) have another dominant trait" in page.text
    assert "traits by the formula. Of the fit." in page.text


def test_the_page_says_how_many_movers_are_likely_and_how_many_of_them_by_chance() -> None:
    assert "too little before the recent one" in read_page("stability", stability()).text
    likely = MOVERS | {
        "likely": 12,
        "likely_share": 0.012,
        "likely_same": 5,
        "false_discovery_rate": 0.2,
    }
    text = read_page("stability", stability(movers=likely)).text
    assert "12 customers (1.2 %)" in text and "20.0 % of these by chance; 5 of them keep" in text
    assert "too little before" not in text
    text = read_page("stability", stability(movers=likely | {"likely": 0})).text
    assert "No customer's traits changed by more" in text and "by chance" not in text


def test_moves_are_shown_without_the_number_of_a_few() -> None:
    own = {
        "from": "calm",
        "to": HOSTILE,
        "customers": 40,
        "turn_degrees": 12.0,
        "noise_degrees": 3.0,
    }
    rows = [
        own
        | {
            "likely": 31,
            "month": "2024-07",
            "more": "rent +£9 a year; gas +8 a year",
            "less": np.nan,
        },
        own | {"likely": np.nan, "month": np.nan, "more": "", "less": ""},
    ]
    likely = MOVERS | {
        "likely": 50,
        "likely_share": 0.05,
        "likely_same": 9,
        "false_discovery_rate": 0.2,
    }
    values = {"stability": stability(movers=likely)["stability"], "moves": rows, "naming": {"minimum_customers": 30}}  # fmt: skip
    page = read_page("movers", values)
    assert page.rows[1][3:7] == ["31", "12.0", "3.0", "2024-07"]
    assert page.rows[2][3] == page.rows[2][6] == "–"
    assert page.rows[1][7:] == ["rent +\u2060£9 a year; gas +8 a year", "–"]
    assert "9 of them keep their dominant trait" in page.text
    assert "fewer than 30 of them are likely movers" in page.text
    values["stability"]["movers"] = likely | {"likely": 0}
    text = read_page("movers", values).text
    assert "Nobody is a likely mover" in text and "expected" not in text


def test_a_segment_that_is_all_of_its_parent_is_not_told_again() -> None:
    own = {"customers": 60, "share": 0.6, "solid_angle": 0.5, "neutral": 0.1, "stayed": 0.9, "recent": np.nan, "attractor": "calm", "unnamed": 0}  # fmt: skip
    rows = [
        own | {"level": 1, "segment": "calm", "parent_share": 1.0, "more": "pets 2 %", "less": ""},
        own | {"level": 2, "segment": "calm > bold", "parent_share": 1.0, "more": "", "less": ""},
        own | {"level": 2, "segment": "open > bold", "parent_share": 0.4, "more": np.nan, "less": np.nan},
    ]  # fmt: skip
    naming = {"kept": {}, "minimum_customers": 30, "neutral": 0.1, "neutral_margin": 0.1}
    page = read_page("segments", {"segment_table": rows, "naming": naming, "margins": []})
    assert [row[0] for row in page.rows if "›" in row[0]] == ["open › bold"] * 2
    assert ["open › bold", "nothing", "nothing"] in page.rows
    assert ["calm", "pets 2 %", "nothing"] in page.rows
    assert "Not shown: 1 segment with all customers of the parent" in page.text
    assert "2 segments are named" in page.text and "Amounts are in EUR." in page.text


@pytest.mark.parametrize(("neutral", "noise"), [(0.5, False), (0.51, True)])
def test_the_page_says_when_most_are_neutral(neutral: float, noise: bool) -> None:
    naming = {"kept": {}, "minimum_customers": 30, "neutral": neutral, "neutral_margin": 0.1}
    text = read_page("segments", {"segment_table": [], "naming": naming, "margins": []}).text
    assert ("the segments are as likely noise as not" in text) == noise
    assert "A name needs 30 customers" in text and "The smallest has" not in text


def test_what_is_of_too_few_customers_is_told_as_such() -> None:
    alone = {"customers": 1, "value": None, "low": None, "high": None}
    naming = {
        "kept": {"next_step": alone},
        "minimum_customers": 30,
        "neutral": 0.9,
        "neutral_margin": 0.1,
    }
    values = {"segment_table": [], "naming": naming, "margins": []}
    text = read_page("segments", values).text
    assert "The others are too few (30 customers are needed)" in text
    assert "A name needs 30 customers" in text and "The smallest has" not in text
    naming["neutral"] = None
    assert "The test customers are too few (30 are needed)" in read_page("segments", values).text
    empty: dict[str, Any] = {"raw": [], "states": [], "surrogate": []}
    few = {"customers": 9, "within_long": [], "across_windows": empty, "movers": MOVERS}
    assert "(too few test customers: segm" in read_page("stability", {"stability": few}).text


def test_without_a_recent_window_the_page_says_why() -> None:
    page = read_page(
        "stability", {"stability": {"customers": 9, "within_long": [], "across_windows": None}}
    )
    assert page.rows == [] and "The test customers are too few" in page.text
    assert "tensors.recent is null in the config" in page.text
    assert "another dominant trait" not in page.text


def purity(*rows: tuple[str, str, str, int, float]) -> dict[str, Any]:
    return {
        "purity": [
            {"parent": parent, "space": space, "metric": metric, "level": level}
            | {"value": value, "low": value - 0.1, "high": value + 0.1}
            for parent, space, metric, level, value in rows
        ]
    }


def test_purity_shows_means_over_parents_by_space() -> None:
    values = purity(
        ("(all)", "state_directions", "silhouette", 1, 0.9),
        ("(mean)", "state_directions", "silhouette", 1, 0.5),
        ("(mean)", "state_directions", "balanced_accuracy", 2, 0.7),
        ("(mean)", HOSTILE, "silhouette", 1, 0.2),
    )
    assert read_page("purity", values).rows == [
        ["space", "balanced accuracy, level 2", "silhouette, level 1"],
        ["state directions", "0.70 (0.60–0.80)", "0.50 (0.40–0.60)"],
        [HOSTILE, "–", "0.20 (0.10–0.30)"],
    ]


def test_no_purity_leaves_a_head() -> None:
    assert read_page("purity", purity()).rows == [["space"]]


def decisions(**changed: Any) -> dict[str, Any]:
    rows = [("food", 0.2, -0.1, 0.75), (HOSTILE, 0.1, 0.05, 0.25)]
    swap = {"from": "food", "to": HOSTILE, "customers": 40, "fraction": 0.02, "money": 1234.5}
    values = {"customers": 1000, "verified": 990, "two_swaps": 10, "fraction": 0.019, "money": 180.4,
              "fewest": 30, "swaps": [swap], "not_listed": 940}  # fmt: skip
    names = ("class", "size", "mean", "largest")
    return {
        "contributions": [dict(zip(names, row, strict=True)) for row in rows],
        "swaps": values | changed,
    }


def test_decisions_are_told_for_all_customers_together() -> None:
    page = read_page("decisions", decisions())
    assert page.rows[1:3] == [
        ["food", "0.2000", "−0.1000", "75.0 %"],
        [HOSTILE, "0.1000", "0.0500", "25.0 %"],
    ]
    assert page.rows[4:] == [["food", HOSTILE, "40", "2.0 %", "1,234"]]
    assert "For 99.0 % of 1,000 customers a swap" in page.text and "1.0 % need two" in page.text
    assert "moves 1.9 % of all spending, 180 a year" in page.text
    assert "at least 30 customers; 940 customers have rarer ones" in page.text


def test_where_nothing_changes_a_label_no_median_is_told() -> None:
    nothing = decisions(verified=0, two_swaps=0, fraction=None, money=None, swaps=[], not_listed=0)
    page = read_page("decisions", nothing)
    assert "For 0.0 % of 1,000 customers" in page.text and "In the median" not in page.text
    assert "No single swap is that of 30 customers" in page.text
