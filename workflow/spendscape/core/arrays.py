"""Kinds of arrays, to be given a shape in a signature: `Float[Floats, "N T C"]`.

A type checker sees the element type, jaxtyping the kind and the shape; the tests check both at every call
(tests/conftest.py). The letters are those of docs/explanation/maths.md: N customers, T steps, C classes, P traits, M units.
"""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    Floats = NDArray[np.float64]
    Indices = NDArray[np.intp]
    Integers = NDArray[np.int64]
    Bools = NDArray[np.bool_]
    Names = NDArray[np.str_]
    Array = NDArray[Any]
else:
    # jaxtyping takes the plain class; what stands before it, `Float[…]` or `Bool[…]`, says the elements.
    Floats = Indices = Integers = Bools = Names = Array = np.ndarray
