"""The hidden state: an LSTM's map as plain arrays, in float64, batched over customers (MATHS §3)."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from spendscape.core.arrays import Floats
from spendscape.core.errors import DataError
from spendscape.core.json import from_json, to_json

BLOCK = 8192


@dataclass(frozen=True)
class Lstm:
    """An LSTM layer as plain arrays; the gates stand in the order i, f, g (candidate), o.

    Attributes
    ----------
    kernel : K, [C, 4M]
    recurrent : R, [M, 4M]
    bias : β, [4M]
    """

    kernel: Floats
    recurrent: Floats
    bias: Floats

    @property
    def units(self) -> int:
        """M."""
        return int(self.recurrent.shape[0])

    def drive(self, inputs: NDArray[Any]) -> Floats:
        """What the inputs [..., C] add to the gates, x K + β, [..., 4M]."""
        return np.asarray(inputs.astype(np.float64) @ self.kernel + self.bias)


def from_keras(kernel: NDArray[Any], recurrent: NDArray[Any], bias: NDArray[Any]) -> Lstm:
    """The layer of `keras.layers.LSTM.get_weights()` with Keras' default activations.

    Parameters
    ----------
    kernel, recurrent, bias : [C, 4M], [M, 4M] and [4M], gates in Keras' order i, f, c, o

    Raises
    ------
    DataError
        The shapes are not those of one LSTM layer.
    """
    layer = Lstm(*(np.asarray(part, dtype=np.float64) for part in (kernel, recurrent, bias)))
    shapes = layer.kernel.shape, layer.recurrent.shape, layer.bias.shape
    units = shapes[1][0] if len(shapes[1]) == 2 else 0
    if len(shapes[0]) != 2 or shapes != (
        (shapes[0][0], 4 * units),
        (units, 4 * units),
        (4 * units,),
    ):
        raise DataError(
            f"kernel, recurrent and bias: shapes {shapes} were given; "
            "an LSTM of M units has (C, 4M), (M, 4M) and (4M,)"
        )
    return layer


def from_torch(
    weight_ih: NDArray[Any],
    weight_hh: NDArray[Any],
    bias_ih: NDArray[Any] | None = None,
    bias_hh: NDArray[Any] | None = None,
) -> Lstm:
    """One layer and direction of `torch.nn.LSTM`, its parameters as arrays (`p.detach().numpy()`).

    PyTorch keeps the gates in the order i, f, g, o too, but its matrices transposed and its bias in two.

    Parameters
    ----------
    weight_ih, weight_hh : `weight_ih_l0` [4M, C] and `weight_hh_l0` [4M, M]
    bias_ih, bias_hh : `bias_ih_l0` and `bias_hh_l0`, [4M]; None for an LSTM without biases

    Raises
    ------
    DataError
        The shapes are not those of one LSTM layer; a projection (`proj_size`) has none.
    """
    given = (bias for bias in (bias_ih, bias_hh) if bias is not None)
    parts = [np.asarray(bias, dtype=np.float64) for bias in given]
    return from_keras(weight_ih.T, weight_hh.T, sum(parts, np.zeros(len(weight_hh))))


@dataclass(frozen=True)
class Weights(Lstm):
    """An LSTM layer and its linear output layer, with their names.

    Attributes
    ----------
    output : W, [M, P]
    output_bias : b, [P]
    traits, classes : P and C names
    """

    output: Floats
    output_bias: Floats
    traits: list[str]
    classes: list[str]

    def outputs(self, states: NDArray[Any]) -> Floats:
        """The outputs h W + b, [..., P], of hidden states [..., M]."""
        return np.asarray(states.astype(np.float64) @ self.output + self.output_bias)

    def to_json(self) -> str:
        """As JSON text, every float exact."""
        return to_json(self)

    @classmethod
    def from_json(cls, text: str) -> "Weights":
        """The weights that `to_json` wrote."""
        return from_json(cls, text)


class Gates(NamedTuple):
    """Activations [..., M] of the input, forget, candidate and output gates."""

    i: Floats
    f: Floats
    g: Floats
    o: Floats


def gates(weights: Lstm, drive: Floats, hidden: Floats) -> Gates:
    """The gates at hidden states [..., M] under a drive [..., 4M]."""
    i, f, g, o = np.split(drive + hidden @ weights.recurrent, 4, axis=-1)
    return Gates(expit(i), expit(f), np.tanh(g), expit(o))


def step(weights: Lstm, drive: Floats, hidden: Floats, cell: Floats) -> tuple[Floats, Floats]:
    """One step of the map: c' = f ⊙ c + i ⊙ g, h' = o ⊙ tanh(c') (MATHS §3).

    Parameters
    ----------
    drive : [..., 4M]
    hidden, cell : [..., M]

    Returns
    -------
    hidden, cell : [..., M]
    """
    i, f, g, o = gates(weights, drive, hidden)
    cell = f * cell + i * g
    return o * np.tanh(cell), cell


def trajectories(weights: Lstm, spending: NDArray[Any]) -> tuple[Floats, Floats]:
    """The hidden and the cell states over time, from the zero state.

    Parameters
    ----------
    spending : [N, T, C] fractions

    Returns
    -------
    hidden, cell : [N, T, M] each
    """
    customers, steps, _ = spending.shape
    hidden = np.empty((customers, steps, weights.units))
    cell = np.empty_like(hidden)
    for first in range(0, customers, BLOCK):
        block = slice(first, first + BLOCK)
        drive = weights.drive(spending[block])
        h = c = np.zeros((drive.shape[0], weights.units))
        for t in range(steps):
            h, c = step(weights, drive[:, t], h, c)
            hidden[block, t], cell[block, t] = h, c
    return hidden, cell


def extended(weights: Lstm, drive: Floats, steps: int) -> NDArray[np.float32]:
    """The hidden states [N, steps, M] under a constant drive [N, 4M] (the study's I′, Fig. 3)."""
    h = c = np.zeros((drive.shape[0], weights.units))
    hidden = np.empty((drive.shape[0], steps, weights.units), dtype=np.float32)
    for t in range(steps):
        h, c = step(weights, drive, h, c)
        hidden[:, t] = h
    return hidden
