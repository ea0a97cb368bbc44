"""Scores of known cases, and of movers planted in known noise."""

import numpy as np
import pandas as pd
import pytest

from spendscape.evaluation import recovery_scores as recovery

DRAWS, SEED = 50, 1


def test_traits_are_found_up_to_shift_scale_and_noise() -> None:
    rng = np.random.default_rng(1)
    planted = rng.standard_normal((4000, 2))
    found = 3 + 0.5 * planted + [0, 0.5] * rng.standard_normal((4000, 2))
    frame = recovery.trait_recovery(planted, found, ["a", "b"], DRAWS, SEED).set_index("quantity")
    assert list(frame.index) == ["trait_a", "trait_b"]
    assert frame.loc["trait_a", "value"] == pytest.approx(1)
    assert frame.loc["trait_b", "value"] == pytest.approx(0.5, abs=0.03)
    assert ((frame["low"] <= frame["value"]) & (frame["value"] <= frame["high"])).all()


def test_a_level_counts_when_all_above_it_agree() -> None:
    planted = np.array([list("abc")] * 4)
    found = np.array([list("abc"), list("acb"), list("bac"), list("bca")])
    frame = recovery.order_recovery(planted, found, 3, DRAWS, SEED)
    assert frame["value"].tolist() == [0.5, 0.25, 0.25]
    # More levels than traits are all traits.
    assert recovery.order_recovery(planted, found, 5, DRAWS, SEED).equals(frame)
    labels = recovery.label_recovery(planted[:, 0], found[:, 0], DRAWS, SEED)
    assert labels["value"].tolist() == [0.5]


def test_movers_are_scored_by_list_and_by_size() -> None:
    rng = np.random.default_rng(2)
    mover = rng.random(5000) < 0.05
    listed = mover & (rng.random(5000) < 0.5) | (rng.random(5000) < 0.01)
    sizes = {"good": mover + 0.1 * rng.random(5000), "useless": rng.random(5000)}
    frame = recovery.mover_recovery(mover, {"list": listed}, sizes, DRAWS, SEED)
    values = frame.set_index("quantity")["value"]
    assert values["list_recall"] == pytest.approx((mover & listed).sum() / mover.sum())
    assert values["list_precision"] == pytest.approx((mover & listed).sum() / listed.sum())
    assert values["useless"] < 0.15 and values["good"] == 1


def test_without_movers_there_is_no_recall() -> None:
    nobody = np.zeros(100, dtype=bool)
    sizes = {"movers_top": np.arange(100.0)}
    frame = recovery.mover_recovery(nobody, {"movers_likely": nobody}, sizes, DRAWS, SEED)
    assert frame["value"].isna().all() and (frame["target"] == 0.8).all()


def test_a_late_move_is_averaged_away() -> None:
    before, after = np.array([[1.0, 0], [1.0, 0]]), np.array([[0, 1.0], [0, 1.0]])
    limit = recovery.averaging_limit(before, after, np.array([7, 5]), recent=12, long=72)
    assert limit == 0.5


def test_delays_count_from_the_move_to_the_end_of_the_first_step_that_stays() -> None:
    labels = np.array([list("aabb"), list("abab"), list("bbbb"), list("aaaa")])
    moved = np.array(["2024-02", "2024-03", "2024-01", "2024-01"], dtype="datetime64[M]")
    ends = np.array(["2024-03", "2024-05", "2024-07", "2024-09"], dtype="datetime64[M]")
    found = recovery.delays(labels, np.array(list("bbbb")), moved, ends)
    np.testing.assert_array_equal(found, [5, 6, 2, np.nan])
    frame = recovery.delay_recovery(found, DRAWS, SEED).set_index("quantity")["value"]
    assert frame["movers_delay_months"] == 5 and frame["movers_new_trait_shown"] == 0.75


def test_coefficients_are_those_of_the_surrogates_scores() -> None:
    scores = pd.DataFrame(
        {
            "family": "state",
            "target": ["azimuth", "warmth"],
            "metric": ["r2", "correlation_with_coefficients"],
            "value": [0.1, 0.9],
            "low": 0.0,
            "high": 1.0,
        }
    )
    frame = recovery.coefficient_recovery(scores)
    assert frame[["quantity", "value"]].to_numpy().tolist() == [["coefficients_warmth", 0.9]]
