"""The pages on the segments: stability, movers, purity."""

from typing import Any

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
    assert "Inside the long window, 1,234 test customers" in page.text
    assert "40 customers (4.0 %) have another dominant trait" in page.text
    assert "traits by the formula. Of the fit." in page.text


def test_the_page_says_how_many_movers_are_likely_and_how_many_of_them_by_chance() -> None:
    assert "too little before the recent one" in read_page("stability", stability()).text
    likely = MOVERS | {"likely": 12, "likely_share": 0.012, "false_discovery_rate": 0.2}
    text = read_page("stability", stability(movers=likely)).text
    assert "12 customers (1.2 %)" in text and "20.0 % of these expected by chance" in text
    assert "too little before" not in text


def test_without_a_recent_window_the_page_says_why() -> None:
    page = read_page(
        "stability", {"stability": {"customers": 9, "within_long": [], "across_windows": None}}
    )
    assert [row[0] for row in page.rows] == ["label from"]
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
        ("(all)", "state_angles", "silhouette", 1, 0.9),
        ("(mean)", "state_angles", "silhouette", 1, 0.5),
        ("(mean)", "state_angles", "balanced_accuracy", 2, 0.7),
        ("(mean)", HOSTILE, "silhouette", 1, 0.2),
    )
    assert read_page("purity", values).rows == [
        ["space", "balanced accuracy, level 2", "silhouette, level 1"],
        ["state angles", "0.70 (0.60–0.80)", "0.50 (0.40–0.60)"],
        [HOSTILE, "–", "0.20 (0.10–0.30)"],
    ]


def test_no_purity_leaves_a_head() -> None:
    assert read_page("purity", purity()).rows == [["space"]]
