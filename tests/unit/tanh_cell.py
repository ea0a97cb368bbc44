"""The smallest cell, and one without a memory: h′ = tanh(u K + h R + β), Keras' SimpleRNN.

The library does not have it; the tests hold it against what `Cell` promises.
"""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from jaxtyping import Float

from spendscape.core.arrays import Array, Floats
from spendscape.core.errors import DataError
from spendscape.network import floats
from spendscape.network.cell import Arithmetic, Cell


@dataclass(frozen=True)
class Tanh(Cell):
    """A `SimpleRNN` layer; D = M, and it has no memory."""

    name: ClassVar[str] = "tanh"
    keras_layer: ClassVar[str] = "SimpleRNN"
    kernel: Float[Any, "C D"]
    recurrent: Float[Any, "M D"]
    bias: Float[Any, " D"]

    def step(
        self,
        drive: Float[Any, "*n D"],
        hidden: Float[Any, "*n M"],
        memory: Float[Any, "*n K"],
        numbers: Arithmetic = floats,
    ) -> tuple[Float[Any, "*n M"], Float[Any, "*n K"]]:
        """h′ = tanh(drive + h R)."""
        return numbers.tanh(numbers.product(hidden, self.recurrent) + drive), memory

    def step_and_jacobian(
        self,
        drive: Float[Floats, "*n D"],
        hidden: Float[Any, "*n M"],
        memory: Float[Any, "*n K"],
        numbers: Arithmetic = floats,
    ) -> tuple[Float[Any, "*n M"], Float[Any, "*n K"], Float[Any, "*n M+K M+K"]]:
        """The same, and ∂h′/∂h."""
        a = numbers.product(hidden, self.recurrent) + drive
        shown = numbers.tanh(a)
        return shown, memory, numbers.tanh_slope(a, shown)[..., None] * self.recurrent.T

    def input_jacobian(
        self, drive: Float[Floats, "*n D"], hidden: Float[Floats, "*n M"]
    ) -> Float[Floats, "*n M C"]:
        """∂h′/∂u."""
        shown = np.tanh(drive + hidden @ self.recurrent)
        return np.asarray((1 - shown**2)[..., None] * self.kernel.T)

    @classmethod
    def from_keras(cls, *arrays: Array) -> "Tanh":
        """The layer of `keras.layers.SimpleRNN.get_weights()`."""
        shapes = tuple(array.shape for array in arrays)
        classes, units = (shape[0] if len(shape) == 2 else 0 for shape in shapes[:2])
        if shapes != ((classes, units), (units, units), (units,)):
            raise DataError(
                f"kernel, recurrent and bias: shapes {shapes} were given; "
                "a tanh cell of M units has (C, M), (M, M) and (M,)"
            )
        return cls(*(np.asarray(array, dtype=np.float64) for array in arrays))
