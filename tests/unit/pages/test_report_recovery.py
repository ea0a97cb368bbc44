"""The page on what was planted and found."""

from typing import Any

from page_reading import HOSTILE, read_page


def test_every_quantity_is_beside_its_target() -> None:
    rows = [
        {
            "quantity": "movers_likely_precision",
            "value": 0.9,
            "low": 0.8,
            "high": 0.95,
            "target": 0.5,
        },
        {"quantity": HOSTILE, "value": 0.9, "low": None, "high": None, "target": float("nan")},
    ]
    months: dict[str, Any] = {"value": 3.0, "low": 3.0, "high": 3.0, "target": float("nan")}
    rows += [{"quantity": name} | months for name in ("movers_delay_months", "segment_level_2")]
    page = read_page("recovery", {"recovery": rows})
    assert [row[1:] for row in page.rows[3:]] == [["3 (3–3)", "–"]] * 2
    assert page.rows[3][0].startswith("months from a move")
    assert page.rows[4][0] == "customers whose first 2 traits are the planted ones in their order"
    assert page.rows[:3] == [
        ["quantity", "found", "target"],
        ["of the likely movers: share who did move", "0.90 (0.80–0.95)", "0.500"],
        [HOSTILE, "0.900", "–"],
    ]
    assert "95 % bootstrap intervals. Of the fit." in page.text


def test_nothing_planted_leaves_a_head() -> None:
    assert len(read_page("recovery", {"recovery": []}).rows) == 1
