"""Baselines and calibration, against data whose answer is known."""

import numpy as np
import pytest

from spendscape.evaluation.baselines import calibration, compare, least_squares


@pytest.fixture
def data():
    rng = np.random.default_rng(1)
    features = rng.dirichlet(np.ones(6), 4000)
    truth = features @ rng.normal(size=(6, 2)) + [0.5, -1]
    train = np.arange(4000) < 3000
    return rng, features, truth, train


def test_least_squares_finds_a_linear_formula(data):
    _, features, truth, train = data
    np.testing.assert_allclose(least_squares(features, truth, train), truth, atol=1e-9)


def test_the_comparison_tells_good_from_bad(data):
    rng, _, truth, train = data
    noise = rng.normal(size=truth.shape) * truth[train].std(axis=0)
    mean = np.broadcast_to(truth[train].mean(axis=0), truth.shape)
    ways = {"exact": truth, "noisy": truth + 0.5 * noise, "mean": mean}
    found = compare(truth, ways, ~train, ["a", "b"], 200, 1).set_index(["model", "trait"])
    assert found.loc[("exact", "a"), "r2"] == 1
    assert (found["low"] <= found["r2"]).all() and (found["r2"] <= found["high"]).all()
    for trait in "ab":
        assert found.loc[("noisy", trait), "low"] < 0.75 < found.loc[("noisy", trait), "high"]
        assert -0.02 < found.loc[("mean", trait), "r2"] <= 0


def test_calibration_finds_the_planted_line(data):
    rng, *_ = data
    x = rng.normal(size=(5000, 2))
    y = x * [1.0, 0.8] + [0.0, 0.3] + rng.normal(size=(5000, 2)) * 0.1
    found = calibration(y, x, ["good", "bad"], 200, 3).set_index("trait")
    for trait, slope, intercept in (("good", 1.0, 0.0), ("bad", 0.8, 0.3)):
        row = found.loc[trait]
        assert row["slope_low"] < slope < row["slope_high"] and abs(row["slope"] - slope) < 0.01
        assert row["intercept_low"] < intercept < row["intercept_high"]
    assert found.loc["bad", "bias_lowest"] > 0.5 > found.loc["good", "bias_lowest"]
