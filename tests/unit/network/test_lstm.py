"""The LSTM's arrays: from PyTorch, and what is not an LSTM's."""

import numpy as np
import pytest

from spendscape.core.arrays import Floats
from spendscape.core.errors import DataError
from spendscape.network.lstm import Lstm


def torch_step(
    x: Floats, h: Floats, c: Floats, w_ih: Floats, w_hh: Floats, b_ih: Floats, b_hh: Floats
) -> tuple[Floats, Floats]:
    """One step as PyTorch's documentation of nn.LSTM writes it, gate by gate."""
    size, parts = len(h), []
    for k in range(4):
        rows = slice(k * size, (k + 1) * size)
        parts.append(w_ih[rows] @ x + b_ih[rows] + w_hh[rows] @ h + b_hh[rows])
    i, f, o = (1 / (1 + np.exp(-parts[k])) for k in (0, 1, 3))
    c = f * c + i * np.tanh(parts[2])
    return o * np.tanh(c), c


def test_the_arrays_of_a_torch_lstm_give_its_states() -> None:
    random = np.random.default_rng(4)
    shapes = [(12, 5), (12, 3), (12,), (12,)]
    arrays = [random.normal(size=shape).astype(np.float32) for shape in shapes]
    layer, x = Lstm.from_torch(*arrays), random.normal(size=5)
    h, c = random.normal(size=(2, 3))
    expected = torch_step(x, h, c, *(array.astype(float) for array in arrays))
    np.testing.assert_allclose(layer.step(layer.drive(x), h, c), expected, atol=1e-12)
    plain = Lstm.from_torch(*arrays[:2])
    np.testing.assert_array_equal(plain.bias, 0)
    assert type(layer) is Lstm and layer.units == 3


@pytest.mark.parametrize(
    "shapes", [((5, 12), (3, 9), (12,)), ((5, 12), (2, 12), (12,)), ((5, 12), (3, 12), (2, 12))]
)
def test_arrays_of_another_layer_are_refused(shapes: tuple[tuple[int, ...], ...]) -> None:
    with pytest.raises(DataError, match=r"an LSTM of M units has \(C, 4M\), \(M, 4M\) and \(4M,\)"):
        Lstm.from_keras(*(np.zeros(shape) for shape in shapes))


def test_a_torch_lstm_with_a_projection_is_refused() -> None:
    with pytest.raises(DataError, match="an LSTM of M units"):
        Lstm.from_torch(np.zeros((12, 5)), np.zeros((12, 2)), np.zeros(12), np.zeros(12))
