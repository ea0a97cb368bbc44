"""Verdicts follow the stated rules: each claim is confirmed on one side of its rule and not on the other."""

from typing import Any

import pandas as pd
import pytest

from spendscape.evaluation.claims import (
    after_retraining,
    dynamics_claims,
    explanation_claims,
    segment_claims,
    supervision_claims,
)

ANGLES = ["azimuth", "elevation"]


def scores(**families: float) -> pd.DataFrame:
    rows = []
    for family, value in families.items():
        for angle, less in zip(ANGLES, (0.0, 0.005), strict=True):
            rows.append((family, angle, "test", "r2", value - less))
            rows.append((family, angle, "train", "r2", 0.999))
    rows.append(("linear", "states", "test", "r2", 0.97))
    rows += [("linear", angle, "train", "correlation_with_coefficients", 0.9) for angle in ANGLES]
    table = pd.DataFrame(rows, columns=["family", "target", "split", "metric", "value"])
    return table.assign(low=table["value"] - 0.01, high=table["value"] + 0.01)


def verdict(claims: list[Any], words: str) -> Any:
    (claim,) = [claim for claim in claims if words in claim.claim]
    return claim


@pytest.mark.parametrize(("linear", "expected"), [(0.9, "confirmed"), (0.78, "not confirmed")])
def test_the_surrogate_is_judged_by_its_worse_angle_on_test_customers(
    linear: float, expected: str
) -> None:
    coefficients = pd.DataFrame({"class": ["(intercept)", "a", "b"], "nonzero": [True, True, True]})
    formula = {"classes": ["a", "b"], "coefficients": [[1.0, 0.0], [0.0, 0.0]]}
    found = explanation_claims(
        scores(linear=linear, polynomial=linear + 0.01, ridge=linear, decision_tree=linear - 0.1),
        coefficients,
        formula,
    )
    claim = verdict(found, "A linear model of spending")
    assert claim.verdict == expected and claim.ours == pytest.approx(linear - 0.005)
    assert verdict(found, "polynomial").verdict == "confirmed"
    assert verdict(found, "Ridge").verdict == "not confirmed"
    assert verdict(found, "Decision tree").verdict == "confirmed"
    more = verdict(found, "more classes")
    assert more.ours == "2 of 2, against 1" and more.verdict == "confirmed"


def test_a_formula_fitted_to_measured_traits_proves_nothing_about_its_classes() -> None:
    coefficients = pd.DataFrame({"class": ["(intercept)", "a", "b"], "nonzero": [True, True, True]})
    formula = {"classes": ["a", "b"], "coefficients": [[1.0], [0.0]], "measured": {"r2": {}}}
    table = scores(linear=0.9, polynomial=0.9, ridge=0.9, decision_tree=0.9)
    found = explanation_claims(table, coefficients, formula)
    assert verdict(found, "more classes").verdict == "not tested"
    assert "the fitted formula's" in verdict(found, "correlate strongly").claim


def purity(ours: float, others: float) -> pd.DataFrame:
    spaces = ["raw_fractions", "raw_principal_components", "feed_forward", "auto_encoder"]
    rows = [(1, "(mean)", "state_angles", "balanced_accuracy", ours)]
    rows += [(1, "(mean)", space, "balanced_accuracy", others) for space in spaces]
    table = pd.DataFrame(rows, columns=["level", "parent", "space", "metric", "value"])
    return table.assign(low=table["value"] - 0.02, high=table["value"] + 0.02)


def interval(value: float) -> dict[str, float]:
    return {"value": value, "low": value - 0.01, "high": value + 0.01}


@pytest.mark.parametrize(
    ("ours", "expected"), [(0.9, "confirmed"), (0.71, "not confirmed"), (0.6, "not confirmed")]
)
def test_angles_must_beat_the_best_other_space_beyond_both_intervals(
    ours: float, expected: str
) -> None:
    stability = {"across_windows": None, "within_long": []}
    found = segment_claims(stability, purity(ours, 0.7))
    assert verdict(found, "level 1").verdict == expected
    assert verdict(found, "The last year alone").verdict == "not tested"


@pytest.mark.parametrize(("raw", "expected"), [(0.7, "confirmed"), (0.85, "not confirmed")])
def test_states_must_be_steadier_than_raw_traits(raw: float, expected: str) -> None:
    stability = {
        "across_windows": {"states": [interval(0.85)], "raw": [interval(raw)]},
        "within_long": [
            {"labels": name, "comparison": "previous_step"} | interval(value)
            for name, value in (("states", 0.85), ("raw", raw))
        ],
    }
    found = segment_claims(stability, purity(0.5, 0.5))
    assert verdict(found, "The last year alone").verdict == expected
    assert verdict(found, "Inside the long window").verdict == expected


