"""The numbers of networks side by side as the arithmetic that a cell's map is written in.

They are TensorFlow's (`network.tensor_floats`), with customers on the last axis: the numbers of one gate
are then one piece of memory, and those of one unit are as many as a batch has customers.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Union

from spendscape.network import tensor_floats


@dataclass(frozen=True)
class Columns:
    """Numbers of G groups of networks (`network.blocks`), which are alike in shape.

    Attributes
    ----------
    tensor : [G, L, N]. A cell sees [N, L], the numbers of one group. It is [G, L] for what a cell sees
        as [L], a bias.
    """

    tensor: Any

    @property
    def shape(self) -> tuple[int, ...]:
        """As a cell sees it; with `dtype` an annotation such as `Float[Any, "N M"]` is checked."""
        return tuple(self.tensor.shape[:0:-1])

    @property
    def dtype(self) -> Any:
        """The type of the numbers."""
        return self.tensor.dtype

    def __add__(self, other: Union["Columns", float]) -> "Columns":
        if not isinstance(other, Columns):
            return Columns(self.tensor + other)
        if len(other.shape) < len(self.shape):
            return Columns(_plus_bias(self.tensor, other.tensor))
        return Columns(self.tensor + other.tensor)

    def __neg__(self) -> "Columns":
        return Columns(-self.tensor)

    def __sub__(self, other: Union["Columns", float]) -> "Columns":
        return self + -other

    def __rsub__(self, other: float) -> "Columns":
        return -self + other

    def __mul__(self, other: Union["Columns", float]) -> "Columns":
        return Columns(self.tensor * (other.tensor if isinstance(other, Columns) else other))

    __radd__ = __add__
    __rmul__ = __mul__


@dataclass(frozen=True)
class Zeros(Columns):
    """Nothing but zeros: the state before the first step, of which no product need be computed."""


def zeros(*shape: int) -> Columns:
    """Zeros [G, L, N]."""
    import tensorflow as tf

    return Zeros(tf.zeros(shape))


def exp(a: Columns) -> Columns:
    """eᵃ."""
    return Columns(tensor_floats.exp(a.tensor))


def sigmoid(a: Columns) -> Columns:
    """σ(a)."""
    return Columns(tensor_floats.sigmoid(a.tensor))


def tanh(a: Columns) -> Columns:
    """The hyperbolic tangent."""
    return Columns(tensor_floats.tanh(a.tensor))


def product(left: Any, right: Any) -> Columns:
    """The matrix product of each group; `left` are columns of the same groups, or inputs [N, C] of all."""
    import tensorflow as tf

    groups, length, width = right.tensor.shape
    if isinstance(left, Zeros):
        return zeros(groups, length, left.shape[0])
    if isinstance(left, Columns):
        return Columns(tf.matmul(right.tensor, left.tensor))
    rows = tf.reshape(right.tensor, [groups * length, width])
    whole = tf.matmul(rows, left, transpose_b=True)
    return Columns(tf.reshape(whole, [groups, length, -1]))


def parts(whole: Columns, count: int) -> list[Columns]:
    """The last axis, as a cell sees it, cut into parts of equal size."""
    import tensorflow as tf

    return list(map(Columns, tf.split(whole.tensor, count, axis=1)))


def join(parts: list[Columns], axis: int) -> Columns:
    """Numbers put side by side along the last axis, as a cell sees it, which is -1."""
    if axis != -1:
        raise NotImplementedError("matrices that a cell joins are its slopes")
    return Columns(tensor_floats.join([part.tensor for part in parts], 1))


sigmoid_slope = tanh_slope = damped = matrices = tensor_floats.damped


def _plus_bias(numbers: Any, bias: Any) -> Any:
    """[G, L, N] plus [G, L].

    The gradient by the bias is a sum over customers, and a product with ones is the fastest way to it.
    """
    import tensorflow as tf

    def plus(numbers: Any, bias: Any) -> tuple[Any, Callable[[Any], Any]]:
        def gradient(above: Any) -> tuple[Any, Any]:
            return above, tf.linalg.matvec(above, tf.ones(above.shape[-1:], above.dtype))

        return numbers + bias[..., None], gradient

    return tf.custom_gradient(plus)(numbers, bias)
