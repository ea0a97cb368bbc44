"""What every cell promises: it is Keras' layer, and its derivatives are those of its maps."""

import keras
import numpy as np
import pytest
from differences import differences
from tanh_cell import Tanh

from spendscape.core.arrays import Floats
from spendscape.core.errors import DataError
from spendscape.dynamics import intervals
from spendscape.dynamics.fixed_points import CERTIFIED, fixed_points
from spendscape.dynamics.intervals import Ball
from spendscape.network.cell import Cell
from spendscape.network.cells import CELLS
from spendscape.network.keras_model import as_keras
from spendscape.network.trajectories import trajectories
from spendscape.network.weights import Weights

CLASSES = 6
# Beside the library's cells one without a memory.
KINDS: dict[str, type[Cell]] = {**CELLS, Tanh.name: Tanh}


@pytest.fixture(autouse=True)
def _every_kind_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(CELLS, Tanh.name, Tanh)


def random_arrays(kind: type[Cell], units: int, seed: int, size: float) -> list[Floats]:
    """Float32 values in the shapes that the Keras layer has."""
    layer = getattr(keras.layers, kind.keras_layer)(units)
    layer.build((None, None, CLASSES))
    random = np.random.default_rng(seed)
    arrays = (size * random.normal(size=array.shape) for array in layer.get_weights())
    return [array.astype(np.float32).astype(np.float64) for array in arrays]


def random_cell(kind: type[Cell], units: int, seed: int = 1, size: float = 1.0) -> Cell:
    return kind.from_keras(*random_arrays(kind, units, seed, size))


def baskets(*shape: int) -> Floats:
    return np.random.default_rng(2).dirichlet(np.ones(CLASSES), shape)


