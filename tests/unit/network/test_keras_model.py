"""The network as a Keras model in a file."""

import time
from pathlib import Path

import keras
import numpy as np

from spendscape.network.keras_model import network, save
from spendscape.network.lstm import Lstm


def test_a_saved_model_has_the_same_bytes_at_another_time(tmp_path: Path) -> None:
    keras.utils.set_random_seed(1)
    # Layers are numbered from the session's first one, as in a job.
    keras.backend.clear_session()
    model, inputs = network(Lstm, 2, 3, 4, 2), np.random.default_rng(2).random((5, 3, 4))
    save(model, str(tmp_path / "one.keras"))
    time.sleep(2.1)  # A zip counts in two seconds.
    save(model, str(tmp_path / "other.keras"))
    keras.backend.clear_session()
    # Made anew, at another place in memory.
    copy = network(Lstm, 2, 3, 4, 2)
    copy.set_weights(model.get_weights())
    save(copy, str(tmp_path / "copy.keras"))
    one = (tmp_path / "one.keras").read_bytes()
    assert (tmp_path / "other.keras").read_bytes() == one
    assert (tmp_path / "copy.keras").read_bytes() == one
    again = keras.saving.load_model(tmp_path / "one.keras")
    np.testing.assert_array_equal(
        again.predict(inputs, verbose=0), model.predict(inputs, verbose=0)
    )
