"""Networks side by side: a cell's own maps on numbers that have customers last."""

from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from tanh_cell import Tanh

from spendscape.core.arrays import Floats
from spendscape.network import wide_floats
from spendscape.network.lstm import Lstm
from spendscape.network.wide_floats import Columns


def columns(of_each: list[Floats]) -> Columns:
    return Columns(tf.constant(np.stack([one.T for one in of_each])))


@pytest.mark.parametrize(("kind", "gates"), [(Lstm, 4), (Tanh, 1)])
def test_a_step_is_the_step_of_each_group(kind: Any, gates: int) -> None:
    random = np.random.default_rng(1)
    arrays = [
        [random.normal(size=shape) for _ in range(2)]
        for shape in ((5, 3 * gates), (3, 3 * gates), (3 * gates,))
    ]
    each, both = [kind(*own) for own in zip(*arrays, strict=True)], kind(*map(columns, arrays))
    sizes = both.units, both.memory_units
    assert sizes == (each[0].units, each[0].memory_units)
    inputs = random.normal(size=(7, 5))
    h, c = ([random.normal(size=(7, size)) for _ in each] for size in sizes)
    drive = both.drive(tf.constant(inputs), wide_floats)
    found = both.step(drive, columns(h), columns(c), wide_floats)
    for group, cell in enumerate(each):
        expected = cell.step(cell.drive(inputs), h[group], c[group])
        for part, own in zip(found, expected, strict=True):
            np.testing.assert_allclose(part.tensor[group].numpy().T, own, rtol=1e-12)


def test_the_gradient_by_a_bias_and_the_product_of_zeros() -> None:
    random = np.random.default_rng(3)
    bias, matrix = (
        tf.Variable(random.normal(size=shape), dtype=tf.float32) for shape in ((2, 4), (2, 4, 3))
    )
    above = random.normal(size=(2, 4, 7)).astype(np.float32)
    with tf.GradientTape() as tape:
        nothing = wide_floats.product(wide_floats.zeros(2, 3, 7), Columns(matrix))
        numbers = nothing + Columns(bias)
        total = tf.reduce_sum(numbers.tensor * above)
    by_bias, by_matrix = tape.gradient(total, [bias, matrix])
    np.testing.assert_allclose(by_bias, above.sum(axis=2), rtol=1e-5)
    # It was not computed.
    assert by_matrix is None
    np.testing.assert_array_equal(numbers.tensor[..., 0], bias)


def test_a_number_and_columns() -> None:
    one = Columns(tf.constant([[[1.0, 2.0]]]))
    np.testing.assert_array_equal((1.0 - one * 2.0 + one).tensor, [[[0.0, -1.0]]])
    np.testing.assert_array_equal(wide_floats.join([one, -one], -1).tensor, [[[1, 2], [-1, -2]]])
    with pytest.raises(NotImplementedError):
        wide_floats.join([one, one], -2)
