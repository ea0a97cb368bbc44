"""TensorFlow's numbers as the arithmetic that a cell's map is written in (`network.cell.Arithmetic`).

For training: TensorFlow finds the slopes itself, so those that a cell names are refused. It is imported
inside the functions, because it takes seconds.
"""

from typing import Any


def exp(a: Any) -> Any:
    """eᵃ."""
    import tensorflow as tf

    return tf.exp(a)


def sigmoid(a: Any) -> Any:
    """σ(a)."""
    import tensorflow as tf

    return tf.sigmoid(a)


def tanh(a: Any) -> Any:
    """The hyperbolic tangent."""
    import tensorflow as tf

    return tf.tanh(a)


def product(left: Any, right: Any) -> Any:
    """The matrix product."""
    import tensorflow as tf

    return tf.matmul(left, right)


def parts(whole: Any, count: int) -> list[Any]:
    """The last axis cut into parts of equal size."""
    import tensorflow as tf

    return list(tf.split(whole, count, axis=-1))


def join(parts: list[Any], axis: int) -> Any:
    """Arrays put side by side along an axis."""
    import tensorflow as tf

    return tf.concat(parts, axis)


def _refused(*_: Any) -> Any:
    raise NotImplementedError("TensorFlow finds the slopes itself")


sigmoid_slope = tanh_slope = damped = matrices = _refused
