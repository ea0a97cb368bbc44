"""Training: the folded scaling, what it learns, its errors and its repeatability."""

import numpy as np
import pandas as pd
import pytest

from spendscape.core.errors import DataError
from spendscape.core.statistics import weighted_r_squared
from spendscape.network import keras_model as model
from spendscape.network.lstm import trajectories

NAMES = (["a", "b", "c"], [f"class {k}" for k in range(5)])


@pytest.fixture(scope="module")
def data():
    random = np.random.default_rng(1)
    tastes = random.dirichlet(np.ones(5), 1200)
    inputs = np.stack([random.dirichlet(200 * t, 4) for t in tastes]).astype(np.float32)
    raw = inputs.mean(axis=1) @ random.normal(size=(5, 3))
    return inputs, np.clip((raw - raw.mean(axis=0)) / raw.std(axis=0) / 4, -1, 1)


def how(**changes) -> model.Training:
    settings = {"supervision": "every_step", "epochs": 25, "batch_size": 64, "learning_rate": 0.02}
    return model.Training(**(settings | {"patience": 8, "seed": 3} | changes))


def fit(data, **changes):
    inputs, targets = data
    rest = (inputs[1000:], targets[1000:])
    return model.train(inputs[:1000], targets[:1000], rest, 3, how(**changes), NAMES)


@pytest.mark.parametrize("supervision", ["every_step", "final_step"])
def test_training_learns_and_repeats(data, supervision):
    weights, history = fit(data, supervision=supervision)
    predicted = weights.outputs(trajectories(weights, data[0][1000:])[0][:, -1])
    assert weighted_r_squared(data[1][1000:], predicted) > 0.85
    assert history["loss"].iloc[-1] < history["loss"].iloc[0] / 3
    again, _ = fit(data, supervision=supervision)
    np.testing.assert_array_equal(weights.kernel, again.kernel)


def test_folding_the_scaling_changes_no_gate():
    random = np.random.default_rng(2)
    inputs = random.dirichlet(np.ones(5), (50, 4))
    inputs[..., 0] = 0.2
    mean, deviation = model.scaling(inputs)
    kernel, bias = random.normal(size=(5, 12)), random.normal(size=12)
    raw_kernel, raw_bias = model.fold(kernel, bias, mean, deviation)
    scaled = (inputs - mean) / deviation
    np.testing.assert_allclose(inputs @ raw_kernel + raw_bias, scaled @ kernel + bias, atol=1e-9)


def test_lengths_that_differ_are_refused(data):
    inputs, targets = data
    with pytest.raises(DataError, match="10 and 5 inputs were given, and 9 and 5 targets"):
        model.train(inputs[:10], targets[:9], (inputs[:5], targets[:5]), 2, how(), NAMES)


def test_rank_ceiling_bounds_a_projection():
    random = np.random.default_rng(3)
    traits = random.normal(size=(500, 2)) @ random.normal(size=(2, 4)) + 0.1 * random.normal(
        size=(500, 4)
    )
    ceiling = model.rank_ceiling(traits)
    centred = traits - traits.mean(axis=0)
    left, values, right = np.linalg.svd(centred, full_matrices=False)
    best = (left[:, :2] * values[:2]) @ right[:2]
    assert weighted_r_squared(centred, best) == pytest.approx(ceiling[1])
    assert ceiling[-1] == pytest.approx(1)


def test_elbow_takes_the_fewest_units_that_are_enough():
    scores = pd.DataFrame(
        {
            "units": [1, 1, 2, 2, 3, 3],
            "seed": [0, 1] * 3,
            "r2": [0.5, 0.6, 0.950, 0.951, 0.955, 0.956],
        }
    )
    assert model.choose_units(scores, 0.01) == 2


def test_baseline_codes_have_the_size_asked_for(data):
    rows = np.arange(1200) < 1000
    codes = model.baseline_codes(*data, (rows, ~rows), 2, how(epochs=2, supervision="final_step"))
    assert {name: code.shape for name, code in codes.items()} == {
        "feed_forward": (1200, 2),
        "auto_encoder": (1200, 2),
    }
