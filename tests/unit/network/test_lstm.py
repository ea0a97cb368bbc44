"""The LSTM map as arrays against Keras, and its trajectories."""

import numpy as np
import pytest
from synthetic import random_weights

from spendscape.network.keras_model import as_keras
from spendscape.network.lstm import Weights, extended, step, trajectories


@pytest.mark.parametrize(
    ("units", "classes", "traits", "steps"), [(3, 11, 5, 6), (1, 4, 2, 3), (4, 7, 3, 8)]
)
def test_states_and_outputs_are_those_of_keras(units, classes, traits, steps):
    import keras

    weights = random_weights(units, classes, traits)
    inputs = np.random.default_rng(2).dirichlet(np.ones(classes), (50, steps)).astype(np.float32)
    model = as_keras(weights, steps)
    inner = keras.Model(model.inputs, model.get_layer("lstm").output)
    hidden, _ = trajectories(weights, inputs)
    assert np.abs(inner.predict(inputs, verbose=0) - hidden).max() < 1e-6
    outputs = model.predict(inputs, verbose=0)
    assert np.abs(outputs - weights.outputs(hidden)).max() < 1e-6 * np.abs(outputs).max() * 10


def test_blocks_make_no_difference(monkeypatch):
    weights = random_weights(2, 5, 3)
    inputs = np.random.default_rng(3).dirichlet(np.ones(5), (40, 4))
    whole = trajectories(weights, inputs)
    monkeypatch.setattr("spendscape.network.lstm.BLOCK", 7)
    for one, other in zip(whole, trajectories(weights, inputs), strict=True):
        np.testing.assert_array_equal(one, other)


def test_extension_repeats_the_map():
    weights = random_weights(3, 5, 2)
    drive = weights.drive(np.random.default_rng(4).dirichlet(np.ones(5), 9))
    hidden = extended(weights, drive, 30)
    h = c = np.zeros((9, 3))
    for _ in range(30):
        h, c = step(weights, drive, h, c)
    np.testing.assert_allclose(hidden[:, -1], h, atol=1e-6)


def test_weights_survive_json_exactly():
    weights = random_weights(3, 5, 2)
    again = Weights.from_json(weights.to_json())
    for name, value in vars(weights).items():
        np.testing.assert_array_equal(value, getattr(again, name))
