"""The table of the study's claims: each row is complete, and each claim can be confirmed and fail."""

from dataclasses import fields, replace
from typing import Any

import pandas as pd
import pytest
from study_results import (
    cells,
    convergence,
    ensemble,
    formula,
    purity,
    scores,
    stability,
    study_results,
)

from spendscape.evaluation.claims import Claim, Condition, claims_table, judge
from spendscape.evaluation.quantities import Results, levels
from spendscape.evaluation.study_claims import CLAIMS
from spendscape.running.contract import CONTRACT, column_names

ROWS = [claim if isinstance(claim, Claim) else claim(1) for claim in CLAIMS]
NAMES = [claim.id for claim in ROWS]
FILES = {
    "formula": "tensors/traits.json",
    "scores": "surrogate/scores.csv",
    "coefficients": "surrogate/coefficients.csv",
    "inverse": "space/inverse.json",
    "elbow": "model/elbow.json",
    "ensemble": "model/ensemble.csv",
    "fixed_points": "dynamics/fixed_points.parquet",
    "attractors": "dynamics/attractors.json",
    "convergence": "dynamics/convergence.csv",
    "stability": "segments/stability.json",
    "purity": "segments/purity.csv",
    "cells": "segments/cells.csv",
}


class Watched(Results):
    """Results that remember which of them were read."""

    def __getattribute__(self, name: str) -> Any:
        if name in FILES:
            object.__getattribute__(self, "__dict__").setdefault("read", set()).add(FILES[name])
        return super().__getattribute__(name)


def judged(results: Results) -> dict[Any, dict[Any, Any]]:
    """claims.csv by id."""
    table = claims_table(CLAIMS, levels(results), results)
    return table.set_index("id").to_dict("index")


@pytest.mark.parametrize("claim", ROWS, ids=NAMES)
def test_a_row_is_complete(claim: Claim) -> None:
    assert claim.section and claim.words and claim.paper and claim.conditions
    given = study_results()
    results = Watched(**{field.name: getattr(given, field.name) for field in fields(given)})
    assert claim.quantity(results)
    assert claim.evidence in vars(results)["read"]


def test_ids_are_unique() -> None:
    assert len(set(NAMES)) == len(NAMES)


def test_the_table_and_its_evidence_are_those_of_the_results_contract() -> None:
    listed = {result.path: result for result in CONTRACT}
    assert {claim.evidence for claim in ROWS} <= listed.keys()
    table = claims_table(CLAIMS, [1], study_results())
    assert list(table.columns) == column_names(listed["claims.csv"])


def moved(condition: Condition) -> Condition:
    """The condition with a threshold that nothing meets."""
    return replace(condition, bound=-1e9 if "below" in condition.operator.words else 1e9)


@pytest.mark.parametrize("claim", ROWS, ids=NAMES)
def test_a_changed_threshold_changes_rule_and_verdict(claim: Claim) -> None:
    verdict, rule = judge(claim, study_results())
    assert verdict == ("confirmed" if claim.figure is None else "stronger")
    for k, condition in enumerate(claim.conditions):
        conditions = list(claim.conditions)
        conditions[k] = moved(condition)
        verdict, changed = judge(replace(claim, conditions=conditions), study_results())
        assert verdict == "contradicted"
        # A rule may name another quantity, such as the linear model's, without its number.
        assert changed != rule or callable(condition.bound)


@pytest.mark.parametrize("claim", [row for row in ROWS if row.rests_on], ids=lambda row: row.id)
def test_what_a_claim_rests_on_is_retrained(claim: Claim) -> None:
    said = judged(study_results())[claim.id]["retrained"]
    assert said.startswith("survives: ") and said.endswith(" over 5 seeds")


def test_a_claim_about_the_worst_rests_on_the_worst_of_every_seed() -> None:
    table = judged(study_results())
    worst = ("linear_reproduces_directions", "state_surrogate_reproduces_directions")
    assert [table[name]["retrained"] for name in worst] == [
        "survives: 0.850 to 0.900 over 5 seeds",
        "survives: 0.955 to 0.960 over 5 seeds",
    ]


