"""Whether trajectories end where it was said: scores of test customers, with their baseline."""

import numpy as np
import pytest

from spendscape.dynamics.convergence import Outcomes, convergence, means_of_own

RANDOM = np.random.default_rng(1)
COUNT = 60
SPLIT = np.array(["train", "test", "validation"] * (COUNT // 3))
OWN = np.array(["a", "b"] * (COUNT // 2))


def outcomes(known: np.ndarray | None = None) -> Outcomes:
    state = RANDOM.normal(size=(COUNT, 2)) + (OWN == "a")[:, None]
    strength = RANDOM.uniform(0, 1, COUNT)
    return Outcomes(
        state=state,
        label=np.where(np.arange(COUNT) < COUNT // 2, OWN, "b"),
        known=np.ones(COUNT, dtype=bool) if known is None else known,
        steps=(100 * strength).astype(np.int64),
        extended_distance=np.where(SPLIT == "test", 0.0, 1.0),
        locations={"exact": state.copy(), "wrong": -state},
        dominants={"true": OWN},
        strength=strength,
    )


def values(found: Outcomes) -> dict[str, float]:
    table = convergence(found, SPLIT, OWN, draws=20, seed=1).set_index("quantity")
    assert (table["low"] <= table["high"]).all()
    return dict(table["value"])


def test_only_test_customers_are_scored() -> None:
    found = values(outcomes())
    assert found["r2_of_exact"] == 1 and found["r2_of_wrong"] < 0
    assert found["share_not_converged_after_extension"] == 0
    assert found["correlation_of_strength_and_steps"] == pytest.approx(1, abs=0.01)
    # Half of the test customers are labelled right, and half of the others are b's.
    assert found["label_equals_true"] == pytest.approx(0.75)
    assert list(found)[:3] == ["r2_of_exact", "r2_of_wrong", "r2_of_mean_of_the_dominant_trait"]


def test_customers_without_a_fixed_point_do_not_count() -> None:
    known = np.ones(COUNT, dtype=bool)
    known[:10] = False
    found = outcomes(known)
    found.state[:10] = np.nan
    assert values(found)["r2_of_exact"] == 1


def test_customers_that_do_not_arrive_do_not_enter_the_rank_correlation() -> None:
    found = outcomes()
    found.steps[np.flatnonzero(SPLIT == "test")[:5]] = -1
    assert values(found)["correlation_of_strength_and_steps"] == pytest.approx(1, abs=0.01)


def test_the_baseline_knows_the_training_customers_only() -> None:
    state = np.array([[1.0], [3.0], [10.0], [99.0], [99.0]])
    own = np.array(["a", "a", "b", "a", "c"])
    train = np.array([True, True, True, False, False])
    found = means_of_own(state, own, train)[:, 0]
    assert found.tolist() == [2, 2, 10, 2, pytest.approx(14 / 3)]
