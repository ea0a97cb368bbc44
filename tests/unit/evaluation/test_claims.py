"""The evaluator: operators, words of rules, verdicts, and what retraining leaves of them."""

from dataclasses import replace

import pytest
from study_results import ensemble, formula, study_results

from spendscape.evaluation import claims
from spendscape.evaluation.claims import Claim, Condition, Operator, claims_table, judge
from spendscape.evaluation.quantities import Measured, Results

YES, NO, SAME = "confirmed", "contradicted", "equal"
# What is found, its interval, the operator, the bound, and the verdict.
CASES: list[tuple[Operator, Measured, float, str, str]] = [
    (claims.AT_LEAST, Measured(0.5), 0.5, YES, "at or above 0.5"),
    (claims.AT_LEAST, Measured(0.4), 0.5, NO, "at or above 0.5"),
    (claims.ABOVE, Measured(0.6), 0.5, YES, "above 0.5"),
    (claims.ABOVE, Measured(0.5), 0.5, NO, "above 0.5"),
    (claims.BELOW, Measured(1e-7), 1e-6, YES, "below 1e-6"),
    (claims.BELOW, Measured(1e-6), 1e-6, NO, "below 1e-6"),
    (claims.EQUAL, Measured(3.0), 3, YES, "equal to 3"),
    (claims.EQUAL, Measured(4.0), 3, NO, "equal to 3"),
    (claims.INTERVAL_AT_LEAST, Measured(0.6, 0.5, 0.7), 0.5, YES, "interval at or above 0.5"),
    (claims.INTERVAL_AT_LEAST, Measured(0.6, 0.4, 0.7), 0.5, SAME, "interval at or above 0.5"),
    (claims.INTERVAL_AT_LEAST, Measured(0.6, 0.4, 0.7), 0.8, NO, "interval at or above 0.8"),
    (claims.INTERVAL_ABOVE, Measured(0.6, 0.51, 0.7), 0.5, YES, "interval above 0.5"),
    (claims.INTERVAL_ABOVE, Measured(0.6, 0.5, 0.7), 0.5, SAME, "interval above 0.5"),
    (claims.INTERVAL_ABOVE, Measured(0.6, 0.5, 0.7), 0.7, SAME, "interval above 0.7"),
    (claims.INTERVAL_ABOVE, Measured(0.6, 0.5, 0.7), 0.71, NO, "interval above 0.71"),
    (claims.INTERVAL_BELOW, Measured(-0.2, -0.3, -0.1), 0, YES, "interval below 0"),
    (claims.INTERVAL_BELOW, Measured(-0.2, -0.3, 0.0), 0, SAME, "interval below 0"),
    (claims.INTERVAL_BELOW, Measured(0.2, 0.1, 0.3), 0, NO, "interval below 0"),
]
OPERATORS = [value for value in vars(claims).values() if isinstance(value, Operator)]


def a_claim(found: Measured | None, *conditions: Condition) -> Claim:
    return Claim("an_id", "IV", "something", "0.78", "some.csv", lambda _: found, conditions)


@pytest.mark.parametrize(("operator", "found", "bound", "wanted", "words"), CASES)
def test_an_operator_gives_the_verdict_and_the_words_of_the_rule(
    operator: Operator,
    found: Measured,
    bound: float,
    wanted: str,
    words: str,
) -> None:
    verdict, rule = judge(a_claim(found, Condition(operator, bound)), study_results())
    assert verdict == wanted
    assert rule == words


def test_every_operator_is_tried_with_every_verdict() -> None:
    for operator in OPERATORS:
        wanted = {YES, NO, SAME} if operator.fails else {YES, NO}
        assert {verdict for tried, _, _, verdict, _ in CASES if tried is operator} == wanted


def test_a_claim_is_stronger_beyond_the_studys_figure_by_more_than_the_interval() -> None:
    def verdict(value: float, low: float, high: float) -> str:
        claim = a_claim(Measured(value, low, high), Condition(claims.INTERVAL_AT_LEAST, 0.5))
        said, rule = judge(replace(claim, figure=0.5), study_results())
        assert rule == (
            "interval at or above 0.5; stronger when above 0.5 by more than its interval's width"
        )
        return said

    assert verdict(0.71, 0.61, 0.81) == "stronger"
    assert verdict(0.69, 0.59, 0.79) == "confirmed"
    assert verdict(0.55, 0.45, 0.65) == "equal"
    assert verdict(0.3, 0.2, 0.4) == "contradicted"


def test_two_intervals_are_held_apart_by_their_nearer_ends() -> None:
    rival = Measured(0.5, 0.4, 0.6, "the rival")
    above = Condition(claims.INTERVAL_ABOVE, lambda _: rival)
    assert judge(a_claim(Measured(0.8, 0.61, 0.9), above), study_results()) == (
        "confirmed",
        "interval above the rival, 0.500",
    )
    assert judge(a_claim(Measured(0.8, 0.6, 0.9), above), study_results())[0] == "equal"
    assert judge(a_claim(Measured(0.3, 0.2, 0.39), above), study_results())[0] == "contradicted"
    below = Condition(claims.INTERVAL_BELOW, lambda _: rival)
    assert judge(a_claim(Measured(0.3, 0.2, 0.39), below), study_results())[0] == "confirmed"
    assert judge(a_claim(Measured(0.3, 0.2, 0.4), below), study_results())[0] == "equal"
    assert judge(a_claim(Measured(0.8, 0.61, 0.9), below), study_results())[0] == "contradicted"


