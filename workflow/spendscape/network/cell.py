"""What the rest of the library needs to know of a recurrent cell, whichever it is (maths §3, §6).

A cell has M units. Its state is the hidden state h, which everybody sees and whose components lie in
(−1, 1), and a memory c of K numbers, which it keeps to itself: K = M for an LSTM, K = 0 for a cell
that remembers nothing but h. An input u enters through the drive alone, so that a constant
input needs to be multiplied with the kernel only once.

Each map is written once, in the words of an `Arithmetic`, and is computed with plain floats or, where
something is to be proved, with intervals.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, ClassVar, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float

from spendscape.core.arrays import Array, Floats
from spendscape.network import floats


@runtime_checkable
class Arithmetic(Protocol):
    """The functions that a cell's map is made of, beside + − ×.

    `spendscape.network.floats` and `spendscape.dynamics.intervals` are such modules, and
    `spendscape.network.tensor_floats` and `spendscape.network.wide_floats` are two without the slopes,
    which training does not need. A slope is given the value of its function too, which is known where
    it is needed.
    """

    def exp(self, a: Any, /) -> Any: ...
    def sigmoid(self, a: Any, /) -> Any: ...
    def sigmoid_slope(self, a: Any, value: Any, /) -> Any: ...
    def tanh(self, a: Any, /) -> Any: ...
    def tanh_slope(self, a: Any, value: Any, /) -> Any: ...
    def damped(self, small: Any, large: Any, /) -> Any: ...
    def product(self, left: Any, right: Floats, /) -> Any: ...
    def matrices(self, rows: Any, columns: int, /) -> Any: ...
    def parts(self, whole: Any, count: int, /) -> list[Any]: ...
    def join(self, parts: list[Any], axis: int, /) -> Any: ...


class Cell(ABC):
    """A recurrent layer as plain float64 arrays, batched over any leading axes (N below).

    A cell of one's own subclasses it, is a frozen dataclass, and is named in `network.cells`. What is
    written out here holds for a cell without a memory whose inputs enter as u K + β. Numbers that are
    `Any` are arrays of floats, of intervals or of TensorFlow's numbers, as the arithmetic has them.
    Networks that are trained side by side are one cell whose units are those of a group of them; so each
    array's axes are the units once or several times over, or what does not depend on them.

    Attributes
    ----------
    name : of the cell, as in `network.cells`
    keras_layer : its class in `keras.layers`
    kernel : K [C, D], what an input adds to the drive
    recurrent : R, what the hidden state adds to it
    bias : β
    """

    name: ClassVar[str]
    keras_layer: ClassVar[str]
    kernel: Floats
    recurrent: Floats
    bias: Floats

    @property
    def units(self) -> int:
        """M, the number of units."""
        return int(self.recurrent.shape[0])

    @property
    def memory_units(self) -> int:
        """K, how many numbers the memory holds."""
        return 0

    def drive(self, inputs: Float[Any, "*n C"], numbers: Arithmetic = floats) -> Float[Any, "*n D"]:
        """What the inputs add to the activations, u K + β."""
        return numbers.product(inputs, self.kernel) + self.bias

    @abstractmethod
    def step(
        self,
        drive: Float[Any, "*n D"],
        hidden: Float[Any, "*n M"],
        memory: Float[Any, "*n K"],
        numbers: Arithmetic = floats,
    ) -> tuple[Float[Any, "*n M"], Float[Any, "*n K"]]:
        """The hidden state and the memory one step later."""

    @abstractmethod
    def step_and_jacobian(
        self,
        drive: Float[Floats, "*n D"],
        hidden: Float[Any, "*n M"],
        memory: Float[Any, "*n K"],
        numbers: Arithmetic = floats,
    ) -> tuple[Float[Any, "*n M"], Float[Any, "*n K"], Float[Any, "*n M+K M+K"]]:
        """The same, and the Jacobian of (h, c) ↦ (h′, c′)."""

    def reduced_map(
        self, drive: Float[Floats, "*n D"], hidden: Float[Any, "*n M"], numbers: Arithmetic = floats
    ) -> tuple[Float[Any, "*n M"], Float[Any, "*n K"]]:
        """G(h) and c*, the memory at rest while the hidden state is held at h (maths §6).

        h* is a fixed point of G exactly when (h*, c*) is one of the cell's step.
        """
        return self.step(drive, hidden, hidden[..., :0], numbers)

    def reduced_map_and_jacobian(
        self, drive: Float[Floats, "*n D"], hidden: Float[Any, "*n M"], numbers: Arithmetic = floats
    ) -> tuple[Float[Any, "*n M"], Float[Any, "*n K"], Float[Any, "*n M M"]]:
        """The same, and ∂G/∂h."""
        return self.step_and_jacobian(drive, hidden, hidden[..., :0], numbers)

    @abstractmethod
    def input_jacobian(
        self, drive: Float[Floats, "*n D"], hidden: Float[Floats, "*n M"]
    ) -> Float[Floats, "*n M C"]:
        """∂G/∂u by the input."""

    def random_memory(
        self, hidden: Float[Floats, "*n M"], random: np.random.Generator
    ) -> Float[Floats, "*n K"]:
        """A memory that can stand behind such hidden states, drawn at random."""
        return np.empty((*hidden.shape[:-1], 0))

    def reading_raw(self, mean: Float[Floats, " C"], deviation: Float[Floats, " C"]) -> "Cell":
        """The cell that does with x what this one does with (x − mean) / deviation."""
        kernel = self.kernel.astype(np.float64) / deviation[:, None]
        bias = self.bias.astype(np.float64) - mean @ kernel
        return replace(self, kernel=kernel, bias=bias)  # type: ignore[type-var]

    @classmethod
    @abstractmethod
    def from_keras(cls, *arrays: Array) -> "Cell":
        """The cell of the layer's `get_weights()`.

        Raises
        ------
        DataError
            The shapes are not those of one such layer.
        """

    def to_keras(self) -> Sequence[Array]:
        """What the layer's `set_weights` takes."""
        return [self.kernel, self.recurrent, self.bias]
