"""An example that is not about banks: a network that remembers three bits (docs/explanation/dynamics.md)."""

from itertools import product

import numpy as np
import pytest
from synthetic import random_weights

from spendscape.core.arrays import Floats
from spendscape.dynamics.phase_portrait import portrait, starts_between, ways_down
from spendscape.network.lstm import Lstm
from spendscape.network.trajectories import trajectories

Trained = tuple[Lstm, Floats, Floats]


def trials(
    random: np.random.Generator, count: int, steps: int, rate: float = 0.15
) -> tuple[Floats, Floats]:
    """Pulses of ±1 on three channels [count, steps, 3], and the last pulse of each, to be remembered."""
    pulses = random.choice([-1.0, 0.0, 1.0], (count, steps, 3), p=[rate / 2, 1 - rate, rate / 2])
    pulses[:, 0] = random.choice([-1.0, 1.0], (count, 3))
    last = np.maximum.accumulate(np.where(pulses != 0, np.arange(steps)[:, None], 0), axis=1)
    return pulses, np.take_along_axis(pulses, last, axis=1)


def train(seed: int) -> tuple[list[Floats], list[Floats]]:
    """A Keras LSTM of three units and its output layer, trained for some seconds."""
    import keras

    keras.utils.set_random_seed(seed)
    random = np.random.default_rng(seed)
    x, y = trials(random, 1024, 24)
    # Without noise it learns to forget slowly, for as long as the trials last, and has few attractors.
    x += random.normal(0, 0.25, x.shape)
    start = keras.Input(x.shape[1:])
    hidden = keras.layers.LSTM(3, return_sequences=True, unroll=True)(start)
    model = keras.Model(start, keras.layers.Dense(3)(hidden))
    pace = keras.optimizers.schedules.CosineDecay(0.03, 30 * 16)
    model.compile(keras.optimizers.Adam(pace), "mse")
    model.fit(x, y, batch_size=64, epochs=30, verbose=0)
    return model.layers[1].get_weights(), model.layers[2].get_weights()


@pytest.fixture(scope="module")
def flip_flop() -> Trained:
    """The first network that still knows its bits after 3,000 steps of silence; some forget slowly."""
    bits = np.array(list(product([-1.0, 1.0], repeat=3)))
    silence = np.concatenate([bits[:, None], np.zeros((8, 3000, 3))], axis=1)
    for seed in range(1, 7):
        lstm, (matrix, offset) = train(seed)
        layer = Lstm.from_keras(*lstm)
        hidden, _ = trajectories(layer, silence)
        if (np.sign(hidden[:, -1] @ matrix + offset) == bits).all():
            return layer, matrix, offset
    raise AssertionError("no network of six learned to remember three bits")


def test_a_flip_flop_has_eight_attractors_and_saddles_between_them(flip_flop: Trained) -> None:
    layer, matrix, offset = flip_flop
    visited, _ = trajectories(layer, trials(np.random.default_rng(0), 200, 30)[0])
    starts = starts_between(visited.reshape(-1, 3), 3000, seed=1)
    found = portrait(layer, layer.bias, starts)
    drives = np.tile(layer.bias, (len(found.state), 1))
    miss = np.abs(layer.reduced_map(drives, found.state)[0] - found.state).max()
    assert miss < 1e-12
    assert np.isfinite(found.radius).all(), "every point is proved"

    attracting = found.unstable == 0
    outputs = found.state[attracting] @ matrix + offset
    bits = np.sign(outputs).astype(int).tolist()
    assert sorted(bits) == [list(corner) for corner in product([-1, 1], repeat=3)]
    assert np.abs(np.abs(outputs) - 1).max() < 0.5

    ways = ways_down(layer, layer.bias, found)
    assert len(ways) == (found.unstable == 1).sum() >= 7
    assert (ways >= 0).all() and (ways[:, 0] != ways[:, 1]).all()
    # The saddles tie all eight attractors together.
    group = {0}
    for _ in range(8):
        group |= {int(end) for way in ways if group & set(way.tolist()) for end in way}
    assert group == set(range(8))


def test_what_starts_do_not_lead_to_is_not_found_and_nothing_is_found_twice(
    flip_flop: Trained,
) -> None:
    layer, _, _ = flip_flop
    few = portrait(layer, layer.bias, np.zeros((5, 3)))
    assert len(few.state) <= 1
    starts = starts_between(np.zeros((1, 3)), 400, seed=2)
    found = portrait(layer, layer.bias, np.tile(starts, (2, 1)))
    distance = np.abs(found.state[:, None] - found.state).max(axis=2) + np.eye(len(found.state))
    assert distance.min() > 1e-6
    assert (np.diff(found.unstable) >= 0).all()


def test_a_network_without_fixed_points_gives_an_empty_portrait() -> None:
    cell = random_weights(2, 3, 2).cell
    cell.bias[:] = np.nan
    found = portrait(cell, cell.bias, np.zeros((4, 2)))
    assert found.state.shape == (0, 2)
    assert ways_down(cell, cell.bias, found).shape == (0, 2)
