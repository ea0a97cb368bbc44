"""The LSTM: its maps, and its weights from Keras and PyTorch (maths §3, §6)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np
from jaxtyping import Float

from spendscape.core.arrays import Array, Floats
from spendscape.core.errors import DataError
from spendscape.network import floats
from spendscape.network.cell import Arithmetic, Cell


class Gates(NamedTuple):
    """Numbers of the input, forget, candidate and output gates, M each."""

    i: Any
    f: Any
    g: Any
    o: Any


@dataclass(frozen=True)
class Lstm(Cell):
    """An LSTM layer with Keras' default activations; D = 4M, and the memory is the cell state.

    The four blocks of its arrays stand in the order i, f, g (candidate), o.
    """

    name: ClassVar[str] = "lstm"
    keras_layer: ClassVar[str] = "LSTM"
    kernel: Float[Any, "C D"]
    recurrent: Float[Any, "M D"]
    bias: Float[Any, " D"]

    @property
    def memory_units(self) -> int:
        """K = M."""
        return self.units

    def step(
        self,
        drive: Float[Any, "*n D"],
        hidden: Float[Any, "*n M"],
        memory: Float[Any, "*n K"],
        numbers: Arithmetic = floats,
    ) -> tuple[Float[Any, "*n M"], Float[Any, "*n K"]]:
        """c′ = σ(a_f) ⊙ c + σ(a_i) ⊙ tanh(a_g), h′ = σ(a_o) ⊙ tanh(c′) (maths §3)."""
        _, gate = self._gates(drive, hidden, numbers)
        after = gate.f * memory + gate.i * gate.g
        return gate.o * numbers.tanh(after), after

    def step_and_jacobian(
        self,
        drive: Float[Floats, "*n D"],
        hidden: Float[Any, "*n M"],
        memory: Float[Any, "*n K"],
        numbers: Arithmetic = floats,
    ) -> tuple[Float[Any, "*n M"], Float[Any, "*n K"], Float[Any, "*n M+K M+K"]]:
        """The same, and the Jacobian of (h, c) ↦ (h′, c′)."""
        a, gate = self._gates(drive, hidden, numbers)
        after = gate.f * memory + gate.i * gate.g
        shown = numbers.tanh(after)
        outer = gate.o * numbers.tanh_slope(after, shown)
        by_gate = Gates(
            numbers.sigmoid_slope(a.i, gate.i) * gate.g,
            numbers.sigmoid_slope(a.f, gate.f) * memory,
            gate.i * numbers.tanh_slope(a.g, gate.g),
            numbers.sigmoid_slope(a.o, gate.o) * shown,
        )
        none, own = np.zeros((self.units, self.units)), np.eye(self.units)
        by_hidden = [np.hstack([block, none]) for block in _by_gate(self.recurrent)]
        by_memory = np.hstack([none, own])
        slopes = [*by_gate[:3], gate.f]
        upper = [*(outer * slope for slope in slopes), by_gate.o]
        rows = [
            _through(upper, [*by_hidden[:3], by_memory, by_hidden[3]], numbers),
            _through(slopes, [*by_hidden[:3], by_memory], numbers),
        ]
        return gate.o * shown, after, numbers.matrices(numbers.join(rows, -1), 2 * self.units)

    def reduced_map(
        self, drive: Float[Floats, "*n D"], hidden: Float[Any, "*n M"], numbers: Arithmetic = floats
    ) -> tuple[Float[Any, "*n M"], Float[Any, "*n K"]]:
        """G(h) = σ(a_o) ⊙ tanh(c*), c* = σ(a_i) ⊙ tanh(a_g) ⊙ (1 + e^{a_f}) (maths §6)."""
        rest = self._rest(drive, hidden, numbers)
        return rest.gate.o * rest.shown, rest.memory

    def reduced_map_and_jacobian(
        self, drive: Float[Floats, "*n D"], hidden: Float[Any, "*n M"], numbers: Arithmetic = floats
    ) -> tuple[Float[Any, "*n M"], Float[Any, "*n K"], Float[Any, "*n M M"]]:
        """The same, and ∂G/∂h."""
        rest = self._rest(drive, hidden, numbers)
        jacobian = _through(rest.slopes(numbers), _by_gate(self.recurrent), numbers)
        return rest.gate.o * rest.shown, rest.memory, numbers.matrices(jacobian, self.units)

    def input_jacobian(
        self, drive: Float[Floats, "*n D"], hidden: Float[Floats, "*n M"]
    ) -> Float[Floats, "*n M C"]:
        """∂G/∂u by the input."""
        slopes = self._rest(drive, hidden, floats).slopes(floats)
        rows = _through(slopes, _by_gate(self.kernel), floats)
        return floats.matrices(rows, len(self.kernel))

    def random_memory(
        self, hidden: Float[Floats, "*n M"], random: np.random.Generator
    ) -> Float[Floats, "*n K"]:
        """A cell state c that can show such an h: tanh c evenly between h and ±1."""
        shown = hidden + (np.sign(hidden) - hidden) * random.uniform(0, 1, hidden.shape)
        return np.arctanh(shown)

    @classmethod
    def from_keras(cls, *arrays: Array) -> "Lstm":
        """The layer of `keras.layers.LSTM.get_weights()`: kernel, recurrent kernel and bias.

        Raises
        ------
        DataError
            The shapes are not those of one LSTM layer.
        """
        shapes = tuple(array.shape for array in arrays)
        classes, units = (shape[0] if len(shape) == 2 else 0 for shape in shapes[:2])
        if shapes != ((classes, 4 * units), (units, 4 * units), (4 * units,)):
            raise DataError(
                f"kernel, recurrent and bias: shapes {shapes} were given; "
                "an LSTM of M units has (C, 4M), (M, 4M) and (4M,)"
            )
        return cls(*(np.asarray(array, dtype=np.float64) for array in arrays))

    @classmethod
    def from_torch(
        cls,
        weight_ih: Array,
        weight_hh: Array,
        bias_ih: Array | None = None,
        bias_hh: Array | None = None,
    ) -> "Lstm":
        """One layer and direction of `torch.nn.LSTM`, its parameters as arrays (`p.detach().numpy()`).

        PyTorch keeps the gates in the same order, but its matrices transposed and its bias in two.

        Parameters
        ----------
        weight_ih, weight_hh : `weight_ih_l0` [4M, C] and `weight_hh_l0` [4M, M]
        bias_ih, bias_hh : `bias_ih_l0` and `bias_hh_l0`, [4M]; None for an LSTM without biases

        Raises
        ------
        DataError
            The shapes are not those of one LSTM layer; one with a projection (`proj_size`) is refused.
        """
        given = (bias for bias in (bias_ih, bias_hh) if bias is not None)
        parts = [np.asarray(bias, dtype=np.float64) for bias in given]
        return cls.from_keras(weight_ih.T, weight_hh.T, sum(parts, np.zeros(len(weight_hh))))

    def _gates(self, drive: Any, hidden: Any, numbers: Arithmetic) -> tuple[Gates, Gates]:
        """The activations a = drive + h R, and what the gates make of them."""
        a = Gates(*numbers.parts(numbers.product(hidden, self.recurrent) + drive, 4))
        sigmoid, tanh = numbers.sigmoid, numbers.tanh
        return a, Gates(sigmoid(a.i), sigmoid(a.f), tanh(a.g), sigmoid(a.o))

    def _rest(self, drive: Floats, hidden: Any, numbers: Arithmetic) -> "_Rest":
        a, gate = self._gates(drive, hidden, numbers)
        forget = numbers.exp(a.f)
        growth = forget + 1.0
        memory = gate.i * gate.g * growth
        return _Rest(a, gate, forget, growth, memory, numbers.tanh(memory))


class _Rest(NamedTuple):
    """Everything at rest under one h: activations, gates, e^{a_f}, 1 + e^{a_f}, c* and tanh c*."""

    a: Gates
    gate: Gates
    forget: Any
    growth: Any
    memory: Any
    shown: Any

    def slopes(self, numbers: Arithmetic) -> Gates:
        """∂G / ∂a of each gate."""
        a, gate = self.a, self.gate
        outer = gate.o * numbers.tanh_slope(self.memory, self.shown)
        by_gate = (
            numbers.sigmoid_slope(a.i, gate.i) * gate.g * self.growth,
            gate.i * gate.g * self.forget,
            gate.i * numbers.tanh_slope(a.g, gate.g) * self.growth,
        )
        i, f, g = (numbers.damped(outer, slope) for slope in by_gate)
        return Gates(i, f, g, numbers.sigmoid_slope(a.o, gate.o) * self.shown)


def _by_gate(matrix: Floats) -> list[Floats]:
    """The blocks of a matrix [K, 4M], one a gate, transposed: [M, K] each."""
    return [block.T for block in np.split(matrix, 4, axis=1)]


def _through(slopes: Sequence[Any], blocks: list[Floats], numbers: Arithmetic) -> Any:
    """Σ over gates of slope_m · block_{m, k}: the derivative by what enters the activations, [..., M · K]."""
    # As one matrix product, whose matrix has each block's rows on a diagonal.
    own = np.eye(len(blocks[0]))
    spread = [np.einsum("mk,mn->mnk", block, own).reshape(len(own), -1) for block in blocks]
    return numbers.product(numbers.join(list(slopes), -1), np.concatenate(spread))
