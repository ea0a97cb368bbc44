"""The page on what was planted and found."""

from page_reading import HOSTILE, read_page


def test_every_quantity_is_beside_its_target() -> None:
    rows = [
        {"quantity": "movers_likely", "value": 0.9, "low": 0.8, "high": 0.95, "target": 0.5},
        {"quantity": HOSTILE, "value": 0.9, "low": None, "high": None, "target": float("nan")},
    ]
    page = read_page("recovery", {"recovery": rows})
    assert page.rows == [
        ["quantity", "found", "target"],
        ["movers likely", "0.90 (0.80–0.95)", "0.500"],
        [HOSTILE, "0.900", "–"],
    ]
    assert "95 % bootstrap intervals. Of the fit." in page.text


def test_nothing_planted_leaves_a_head() -> None:
    assert len(read_page("recovery", {"recovery": []}).rows) == 1