def test_a_run_can_confirm_everything() -> None:
    found = judged(study_results())
    assert {row["verdict"] for row in found.values()} == {"confirmed", "stronger"}


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("linear_reproduces_directions", {"scores": scores(linear=0.79)}),
        ("polynomial_is_slightly_better", {"scores": scores(linear=0.9, polynomial=0.91)}),
        ("ridge_is_inferior", {"scores": scores(linear=0.9, ridge=0.89)}),
        ("decision_tree_is_inferior", {"scores": scores(linear=0.9, decision_tree=0.9)}),
        ("last_year_classifies_as_all_years", {"stability": stability(0.85, 0.84)}),
        ("last_year_classifies_as_all_years", {"stability": stability(0.5, 0.2)}),
        ("states_are_steadier_than_spending", {"stability": stability(0.85, 0.84)}),
        ("directions_separate_level_1", {"purity": purity(0.71, 0.7)}),
        ("surrogate_separates_level_1", {"purity": purity(0.71, 0.7)}),
        (
            "converges_to_location_from_true_traits",
            {"convergence": convergence(r2_of_location_from_true_traits=0.9)},
        ),
    ],
)
def test_a_claim_can_be_equal(name: str, changes: dict[str, Any]) -> None:
    (claim,) = [row for row in ROWS if row.id == name]
    assert judge(claim, study_results(**changes))[0] == "equal"


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("linear_reproduces_directions", {"scores": scores(linear=0.7)}),
        ("polynomial_is_slightly_better", {"scores": scores(linear=0.9, polynomial=0.85)}),
        ("ridge_is_inferior", {"scores": scores(linear=0.85, ridge=0.89)}),
        ("decision_tree_is_inferior", {"scores": scores(linear=0.8, decision_tree=0.9)}),
        (
            "uses_more_classes_than_the_formula",
            {"coefficients": study_results().coefficients.assign(nonzero=[True, True, False])},
        ),
        ("last_year_classifies_as_all_years", {"stability": stability(0.4, 0.2)}),
        ("states_are_steadier_than_spending", {"stability": stability(0.6, 0.84)}),
        ("directions_separate_level_1", {"purity": purity(0.6, 0.7)}),
        ("surrogate_separates_level_1", {"purity": purity(0.6, 0.7)}),
        ("orders_by_formula_and_by_enumeration", {"cells": cells()[:2]}),
        ("occupied_orders_exist", {"cells": cells(impossible=1)}),
        ("three_units_are_enough", {"elbow": {"enough": 4}}),
        ("printed_inverse_can_be_computed", {"inverse": {"literal": {"largest_error": 6.0}}}),
        (
            "converges_to_location_from_true_traits",
            {"convergence": convergence(r2_of_location_from_true_traits=0.8)},
        ),
        (
            "converges_to_location_from_last_output",
            {"convergence": convergence(r2_of_location_from_last_output=0.4)},
        ),
        (
            "some_have_not_converged",
            {"convergence": convergence(share_not_converged_after_extension=0.0)},
        ),
        (
            "stronger_traits_converge_quicker",
            {"convergence": convergence(correlation_of_strength_and_steps=0.3)},
        ),
        (
            "attractors_can_be_labelled",
            {"convergence": convergence(label_equals_true_dominant=0.5)},
        ),
        (
            "attractors_exist",
            {"fixed_points": pd.DataFrame({"verdict": ["certified"] * 9 + ["unconverged"]})},
        ),
        (
            "attractors_are_lines_or_points",
            {"attractors": {"traits": {"a": {"kind": "point"}, "b": {"kind": "sheet"}}}},
        ),
        ("attractors_are_lines_or_points", {"attractors": {"traits": {"a": {"customers": 0}}}}),
        ("lines_are_attractors_of_one_system", {"slow": 0.98}),
    ],
)
def test_a_claim_can_be_contradicted(name: str, changes: dict[str, Any]) -> None:
    (claim,) = [row for row in ROWS if row.id == name]
    assert judge(claim, study_results(**changes))[0] == "contradicted"


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        # The formula uses every class with money, so that no surrogate can use more.
        ("uses_more_classes_than_the_formula", {"formula": formula([[1.0], [0.5]])}),
        ("three_units_are_enough", {"elbow": {"enough": None}}),
    ],
)
def test_a_claim_that_nothing_could_decide_is_not_tested(
    name: str, changes: dict[str, Any]
) -> None:
    assert judged(study_results(**changes))[name]["verdict"] == "not tested"