def test_all_conditions_must_hold_and_all_are_named() -> None:
    found = Measured(0.6)
    low, high = Condition(claims.ABOVE, 0.5), Condition(claims.BELOW, 0.55, "but under {bound}")
    assert judge(a_claim(found, low, high), study_results()) == (
        "contradicted",
        "above 0.5, and but under 0.55",
    )
    unsure = Condition(claims.INTERVAL_ABOVE, lambda _: Measured(0.6, 0.4, 0.7))
    assert judge(a_claim(found, low, unsure), study_results())[0] == "equal"
    assert judge(a_claim(found, unsure, high), study_results())[0] == "contradicted"
    other = replace(high, of=lambda _: Measured(0.1))
    assert judge(a_claim(found, low, other), study_results())[0] == "confirmed"


def test_what_a_run_does_not_have_is_not_tested() -> None:
    condition = Condition(claims.ABOVE, 0.5)
    nothing = replace(a_claim(None, condition), missing="no recent window", rests_on=".*")
    without_bound = a_claim(
        Measured(0.6, words="six of ten"), Condition(claims.ABOVE, lambda _: None)
    )
    table = claims_table([nothing, without_bound], [], study_results())  # fmt: skip
    assert table["verdict"].tolist() == ["not tested"] * 2
    assert table["ours"].tolist() == ["no recent window", "six of ten"]
    assert table["rule"].tolist() == ["", ""] and table["retrained"].tolist() == ["", ""]


def test_a_changed_threshold_changes_verdict_and_rule_together() -> None:
    for threshold, verdict in ((0.5, "confirmed"), (0.7, "contradicted")):
        claim = a_claim(Measured(0.6), Condition(claims.ABOVE, threshold))
        assert judge(claim, study_results()) == (verdict, f"above {threshold}")


def test_a_number_beside_the_rule_is_told_and_left_out_when_it_is_missing() -> None:
    claim = a_claim(Measured(0.6), Condition(claims.ABOVE, 0.5))
    told = replace(claim, beside=("last year: {}", lambda _: Measured(0.25)))
    assert judge(told, study_results())[1] == "above 0.5 (last year: 0.250)"
    missing = replace(claim, beside=("last year: {}", lambda _: None))
    assert judge(missing, study_results())[1] == "above 0.5"


def test_words_name_the_formula_and_the_other_supervision() -> None:
    claim = a_claim(Measured(1.0), Condition(claims.ABOVE, 0))
    claim = replace(claim, words="{formula}, {other}")
    table = claims_table([claim], [], study_results())
    assert table["claim"].item() == "formula, final_step"
    fitted = formula([[1.0], [0.0]], measured={"r2": {}})
    table = claims_table([claim], [], study_results(formula=fitted, supervision="final_step"))
    assert table["claim"].item() == "fitted formula, every_step"


def test_a_claim_of_every_level_stands_once_for_each() -> None:
    def of(level: int) -> Claim:
        return replace(a_claim(Measured(float(level)), Condition(claims.ABOVE, 1)), id=f"l{level}")

    table = claims_table([of], [1, 2, 4], study_results())
    assert table["id"].tolist() == ["l1", "l2", "l4"]
    assert table["verdict"].tolist() == ["contradicted", "confirmed", "confirmed"]


def retrained(verdict: str, condition: Condition, **spreads: tuple[float, float]) -> str:
    claim = replace(a_claim(Measured(0.0), condition), rests_on="quantity_.*")
    named = {f"quantity_{name}": spread for name, spread in spreads.items()}
    results: Results = study_results(ensemble=ensemble(**named))
    return claims.after_retraining(claim, verdict, results)


def test_a_confirmed_claim_survives_when_every_seed_confirms_it() -> None:
    condition = Condition(claims.INTERVAL_AT_LEAST, 0.9)
    said = retrained("confirmed", condition, one=(0.96, 0.99), two=(0.9, 0.95))
    assert said == "survives: 0.900 to 0.990 over 5 seeds"
    said = retrained("confirmed", condition, one=(0.96, 0.99), two=(0.5, 0.95))
    assert said == "does not survive: 0.500 to 0.990 over 5 seeds"


def test_a_denied_claim_survives_when_no_seed_confirms_it() -> None:
    condition = Condition(claims.INTERVAL_AT_LEAST, 0.9)
    assert retrained("contradicted", condition, one=(0.2, 0.8)).startswith("survives")
    assert retrained("equal", condition, one=(0.2, 0.8)).startswith("survives")
    assert retrained("stronger", condition, one=(0.2, 0.8)).startswith("does not survive")
    assert retrained("contradicted", condition, one=(0.2, 0.99)).startswith("does not survive")
    # All quantities together must confirm it.
    said = retrained("contradicted", condition, one=(0.2, 0.99), two=(0.2, 0.8))
    assert said.startswith("survives")
    negative = Condition(claims.INTERVAL_BELOW, 0)
    assert retrained("contradicted", negative, one=(0.2, 0.5)).startswith("survives")
    assert retrained("contradicted", negative, one=(-0.4, 0.5)).startswith("does not survive")


def test_a_claim_that_rests_on_no_retrained_quantity_says_nothing_about_it() -> None:
    assert retrained("confirmed", Condition(claims.ABOVE, 0)) == ""