def dynamics(**changes: Any) -> list[Any]:
    values = {
        "r2_of_location_from_true_traits": 0.95,
        "r2_of_location_from_last_output": 0.95,
        "r2_of_mean_of_the_dominant_trait": 0.5,
        "share_not_converged_after_extension": 0.02,
        "correlation_of_strength_and_steps": -0.3,
        "label_equals_true_dominant": 0.9,
    } | {name: value for name, value in changes.items() if "_" in name}
    table = pd.DataFrame([{"quantity": name} | interval(value) for name, value in values.items()])
    attractors = {
        "traits": {name: {"kind": kind} for name, kind in changes.get("kinds", {"a": "point"}).items()},
        "slow_manifold": {"(all)": {"spectral_radius": 0.97, "slow": changes.get("slow", True)}},
    }  # fmt: skip
    inverse = {"literal": {"largest_error": changes.get("error", 6.0)}}
    elbow = {"enough": changes.get("enough", 3)}
    return dynamics_claims(table, attractors, inverse, elbow, changes.get("verdicts", {"certified": 8, "verified": 1}))  # fmt: skip


@pytest.mark.parametrize(
    ("words", "against"),
    [
        ("Three units", {"enough": 4}),
        ("from the true traits", {"r2_of_location_from_true_traits": 0.9}),
        ("from the last output", {"r2_of_location_from_last_output": 0.4}),
        ("not fully converged", {"share_not_converged_after_extension": 0.0}),
        ("quicker the convergence", {"correlation_of_strength_and_steps": 0.3}),
        ("labelled", {"label_equals_true_dominant": 0.5}),
        ("Attractors exist", {"verdicts": {"certified": 9, "unconverged": 1}}),
        ("line attractor or point", {"kinds": {"a": "point", "b": "sheet"}}),
        ("attractors of one system", {"slow": False}),
    ],
)
def test_each_claim_of_the_dynamics_can_fail(words: str, against: dict[str, Any]) -> None:
    assert verdict(dynamics(), words).verdict == "confirmed"
    assert verdict(dynamics(**against), words).verdict == "not confirmed"


def test_the_printed_formula_counts_as_computable_only_when_it_meets_the_grid() -> None:
    assert verdict(dynamics(), "as printed").verdict == "not confirmed"
    assert verdict(dynamics(error=1e-9), "as printed").verdict == "confirmed"


def ensemble(**values: tuple[float, float]) -> pd.DataFrame:
    table = pd.DataFrame(
        [{"quantity": name, "value": low, "lowest": low, "highest": high} for name, (low, high) in values.items()]
    )  # fmt: skip
    return table.assign(
        seeds=5, other_supervision_value=0.5, other_supervision_low=0.4, other_supervision_high=0.6
    )


@pytest.mark.parametrize(
    ("spread", "expected"),
    [((0.96, 0.99), "survives"), ((0.5, 0.99), "does not survive")],
)
def test_a_claim_is_marked_when_a_seed_contradicts_it(
    spread: tuple[float, float], expected: str
) -> None:
    claim = verdict(dynamics(), "from the true traits")
    said = after_retraining(claim, ensemble(location_from_true_traits=spread))
    assert said.startswith(expected + ":") and "5 seeds" in said
    denied = verdict(dynamics(r2_of_location_from_true_traits=0.3), "from the true traits")
    said = after_retraining(denied, ensemble(location_from_true_traits=(0.2, spread[1])))
    assert said.startswith("does not survive")


def test_a_denied_claim_survives_when_no_seed_confirms_it() -> None:
    denied = verdict(dynamics(correlation_of_strength_and_steps=0.3), "quicker")
    said = after_retraining(denied, ensemble(correlation_of_strength_and_steps=(0.2, 0.5)))
    assert said.startswith("survives")
    said = after_retraining(denied, ensemble(correlation_of_strength_and_steps=(-0.4, 0.5)))
    assert said.startswith("does not survive")


def test_the_other_supervision_is_judged_by_the_same_rules() -> None:
    table = ensemble(
        r2_all_traits=(0.9, 0.9),
        location_from_true_traits=(0.9, 0.9),
        label_equals_true_dominant=(0.9, 0.9),
    )
    found = supervision_claims(table, "final_step")
    assert [claim.verdict for claim in found] == ["not confirmed"] * 3
    assert all("final_step" in claim.claim for claim in found)
