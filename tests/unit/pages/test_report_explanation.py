"""The page on the surrogate models."""

from page_reading import HOSTILE, read_page

SCORES = [
    dict(zip(("family", "target", "split", "metric", "value", "low", "high"), row, strict=True))
    for row in [
        ("linear", "azimuth", "train", "r2", 0.81, 0.7, 0.9),
        ("linear", "azimuth", "test", "r2", 0.8, 0.7, 0.9),
        ("linear", "azimuth", "test", "median_error", 3.0, 2.0, 4.0),
        (HOSTILE, "azimuth", "test", "r2", 0.5, 0.4, 0.6),
        ("linear", "states", "test", "r2", 0.2, 0.1, 0.3),
        ("linear", "azimuth", "all", "correlation_with_formula", 0.6, 0.5, 0.7),
    ]
]


def test_families_are_compared_on_unseen_customers() -> None:
    page = read_page("surrogate", {"scores": SCORES})
    assert page.rows[:3] == [
        ["family", "azimuth: r2", "azimuth: median error"],
        ["linear", "0.80 (0.70–0.90)", "3.00 (2.00–4.00)"],
        [HOSTILE, "0.50 (0.40–0.60)", "–"],
    ]
    assert page.rows[4:] == [
        ["linear", "states", "r2", "test", "0.20 (0.10–0.30)"],
        ["linear", "azimuth", "correlation with formula", "all", "0.60 (0.50–0.70)"],
    ]
    assert "0.81" not in page.text and "Of the fit." in page.text


def test_no_scores_leave_two_heads() -> None:
    assert [row[0] for row in read_page("surrogate", {"scores": []}).rows] == ["family", "family"]
