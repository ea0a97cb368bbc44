"""The pages on the network: numbers as given, the formula or a measurement, and empty tables."""

from typing import Any

from page_reading import HOSTILE, read_page


def model(**changed: Any) -> dict[str, Any]:
    values = {
        "metrics": {
            "customers": {"train": 700, "test": 1300},
            "r2": {HOSTILE: {"value": 0.9, "low": 0.88, "high": 0.92}},
            "r2_all_traits": 0.85,
            "rank_ceiling": 0.97,
            "units": 3,
            "learning_rate": 0.001,
            "supervision": "every_step",
            "versions": {"keras": "3.15"},
        },
        "ledger": {
            "total": {"accepted": {"rows": 12345}},
            "first_month": "2019-01",
            "last_month": "2024-12",
        },
        "windows": {"long": {"in": 2000, "customers": 2100, "steps": 6, "months_per_step": 12}},
        "baselines": [
            {"model": "mean", "trait": HOSTILE, "r2": -0.01, "low": -0.02, "high": 0.0},
            {"model": "codes", "trait": HOSTILE, "r2": 0.5, "low": 0.4, "high": 0.6},
        ],
        "calibration": [
            {
                "trait": HOSTILE, "slope": 0.91, "slope_low": 0.85, "slope_high": 0.97,
                "intercept": 0.01, "intercept_low": -0.02, "intercept_high": 0.03,
                "bias_lowest": 0.125, "bias_highest": -0.25,
            }
        ],
        "formula": {"measured": None},
    }  # fmt: skip
    return values | changed


def test_the_model_card_shows_what_was_learned_how_well_and_how() -> None:
    page = read_page("model", model())
    assert ["transactions", "12,345, 2019-01 to 2024-12"] in page.rows
    assert ["customers", "2,000 of 2,100 have the window"] in page.rows
    assert ["train customers", "700"] in page.rows
    assert [HOSTILE, "0.90 (0.88–0.92)"] in page.rows
    assert ["model", HOSTILE] in page.rows
    assert ["mean", "−0.01 (−0.02 to 0.00)"] in page.rows
    assert ["codes", "0.50 (0.40–0.60)"] in page.rows
    slope, intercept = "0.91 (0.85–0.97)", "0.01 (−0.02 to 0.03)"
    assert [HOSTILE, slope, intercept, "0.125", "−0.250"] in page.rows
    assert ["learning rate", "0.001"] in page.rows and ["supervision", "every_step"] in page.rows
    assert ["keras", "3.15"] in page.rows
    assert "Test R² on 1,300 unseen customers" in page.text
    assert "A read-out of 3 units cannot exceed 0.970" in page.text
    assert "nearly exact by construction" in page.text and "What the traits are." in page.text


def test_measured_traits_are_not_exact_by_construction() -> None:
    page = read_page("model", model(formula={"measured": {"r2": {}}}))
    assert "by construction" not in page.text and "Codes are read out by least squares" in page.text


def test_a_model_card_without_baselines_has_empty_tables() -> None:
    page = read_page("model", model(baselines=[], calibration=[]))
    assert ["model"] in page.rows
    assert page.rows[page.rows.index(["model"]) + 1][0] == "trait"


def test_the_number_of_units_is_judged_by_mean_lowest_and_highest() -> None:
    rows = [
        {"units": 3, "seed": 1, "r2": 0.9, "ceiling": 0.99},
        {"units": 2, "seed": 1, "r2": 0.5, "ceiling": 0.85},
        {"units": 2, "seed": 2, "r2": 0.7, "ceiling": 0.85},
    ]
    page = read_page("elbow", {"elbow": rows, "choice": {"enough": 3, "customers": 5, "of": 5000}})
    assert page.rows[1:] == [
        ["2", "2", "0.600", "0.500", "0.700", "0.850"],
        ["3", "1", "0.900", "0.900", "0.900", "0.990"],
    ]
    assert "by the criterion 3 units are enough" in page.text
    unknown = {"enough": None, "customers": 5, "of": 5}
    text = read_page("elbow", {"elbow": rows, "choice": unknown}).text
    assert "no number of them is enough" in text and "more of them can be tried" in text
    assert "tested on, 5 of 5,000 customers (elbow.customers)" in page.text
    assert (
        len(
            read_page("elbow", {"elbow": [], "choice": {"enough": 3, "customers": 5, "of": 5}}).rows
        )
        == 1
    )


def retrained(quantity: str, value: float, low: float, high: float) -> dict[str, Any]:
    other = {f"other_supervision_{end}": value / 2 for end in ("value", "low", "high")}
    return {
        "quantity": quantity,
        "value": value,
        "lowest": low,
        "highest": high,
        "seeds": 5,
    } | other


def test_what_survives_retraining_is_apart_from_agreement_with_this_run() -> None:
    rows = [
        retrained("ends_in_a_fixed_point", 0.9, 0.85, 0.95),
        retrained("segment_level_1_equal", 1.0, 0.7, 0.8),
        retrained("aligned_states", 1.0, 0.1, 0.2),
        retrained(HOSTILE, 0.5, -0.627, 0.6),
    ]
    page = read_page("ensemble", {"ensemble": rows})
    assert page.rows[1] == [
        "ends in a fixed point",
        "0.900",
        "0.850 to 0.950",
        "0.450 (0.450–0.450)",
    ]
    assert page.rows[2][0] == HOSTILE and page.rows[2][2] == "−0.627 to 0.600"
    assert page.rows[4:] == [
        ["segment level 1 equal", "0.700 to 0.800"],
        ["aligned states", "0.100 to 0.200"],
    ]
    assert "5 networks that differ in their seed" in page.text


def test_no_retraining_leaves_two_heads() -> None:
    assert len(read_page("ensemble", {"ensemble": []}).rows) == 2