def test_a_claim_with_a_figure_is_confirmed_near_it() -> None:
    found = judged(study_results(scores=scores(linear=0.8, polynomial=0.82)))
    assert found["linear_reproduces_directions"]["verdict"] == "confirmed"


def test_the_studys_claims_stand_apart_from_what_the_run_adds() -> None:
    table = claims_table(CLAIMS, [1], study_results())
    assert list(dict.fromkeys(table["table"])) == ["study", "explanation", "other supervision"]
    other = table["id"].str.startswith("other_supervision")
    assert (other == (table["table"] == "other supervision")).all()


def test_where_borders_are_planes_no_formula_counts_the_orders() -> None:
    found = judged(study_results(cells=cells(solid_angle=float("nan"))))
    row = found["orders_by_formula_and_by_enumeration"]
    assert (row["verdict"], row["ours"]) == ("not tested", "2 of 2 by enumeration")


def test_coefficients_of_too_few_classes_for_an_interval_prove_nothing() -> None:
    table = scores(linear=0.9)
    few = table["metric"] == "correlation_with_coefficients"
    table.loc[few, ["low", "high"]] = float("nan")
    row = judged(study_results(scores=table))["coefficients_correlate_with_the_formula"]
    assert row["verdict"] == "not tested"


def test_the_surrogate_is_judged_by_its_worse_angle_on_test_customers() -> None:
    row = judged(study_results())["linear_reproduces_directions"]
    assert row["ours"] == pytest.approx(0.875) and row["low"] == pytest.approx(0.865)


def test_classes_are_counted_in_words() -> None:
    row = judged(study_results())["uses_more_classes_than_the_formula"]
    assert row["ours"] == "2 of 2, against 1"


def test_classes_that_nobody_spends_on_count_on_neither_side() -> None:
    results = study_results()
    for unspent, said in (("a", "1 of 1, against 0"), ("b", "1 of 1, against 1")):
        table = results.coefficients.copy()
        table.loc[table["class"] == unspent, "users"] = 0.0
        row = judged(study_results(coefficients=table))["uses_more_classes_than_the_formula"]
        assert row["ours"] == said


def test_a_formula_fitted_to_measured_traits_proves_nothing_about_its_classes() -> None:
    fitted = formula([[1.0], [0.0]], measured={"r2": {}})
    found = judged(study_results(formula=fitted))
    assert found["uses_more_classes_than_the_formula"]["verdict"] == "not tested"
    correlated = found["coefficients_correlate_with_the_formula"]
    assert "the fitted formula's" in correlated["claim"]


def test_a_run_without_a_recent_window_says_so() -> None:
    alone = stability(0.85, 0.7) | {"across_windows": None}
    row = judged(study_results(stability=alone))["last_year_classifies_as_all_years"]
    assert (row["verdict"], row["ours"], row["rule"]) == (
        "not tested",
        "no recent window, or too few test customers (segments.minimum_customers)",
        "",
    )


def test_a_run_of_one_step_has_no_step_to_step() -> None:
    single = stability(0.85, 0.7) | {"within_long": []}
    row = judged(study_results(stability=single))["states_are_steadier_than_spending"]
    assert row["verdict"] == "not tested" and row["ours"].startswith("a single step, or too few")


def test_shares_of_too_few_test_customers_are_not_tested() -> None:
    few = {"within_long": [], "across_windows": {"raw": [], "states": [], "surrogate": []}}
    found = judged(study_results(stability=few))
    for name in ("last_year_classifies_as_all_years", "states_are_steadier_than_spending"):
        assert found[name]["verdict"] == "not tested"


def test_the_best_other_space_is_named() -> None:
    row = judged(study_results())["directions_separate_level_1"]
    assert row["rule"] == "interval above that of the best other space (auto_encoder, 0.700)"


def test_the_other_supervision_is_judged_by_the_same_rules() -> None:
    table = ensemble().assign(
        other_supervision_value=0.75, other_supervision_low=0.7, other_supervision_high=0.79
    )
    found = judged(study_results(ensemble=table))
    others = {name: row for name, row in found.items() if name.startswith("other_supervision")}
    assert len(others) == 3
    assert {row["verdict"] for row in others.values()} == {"contradicted"}
    assert all("final_step" in row["claim"] for row in others.values())
    located = others["other_supervision_location_from_true_traits"]["rule"]
    assert located == "interval at or above 0.9 (this run: 0.950)"
