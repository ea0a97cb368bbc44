"""Baselines and calibration, against data whose answer is known."""

import numpy as np
import pytest

from spendscape.core.arrays import Bools, Floats
from spendscape.core.statistics import bootstrap, r_squared
from spendscape.evaluation.baselines import (
    NETWORK,
    calibration,
    compare,
    least_squares,
    predictions,
)

Data = tuple[np.random.Generator, Floats, Floats, Bools]


@pytest.fixture
def data() -> Data:
    """Fractions, two traits that are linear in them, and which customers are for training."""
    random = np.random.default_rng(1)
    features = random.dirichlet(np.ones(6), 4000)
    truth = features @ random.normal(size=(6, 2)) + [0.5, -1]
    train = np.arange(4000) < 3000
    return random, features, truth, train


def test_least_squares_finds_a_linear_formula(data: Data) -> None:
    _, features, truth, train = data
    np.testing.assert_allclose(least_squares(features, truth, train), truth, atol=1e-9)


def test_every_way_of_predicting_is_fitted_to_the_training_customers_only(data: Data) -> None:
    random, features, truth, train = data
    codes = {"auto_encoder": features[:, :3] @ random.normal(size=(3, 3))}
    found = predictions(truth, train, features, truth + 0.1, codes)
    spoilt = np.where(train[:, None], truth, 100.0)
    again = predictions(spoilt, train, features, truth + 0.1, codes)
    names = ["mean of the training customers", "least squares from mean fractions"]
    assert list(found) == [*names, NETWORK, "code of the auto-encoder"]
    for name, predicted in found.items():
        np.testing.assert_allclose(again[name], predicted)
    np.testing.assert_allclose(found[names[0]], np.tile(truth[train].mean(axis=0), (4000, 1)))
    np.testing.assert_allclose(found[NETWORK], truth + 0.1)


def test_the_comparison_tells_good_from_bad(data: Data) -> None:
    random, _, truth, train = data
    noise = random.normal(size=truth.shape) * truth[train].std(axis=0)
    mean = np.broadcast_to(truth[train].mean(axis=0), truth.shape)
    ways = {"exact": truth, "noisy": truth + 0.5 * noise, "mean": mean}
    table = compare(truth, ways, ~train, ["a", "b"], 200, 1)
    # The intervals are those of model/metrics.json: one number has not two of them.
    again = bootstrap(lambda rows: r_squared(truth[~train][rows], ways["noisy"][~train][rows]), int((~train).sum()), 200, 1)  # fmt: skip
    noisy = table[table["model"] == "noisy"]
    np.testing.assert_allclose(noisy[["low", "high"]].to_numpy().T, again)
    assert (table["low"] <= table["r2"]).all() and (table["r2"] <= table["high"]).all()
    found = table.set_index(["model", "trait"]).to_dict("index")
    assert found["exact", "a"]["r2"] == 1
    for trait in "ab":
        assert found["noisy", trait]["low"] < 0.75 < found["noisy", trait]["high"]
        assert -0.02 < found["mean", trait]["r2"] <= 0


def test_calibration_finds_the_planted_line(data: Data) -> None:
    random, *_ = data
    x = random.normal(size=(5000, 2))
    y = x * [1.0, 0.8] + [0.0, 0.3] + random.normal(size=(5000, 2)) * 0.1
    found = calibration(y, x, ["good", "bad"], 500, 200, 3).set_index("trait").to_dict("index")
    for trait, slope, intercept in (("good", 1.0, 0.0), ("bad", 0.8, 0.3)):
        row = found[trait]
        assert row["slope_low"] < slope < row["slope_high"] and abs(row["slope"] - slope) < 0.01
        assert row["intercept_low"] < intercept < row["intercept_high"]
    assert found["bad"]["bias_lowest"] > 0.5 > found["good"]["bias_lowest"]
    few = calibration(y, x, ["good", "bad"], 501, 2, 3)
    assert few[["bias_lowest", "bias_highest"]].isna().all(axis=None)