@pytest.fixture(params=[(name, units) for name in KINDS for units in (1, 3, 5)], ids=str)
def case(request: pytest.FixtureRequest) -> tuple[Cell, Floats, Floats, Floats]:
    """A cell, inputs [20, C], hidden states and memories."""
    name, units = request.param
    cell, random = random_cell(KINDS[name], units), np.random.default_rng(5)
    hidden = random.uniform(-0.9, 0.9, (20, units))
    return cell, baskets(20), hidden, random.normal(size=(20, cell.memory_units))


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize(("units", "steps"), [(3, 6), (1, 3), (4, 30)])
def test_states_and_outputs_are_those_of_keras(name: str, units: int, steps: int) -> None:
    cell, random = random_cell(KINDS[name], units), np.random.default_rng(3)
    output = random.normal(size=(units, 2)).astype(np.float32).astype(np.float64)
    classes = [f"class {k}" for k in range(CLASSES)]
    weights = Weights(cell, output, np.array([0.5, -0.25]), ["one", "other"], classes)
    inputs = baskets(50, steps).astype(np.float32)
    model = as_keras(weights, steps)
    inner = keras.Model(model.inputs, model.get_layer(name).output)
    hidden, _ = trajectories(cell, inputs)
    assert np.abs(inner.predict(inputs, verbose=0) - hidden).max() < 2e-6
    outputs = model.predict(inputs, verbose=0)
    assert np.abs(outputs - weights.outputs(hidden)).max() < 1e-5 * np.abs(outputs).max()
    again = Weights.from_json(weights.to_json())
    assert type(again.cell) is KINDS[name]
    for one, other in zip(cell.to_keras(), again.cell.to_keras(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_jacobian_of_the_step(case: tuple[Cell, Floats, Floats, Floats]) -> None:
    cell, inputs, hidden, memory = case
    drive, units = cell.drive(inputs), cell.units

    def whole(point: Floats) -> Floats:
        return np.concatenate(cell.step(drive, point[:, :units], point[:, units:]), axis=1)

    expected = differences(whole, np.concatenate([hidden, memory], axis=1))
    *moved, jacobian = cell.step_and_jacobian(drive, hidden, memory)
    np.testing.assert_allclose(jacobian, expected, atol=1e-8)
    for one, other in zip(moved, cell.step(drive, hidden, memory), strict=True):
        np.testing.assert_array_equal(one, other)


def test_jacobians_of_the_reduced_map(case: tuple[Cell, Floats, Floats, Floats]) -> None:
    cell, inputs, hidden, _ = case
    drive = cell.drive(inputs)
    expected = differences(lambda h: cell.reduced_map(drive, h)[0], hidden)
    *rest, jacobian = cell.reduced_map_and_jacobian(drive, hidden)
    np.testing.assert_allclose(jacobian, expected, atol=1e-7)
    for one, other in zip(rest, cell.reduced_map(drive, hidden), strict=True):
        np.testing.assert_array_equal(one, other)
    expected = differences(lambda u: cell.reduced_map(cell.drive(u), hidden)[0], inputs)
    np.testing.assert_allclose(cell.input_jacobian(drive, hidden), expected, atol=1e-7)


def test_the_memory_of_the_reduced_map_is_at_rest(
    case: tuple[Cell, Floats, Floats, Floats],
) -> None:
    """While the hidden state is held, a step moves the memory no more, and shows G."""
    cell, inputs, hidden, _ = case
    drive = cell.drive(inputs)
    shown, memory = cell.reduced_map(drive, hidden)
    after = cell.step(drive, hidden, memory)
    np.testing.assert_allclose(after[0], shown, atol=1e-12)
    np.testing.assert_allclose(after[1], memory, rtol=1e-9, atol=1e-12)


def test_intervals_hold_what_floats_give(case: tuple[Cell, Floats, Floats, Floats]) -> None:
    cell, inputs, hidden, memory = case
    drive, random = cell.drive(inputs), np.random.default_rng(6)
    h_ball, c_ball = (Ball(part, np.full(part.shape, 1e-3)) for part in (hidden, memory))
    balls = (
        *cell.step_and_jacobian(drive, h_ball, c_ball, intervals),
        *cell.reduced_map_and_jacobian(drive, h_ball, intervals),
    )
    for _ in range(5):
        h, c = (part + random.uniform(-1e-3, 1e-3, part.shape) for part in (hidden, memory))
        found = (
            *cell.step_and_jacobian(drive, h, c),
            *cell.reduced_map_and_jacobian(drive, h),
        )
        for ball, value in zip(balls, found, strict=True):
            # Floats are rounded, the balls hold what is not.
            assert (np.abs(value - ball.mid) <= ball.rad + 1e-12 * (1 + np.abs(value))).all()


@pytest.mark.parametrize("name", KINDS)
def test_its_fixed_points_are_found_and_proved(name: str) -> None:
    cell = random_cell(KINDS[name], 3, size=0.3)
    drive = cell.drive(baskets(30))
    found = fixed_points(cell, drive)
    assert (found.verdict == CERTIFIED).all()
    after = cell.step(drive, found.state, found.cell)
    np.testing.assert_allclose(after[0], found.state, atol=1e-12)


@pytest.mark.parametrize("name", KINDS)
def test_reading_raw_inputs_changes_nothing(name: str) -> None:
    inputs = baskets(50)
    inputs[:, 0] = 0.2
    mean, deviation = inputs.mean(axis=0), inputs.std(axis=0) + 0.01
    cell = random_cell(KINDS[name], 3)
    expected = cell.drive((inputs - mean) / deviation)
    found = cell.reading_raw(mean, deviation).drive(inputs)
    np.testing.assert_allclose(found, expected, atol=1e-9)


@pytest.mark.parametrize("name", KINDS)
def test_a_random_memory_can_stand_behind_its_hidden_state(name: str) -> None:
    random = np.random.default_rng(4)
    cell = random_cell(KINDS[name], 2)
    memory = cell.random_memory(random.uniform(-1, 1, (100, 2)), random)
    assert memory.shape == (100, cell.memory_units) and np.isfinite(memory).all()


@pytest.mark.parametrize("name", KINDS)
def test_arrays_of_another_layer_are_refused(name: str) -> None:
    arrays = random_arrays(KINDS[name], 3, 1, 1.0)
    with pytest.raises(DataError, match=r"shapes .* were given"):
        KINDS[name].from_keras(arrays[0][:, :-1], *arrays[1:])
