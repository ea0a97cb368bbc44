"""Quantities are read from the rows that they name, and are None where a run lacks them."""

import numpy as np
import pandas as pd
import pytest
from study_results import ensemble, purity, scores, study_results

from spendscape.evaluation import quantities
from spendscape.evaluation.quantities import Measured


def test_a_number_without_an_interval_is_its_own_ends() -> None:
    assert (Measured(0.5).bottom, Measured(0.5).top) == (0.5, 0.5)
    assert (Measured(0.5, 0.4, 0.7).bottom, Measured(0.5, 0.4, 0.7).top) == (0.4, 0.7)


def test_the_worse_angle_counts_and_the_states_are_no_angle() -> None:
    table = scores(linear=0.99, ridge=0.5)
    results = study_results(scores=table)
    found = quantities.worst_angle("linear")(results)
    assert found and found.value == pytest.approx(0.985)
    gain = quantities.gain("ridge", "linear")(results)
    assert gain and gain.value == pytest.approx(-0.49)
    # The farther ends of the two intervals.
    assert gain.bottom == pytest.approx(-0.51) and gain.top == pytest.approx(-0.47)
    assert quantities.worst_angle("polynomial")(results) is None
    assert quantities.gain("polynomial", "linear")(results) is None


def test_the_surrogate_of_the_state_is_read_from_its_start() -> None:
    results = study_results()
    found = quantities.worst_component("state", "origin")(results)
    assert found and found.value == pytest.approx(0.955)
    assert quantities.worst_component("state", "zero")(results) is None
    assert quantities.worst_component("linear", "origin")(results) is None
    label = quantities.label_agreement("state")(results)
    assert label and label.value == pytest.approx(0.965)


def test_the_lowest_correlation_that_has_an_interval_counts() -> None:
    table = scores(linear=0.9)
    rows = table["target"] == "trait 0"
    table.loc[rows, ["value", "low", "high"]] = [0.5, np.nan, np.nan]
    found = quantities.correlation_with_formula(study_results(scores=table))
    assert found and found.value == 0.9


def test_orders_are_counted_where_all_traits_stand() -> None:
    results = study_results()
    found = quantities.orders_that_exist(results)
    assert found == Measured(2, words="2 of 2 by enumeration; 2 by the formula")
    occupied = quantities.customers_in_impossible_orders(results)
    assert occupied == Measured(0, words="0 customers; 1 orders are occupied")


def test_all_states_are_those_of_the_test_customers() -> None:
    found = quantities.all_states(study_results())
    assert found and found.value == 0.97 and found.bottom == pytest.approx(0.96)


def test_a_table_with_two_rows_of_one_name_is_refused() -> None:
    twice = pd.concat([scores(linear=0.9)] * 2)
    with pytest.raises(ValueError, match="2 rows"):
        quantities.all_states(study_results(scores=twice))


def test_levels_and_separation_are_means_over_the_parents() -> None:
    first = purity(0.9, 0.7)
    results = study_results(purity=pd.concat([first.assign(level=2), first]))
    assert quantities.levels(results) == [1, 2]
    ours, best = quantities.separation("state_directions", 2)(results), quantities.best_other_separation(2)(results)  # fmt: skip
    assert ours and best and (ours.value, best.value) == (0.9, 0.7)
    assert quantities.separation("state_directions", 3)(results) is None
    assert quantities.best_other_separation(3)(results) is None


def test_fixed_points_are_counted_by_their_verdicts() -> None:
    verdicts = ["certified", "verified", "verified", "unstable", "unconverged"]
    table = pd.DataFrame({"verdict": verdicts})
    found = quantities.ends_in_stable_fixed_points(study_results(fixed_points=table))
    assert found == Measured(0.6, words="3 of 5, 1 of them proved")


def test_loci_are_told_by_trait() -> None:
    traits = {"a": {"kind": "points"}, "b": {"kind": "volume"}, "c": {"customers": 0}}
    found = quantities.low_dimensional_loci(study_results(attractors={"traits": traits}))
    assert found and found.value == pytest.approx(1 / 3)
    assert found.words == "a: points, b: volume, c: no customers"


def test_a_quantity_that_the_other_supervision_lacks_is_missing() -> None:
    table = ensemble()
    table.loc[table["quantity"] == "r2_all_traits", "other_supervision_value"] = np.nan
    results = study_results(ensemble=table)
    assert quantities.other_supervision("r2_all_traits")(results) is None
    assert quantities.other_supervision("no_such")(results) is None
    assert quantities.this_run("no_such")(results) is None
    assert quantities.other_supervision("surrogate_states")(results) == Measured(0.95, 0.94, 0.96)
    assert quantities.this_run("surrogate_states")(results) == Measured(0.95)
