"""Families of surrogates find a linear truth, and the scores say how well."""

import numpy as np
import pandas as pd

from spendscape.explanation.chart import Chart
from spendscape.explanation.surrogate import (
    COLUMNS,
    Options,
    explain,
    fit_families,
    predict_states,
    score_angles,
    score_states,
)

OPTIONS = Options(
    ridge=[0.1, 1.0], polynomial_components=4, tree_leaf=20, bootstrap=50, seed=1
)  # fmt: skip
FAMILIES = {"linear", "polynomial", "ridge", "decision_tree", "unit_vector"}


def test_families_find_a_linear_truth_and_the_scores_say_so() -> None:
    random = np.random.default_rng(2)
    fractions = random.dirichlet(np.full(6, 2.0), 3000)
    outputs = fractions @ random.normal(size=(6, 2)) + 0.01 * random.normal(size=(3000, 2))
    chart = Chart(np.eye(3), np.zeros(3))
    angles = 0.4 * (outputs - outputs.mean(axis=0))
    r2: dict[str, float] = {}
    for name, predict in fit_families(
        fractions[:2000], chart.vectors(angles[:2000]), chart, OPTIONS
    ):
        found = predict(fractions[2000:])
        frame = score_angles(angles[2000:], found, chart, ["azimuth", "elevation"], 50, seed=1)
        assert (frame["low"] <= frame["high"]).all()
        r2[name] = frame.set_index(["target", "metric"])["value"].to_dict()["azimuth", "r2"]
    assert set(r2) == FAMILIES
    assert r2["linear"] > 0.99 and r2["decision_tree"] < r2["linear"]


def test_errors_across_the_seam_are_small() -> None:
    chart = Chart(np.eye(2), np.zeros(2))
    near_seam = np.pi - 0.01
    truth = np.array([[near_seam], [-near_seam], [0.3], [1.0]])
    predicted = np.array([[-near_seam], [near_seam], [0.3], [1.0]])
    scores = score_angles(truth, predicted, chart, ["azimuth"], 10, seed=1)
    values = scores.set_index(["target", "metric"])["value"]
    assert values["azimuth", "r2"] > 0.999
    assert values["azimuth", "circular_r2"] > 0.999
    assert values["direction", "p95_error_degrees"] < np.degrees(0.021)


def test_states_that_are_linear_in_all_fractions_are_found_and_others_are_not() -> None:
    random = np.random.default_rng(4)
    spending = random.dirichlet(np.ones(4), (300, 2))
    mixing = random.normal(size=(8, 6))
    hidden = (spending.reshape(300, -1) @ mixing).reshape(300, 2, 3)
    sides = (spending[:200], spending[200:])
    found = predict_states(sides[0], hidden[:200], sides[1])
    np.testing.assert_allclose(found, hidden[200:].reshape(100, -1), atol=1e-9)
    exact = score_states(sides, (hidden[:200], hidden[200:]), 20, 1)
    noise = random.normal(size=hidden.shape)
    poor = score_states(sides, (noise[:200], noise[200:]), 20, 1)
    assert exact["value"].item() > 0.999 and poor["value"].item() < 0.1


def test_the_explanation_scores_every_family_on_customers_that_it_was_not_fitted_to() -> None:
    random = np.random.default_rng(6)
    spending = random.dirichlet(np.ones(4), (400, 3))
    tastes = random.normal(size=(4, 3))
    hidden = np.tanh(np.array([1.0, 0.5, 0.5]) + 0.3 * np.cumsum(spending @ tastes, axis=1))
    split = np.repeat(["train", "validation", "test"], [250, 50, 100])
    published = random.normal(size=(4, 2))
    found = explain(spending, hidden, split, np.zeros(3), lambda _: published, OPTIONS)
    # What happens to the customers of validation changes nothing.
    hidden[split == "validation"] *= -1
    again = explain(spending, hidden, split, np.zeros(3), lambda _: published, OPTIONS)
    pd.testing.assert_frame_equal(found.scores, again.scores)
    assert list(found.scores.columns) == COLUMNS
    assert set(found.scores["family"]) == FAMILIES
    assert set(found.scores["split"]) == {"train", "test"}
    scores = found.scores.set_index(["family", "split", "target", "metric"])["value"]
    assert scores["linear", "test", "azimuth", "r2"] > 0.8
    predicted = found.linear(spending.mean(axis=1, dtype=np.float64))
    angles = found.chart.angles(found.chart.directions(hidden))
    assert np.abs(predicted - angles)[split == "test"].max() < 0.5
