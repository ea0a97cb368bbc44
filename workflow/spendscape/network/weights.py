"""A trained network as plain arrays: a recurrent cell and the linear output layer behind it."""

import json
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from spendscape.core.arrays import Array, Floats
from spendscape.core.json import to_json
from spendscape.network.cell import Cell
from spendscape.network.cells import CELLS
from spendscape.network.floats import product
from spendscape.network.lstm import Lstm


@dataclass(frozen=True)
class Weights:
    """The cell and its output layer O = h W + b, with their names (maths §3).

    Attributes
    ----------
    cell : the recurrent cell
    output : W
    output_bias : b
    traits, classes : P and C names
    """

    cell: Cell
    output: Float[Floats, "M P"]
    output_bias: Float[Floats, " P"]
    traits: list[str]
    classes: list[str]

    @property
    def units(self) -> int:
        """M, the number of units."""
        return self.cell.units

    def drive(self, inputs: Float[Array, "*n C"]) -> Float[Floats, "*n D"]:
        """What the inputs add to the cell's activations."""
        return np.asarray(self.cell.drive(inputs))

    def outputs(self, states: Float[Array, "*n M"]) -> Float[Floats, "*n P"]:
        """The outputs of hidden states."""
        return np.asarray(product(states, self.output) + self.output_bias)

    def to_json(self) -> str:
        """As JSON text, every float exact; the cell's arrays stand beside the output layer's."""
        # An LSTM goes without saying, as in files from before there were other cells.
        kind = {} if self.cell.name == Lstm.name else {"cell": self.cell.name}
        own = {name: value for name, value in vars(self).items() if name != "cell"}
        return to_json(kind | vars(self.cell) | own)

    @classmethod
    def from_json(cls, text: str) -> "Weights":
        """The weights that `to_json` wrote."""
        values: dict[str, Any] = json.loads(text)
        kind = CELLS[values.pop("cell", Lstm.name)]
        traits, classes = values.pop("traits"), values.pop("classes")
        arrays = {key: np.array(value, dtype=np.float64) for key, value in values.items()}
        output, output_bias = arrays.pop("output"), arrays.pop("output_bias")
        return cls(kind(**arrays), output, output_bias, traits, classes)
