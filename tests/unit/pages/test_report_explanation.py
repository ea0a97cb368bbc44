"""The pages on the surrogate models and on the cells."""

from typing import Any

import pytest
from page_reading import HOSTILE, read_page

NAN = float("nan")
SCORE = ("family", "start", "target", "split", "metric", "value", "low", "high")
SCORES = [
    dict(zip(SCORE, row, strict=True))
    for row in [
        ("linear", "origin", "azimuth", "train", "r2", 0.81, 0.7, 0.9),
        ("linear", "origin", "azimuth", "test", "r2", 0.8, 0.7, 0.9),
        ("linear", "origin", "elevation", "test", "r2", NAN, NAN, NAN),
        ("linear", "origin", "direction_1", "test", "r2", 0.9, 0.8, 0.95),
        ("linear", "origin", "direction_2", "test", "r2", 0.6, 0.5, 0.7),
        ("linear", "origin", "direction", "test", "median_error_degrees", 3.0, 2.0, 4.0),
        ("linear", "origin", "direction", "test", "p95_error_degrees", 9.0, 8.0, 10.0),
        ("linear", "origin", "label", "test", "agreement", 0.5, 0.4, 0.6),
        (HOSTILE, "zero", "azimuth", "test", "r2", 0.5, 0.4, 0.6),
        ("linear", NAN, "states", "test", "r2", 0.2, 0.1, 0.3),
        ("state", NAN, "warmth", "train", "correlation_with_coefficients", 0.6, 0.5, 0.7),
    ]
]


def coefficients(*classes: tuple[str, int, str]) -> list[dict[str, Any]]:
    """surrogate/coefficients.csv of one unit and one trait, 1, 2, … by class; half of it for the trait."""
    rows: list[dict[str, Any]] = []
    for output, factor, error in (("state_1", 1.0, 0.25), ("warmth", 0.5, NAN)):
        for k, (name, users, column) in enumerate(classes):
            value = NAN if column == "unused" else factor * (k + 1.5)
            unknown = NAN if column == "unused" else error
            rows.append({"class": name, "output": output, "value": value, "standard_error": unknown,
                         "nonzero": True, "users": float(users), "column": column})  # fmt: skip
        rows.append({"class": "(intercept)", "output": output, "value": 0.1, "standard_error": NAN,
                     "nonzero": True, "users": NAN, "column": NAN})  # fmt: skip
    return rows


def test_families_are_compared_on_unseen_customers_from_each_start() -> None:
    page = read_page("surrogate", {"scores": SCORES, "coefficients": []})
    head, *rows = page.rows[:3]
    assert head[:3] == ["direction from", "family", "R² of the worst component"]
    assert rows == [
        ["where all traits are 0", "linear", "0.60 (0.50–0.70)", "0.80 (0.70–0.90)",
         "3.00 (2.00–4.00)", "9.00 (8.00–10.00)", "0.50 (0.40–0.60)"],
        ["the zero state", HOSTILE, "–", "0.50 (0.40–0.60)", "–", "–", "–"],
    ]  # fmt: skip
    assert page.rows[-2:] == [
        ["linear", "states", "r2", "test", "0.20 (0.10–0.30)"],
        ["state", "warmth", "correlation with coefficients", "train", "0.60 (0.50–0.70)"],
    ]
    assert "0.81" not in page.text and "Of the fit." in page.text


def test_coefficients_name_users_and_the_classes_that_share_or_have_none() -> None:
    table = coefficients(("food", 40, "own"), (HOSTILE, 2, "pooled"), ("yachts", 0, "unused"))
    page = read_page("surrogate", {"scores": [], "coefficients": table})
    assert page.rows[1:5] == [
        ["class", "users", "coefficient", "warmth"],
        ["food", "40", "own", "0.750"],
        [HOSTILE, "2", "pooled", "1.25"],
        ["yachts", "0", "unused", "–"],
    ]
    assert page.rows[5:8] == [
        ["class", "state 1"],
        ["food", "1.50 ± 0.250"],
        [HOSTILE, "2.50 ± 0.250"],
    ]
    assert f"share one coefficient (pooled): {HOSTILE}" in page.text
    assert "have no coefficient: yachts" in page.text
    page = read_page("surrogate", {"scores": [], "coefficients": coefficients(("food", 40, "own"))})
    assert "pooled)" not in page.text and "Nobody spends" not in page.text


def cells(solid_angle: float = 0.25) -> dict[str, Any]:
    """Three traits a, b, c of two units; one of six orders does not exist, one has no customer."""
    last = [("a > b > c", True, 7), ("a > c > b", True, 2), ("b > a > c", True, 0)]
    last += [("b > c > a", False, 0), ("c > a > b", True, 1), ("c > b > a", True, 1)]
    first = [("a", True, 9), ("b", True, 0), ("c", True, 2)]
    rows = [
        {"level": level, "order": order, "exists": exists, "customers": customers}
        for level, group in ((1, first), (3, last))
        for order, exists, customers in group
    ]
    return {
        "cells": [row | {"solid_angle": solid_angle, "share": 0.5} for row in rows],
        "metrics": {"units": 2},
        "naming": {"minimum_customers": 2},
    }


def test_cells_that_are_empty_and_that_are_impossible_are_told_apart() -> None:
    page = read_page("cells", cells())
    assert page.rows[1:3] == [["1", "3", "3", "0", "2", "1"], ["3", "6", "5", "1", "4", "1"]]
    assert (
        "With 2 units, 5 of the 6 orders of 3 traits exist" in page.text
        and "Cover's formula gives 6" in page.text
    )
    found = {row[0]: row[1:] for row in page.rows[8:]}
    assert found["a > b > c"] == ["occupied", "25.00 %", "7", "63.6 %"]
    # Nobody is pointed at: of one customer the page says that there are few.
    assert found["c > a > b"] == ["occupied", "25.00 %", "fewer than 2", "–"]
    assert found["a > c > b"][2:] == ["2", "18.2 %"]
    assert found["b > a > c"][0] == "empty" and found["b > c > a"][:2] == ["impossible", "–"]
    assert page.rows[-1][0] == "b > c > a"
    assert "Beside the directions" not in page.text


def test_customers_beside_the_directions_are_not_called_impossible() -> None:
    context = cells()
    (row,) = (row for row in context["cells"] if not row["exists"])
    row["customers"] = 1
    page = read_page("cells", context)
    assert "1 customer has an order that no direction has" in page.text
    found = {row[0]: row[1:] for row in page.rows[8:]}
    assert found["b > c > a"][0] == "beside the directions"


def test_where_borders_are_planes_no_share_of_directions_is_told() -> None:
    page = read_page("cells", cells(NAN))
    assert "planes beside the neutral state" in page.text and "Cover" not in page.text
    assert page.rows[4][2] == "–"


@pytest.mark.parametrize("name", ["a & b", HOSTILE])
def test_traits_may_have_any_name(name: str) -> None:
    values = cells()
    values["cells"][0]["order"] = name
    assert name in [row[0] for row in read_page("cells", values).rows]
