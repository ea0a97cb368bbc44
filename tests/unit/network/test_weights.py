"""Weights as JSON."""

import json

import numpy as np
from synthetic import random_weights

from spendscape.network.weights import Weights


def test_weights_survive_json_exactly() -> None:
    weights = random_weights(3, 5, 2)
    again = Weights.from_json(weights.to_json())
    for name in ("kernel", "recurrent", "bias"):
        np.testing.assert_array_equal(getattr(weights.cell, name), getattr(again.cell, name))
    for name in ("output", "output_bias", "traits", "classes"):
        np.testing.assert_array_equal(getattr(weights, name), getattr(again, name))


def test_the_file_of_an_lstm_is_flat() -> None:
    """Readers outside the pipeline know these keys."""
    assert list(json.loads(random_weights(3, 5, 2).to_json())) == [
        "kernel", "recurrent", "bias", "output", "output_bias", "traits", "classes"
    ]  # fmt: skip
