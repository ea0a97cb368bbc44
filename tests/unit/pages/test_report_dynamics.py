"""The page on fixed points and attractors: every label, also one that has no customers."""

from typing import Any

from page_reading import HOSTILE, read_page

CURVE = {
    "customers": 40,
    "kind": "curve",
    "locations": [
        {"position": [0.5, -0.25], "low": [0.4, -0.35], "high": [0.6, -0.15], "customers": 40}
    ],
    "polynomial": {
        "centre": [0.0, 0.0],
        "range": [-1.5, 2.0],
        "r2": 0.9,
        "r2_low": 0.8,
        "r2_high": 0.95,
    }
    | {
        f"coefficients{end}": [[0.1 + by, 0.2 + by], [1.0 + by, 2.0 + by], [0.0 + by, -1.0 + by]]
        for end, by in (("", 0.0), ("_low", -0.05), ("_high", 0.05))
    },
    "basin": {
        "customers_with_one_attractor": {"value": 1.0, "low": 1.0, "high": 1.0},
        "starts_that_end_here": {"value": 0.9, "low": 0.8, "high": 0.95},
    },
    "agreement": {
        "true": {"value": 0.7, "low": 0.6, "high": 0.8},
        "final": {"value": None, "low": None, "high": None},
    },
}
NOBODY: dict[str, Any] = {"customers": 0, "agreement": {}}


def values(traits: dict[str, Any]) -> dict[str, Any]:
    slow = {HOSTILE: {"spectral_radius": 0.5, "time_constant": 1.44, "slow": False}}
    return {
        "attractors": {"traits": traits, "slow_manifold": slow if traits else {}},
        "fixed_points": {"verdict": {"certified": 39, "verified": 1}, "label": {HOSTILE: 40}},
        "convergence": [{"quantity": "r2_of_location", "value": 0.9, "low": 0.8, "high": 0.95}],
    }


def test_what_the_fixed_points_form_and_where_they_are() -> None:
    rows = read_page("attractors", values({HOSTILE: CURVE, "empty": NOBODY})).rows
    assert rows[1:3] == [["certified", "39"], ["verified", "1"]]
    assert [HOSTILE, "curve", "40", "1", "1.000 (1.000–1.000)", "0.90 (0.80–0.95)", "0.70 (0.60–0.80)", "–"] in rows  # fmt: skip
    assert ["empty", "no customers", "0", "–", "–", "–", "–", "–"] in rows
    assert ["label", "place", "customers", "hidden state 1", "hidden state 2"] in rows
    assert [HOSTILE, "1", "40", "0.50 (0.40–0.60)", "−0.25 (−0.35 to −0.15)"] in rows
    first = [row for row in rows if row[:2] == [HOSTILE, "hidden state 1"]]
    assert first == [
        [HOSTILE, "hidden state 1", "0.10 (0.05–0.15)", "1.00 (0.95–1.05)", "0.00 (−0.05 to 0.05)",
         "−1.50", "2", "0.90 (0.80–0.95)"]
    ]  # fmt: skip
    second = next(row for row in rows if row[:2] == [HOSTILE, "hidden state 2"])
    assert second[3] == "2.00 (1.95–2.05)"
    assert [HOSTILE, "0.500", "1.44", "no"] in rows
    assert rows[-1] == ["r2 of location", "0.90 (0.80–0.95)"]


def test_labels_without_customers_leave_heads() -> None:
    rows = read_page("attractors", values({"empty": NOBODY})).rows
    assert ["label", "place", "customers"] in rows
    assert rows[rows.index(["label", "place", "customers"]) + 1][:2] == ["label", "component"]
    assert len(read_page("attractors", values({})).rows) == 9
