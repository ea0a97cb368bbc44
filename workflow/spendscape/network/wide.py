"""Several networks trained as one wide one (maths §3).

Their cells are one cell with the units of all, whose recurrence is diagonal in blocks, and their output
layers are one in the same way. So each batch is picked out once, its inputs meet the kernels of all
networks in one matrix product, and TensorFlow has one graph to run. The loss is the sum of the networks'
losses; as no number belongs to two networks, each gets the gradient of its own.

A cell takes part by its own `step` and `drive`, which run on TensorFlow's numbers here. TensorFlow and
Keras are imported inside the functions, because they take seconds.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float, Float32

from spendscape.core.arrays import Array, Floats
from spendscape.network import tensor_floats
from spendscape.network.blocks import Blocks, axis
from spendscape.network.cell import Cell

# A graph of some steps is faster than a loop; one of a hundred takes minutes to build.
UNROLLED = 24
# Adam's constants, and the largest norm of each network's gradient by one of its arrays.
MOMENTUM, MEMORY, TINY, LARGEST_NORM = 0.9, 0.999, 1e-7, 1.0
# Customers at a time where no gradient is needed.
BLOCK = 8192


class Progress(NamedTuple):
    """One network's arrays and Adam's two moments of each, in the order that Keras has them."""

    arrays: list[Array]
    means: list[Array]
    squares: list[Array]


class Batches(NamedTuple):
    """What all networks train on.

    inputs, targets : of the customers
    mean, deviation : of each class; a network reads (inputs − mean) / deviation
    size : customers in a batch
    """

    inputs: Float[Array, "N T C"]
    targets: Float[Array, "N P"]
    mean: Float[Floats, " C"]
    deviation: Float[Floats, " C"]
    size: int


def start(kind: type[Cell], units: int, seed: int, classes: int, traits: int) -> Progress:
    """A network before its first update, as Keras initialises its two layers with this seed."""
    import keras

    keras.utils.set_random_seed(seed)
    recurrent = getattr(keras.layers, kind.keras_layer)(units)
    output = keras.layers.Dense(traits)
    recurrent.build((None, None, classes))
    output.build((None, None, units))
    arrays = [np.asarray(a) for a in (*recurrent.get_weights(), *output.get_weights())]
    zeros = [[np.zeros_like(array) for array in arrays] for _ in range(2)]
    return Progress(arrays, *zeros)


def blocks_of(kind: type[Cell], networks: Sequence[Progress], classes: int) -> list[Blocks]:
    """Where each network stands in the arrays of all.

    An axis counts units as many times as it grows by with one unit more.
    """
    one, two = (start(kind, units, 0, classes, 1).arrays[:-2] for units in (1, 2))
    growth = [
        [b - a for a, b in zip(*shapes, strict=True)]
        for shapes in zip([a.shape for a in one], [a.shape for a in two], strict=True)
    ]
    # The output layer: a row for each unit, a column for each output.
    growth += [[1, 1], [1]]
    shapes = zip(*([a.shape for a in network.arrays] for network in networks), strict=True)
    return [
        Blocks(
            [axis(lengths, k) for lengths, k in zip(zip(*of_each, strict=True), own, strict=True)]
        )
        for of_each, own in zip(shapes, growth, strict=True)
    ]


class Wide:
    """Networks side by side in one TensorFlow graph.

    Parameters
    ----------
    kind : of their cell
    networks : how far each has come
    updates : that each has had
    step_weights : how much each network's loss minds each step
    batches : what they train on
    compiled : whether XLA compiles the graph, which takes seconds and makes updates faster
    """

    def __init__(
        self,
        kind: type[Cell],
        networks: Sequence[Progress],
        updates: int,
        step_weights: Float[Floats, "G T"],
        batches: Batches,
        compiled: bool,
    ) -> None:
        import tensorflow as tf

        classes = batches.inputs.shape[2]
        self._kind, self._size = kind, batches.size
        self._count = len(networks)
        self._blocks = blocks_of(kind, networks, classes)
        joined = (
            [
                blocks.join(parts)
                for blocks, parts in zip(self._blocks, zip(*own, strict=True), strict=True)
            ]
            for own in zip(*networks, strict=True)
        )
        self._arrays, self._means, self._squares = (
            [tf.Variable(array) for array in arrays] for arrays in joined
        )
        self._updates = tf.Variable(float(updates))
        self._step_weights = tf.constant(step_weights.T.astype(np.float32))
        self._scale = [tf.constant(a.astype(np.float32)) for a in (batches.mean, batches.deviation)]
        self._data = [
            tf.convert_to_tensor(a, tf.float32) for a in (batches.inputs, batches.targets)
        ]
        self._one_epoch = tf.function(self._epoch, autograph=False, jit_compile=compiled)
        self._losses_of = tf.function(self._losses, autograph=False)

    def epoch(self, order: Array, rates: Sequence[float]) -> Float32[Array, " G"]:
        """Train all networks on all batches once; returns each one's mean loss.

        Parameters
        ----------
        order : of the customers; what is left over at its end is no batch
        rates : each network's learning rate
        """
        import tensorflow as tf

        given = tf.constant(order.astype(np.int32)), tf.constant(np.array(rates, np.float32))
        return np.asarray(self._one_epoch(*given))

    def losses(self, inputs: Array, targets: Array) -> Float[Floats, " G"]:
        """Each network's loss on other customers."""
        import tensorflow as tf

        total = np.zeros(self._count)
        for first in range(0, len(inputs), BLOCK):
            rows = [
                tf.convert_to_tensor(values[first : first + BLOCK], tf.float32)
                for values in (inputs, targets)
            ]
            total += len(rows[0]) * np.asarray(self._losses_of(*rows), dtype=np.float64)
        return total / len(inputs)

    def progress(self) -> list[Progress]:
        """How far each network has come."""
        split = [
            [
                blocks.split(array.numpy())
                for blocks, array in zip(self._blocks, arrays, strict=True)
            ]
            for arrays in (self._arrays, self._means, self._squares)
        ]
        return [
            Progress(*([parts[network] for parts in own] for own in split))
            for network in range(self._count)
        ]

    def _losses(self, rows: Any, truth: Any) -> Any:
        """The networks' losses [G] on some customers."""
        import tensorflow as tf

        customers, steps, classes = rows.shape
        *own, output, bias = self._arrays
        cell = self._kind(*own)
        scaled = tf.transpose((rows - self._scale[0]) / self._scale[1], [1, 0, 2])
        drive = cell.drive(tf.reshape(scaled, [steps * customers, classes]), tensor_floats)
        hidden = _over_time(cell, tf.reshape(drive, [steps, customers, -1]))
        outputs = tf.matmul(tf.reshape(hidden, [steps * customers, cell.units]), output) + bias
        errors = tf.reshape(outputs, [steps, customers, self._count, -1]) - truth[None, :, None]
        by_step = tf.reduce_mean(tf.square(errors), axis=(1, 3))
        return tf.reduce_sum(by_step * self._step_weights, axis=0)

    def _epoch(self, order: Any, rates: Any) -> Any:
        import tensorflow as tf

        inputs, targets = self._data
        updates = len(inputs) // self._size

        def update(k: Any, total: Any) -> Any:
            rows = tf.ensure_shape(tf.slice(order, [k * self._size], [self._size]), [self._size])
            with tf.GradientTape() as tape:
                losses = self._losses(tf.gather(inputs, rows), tf.gather(targets, rows))
                whole = tf.reduce_sum(losses)
            self._adam(tape.gradient(whole, self._arrays), rates)
            return k + 1, total + losses

        zero = tf.constant(0), tf.zeros([self._count])
        _, total = tf.while_loop(lambda k, _: k < updates, update, zero)
        return total / updates

    def _adam(self, gradients: list[Any], rates: Any) -> None:
        """One update by Adam, each network's gradient clipped to `LARGEST_NORM` in each of its arrays."""
        import tensorflow as tf

        self._updates.assign_add(1.0)
        unbiased = tf.sqrt(1 - MEMORY**self._updates) / (1 - MOMENTUM**self._updates)
        for blocks, array, mean, square, gradient in zip(
            self._blocks, self._arrays, self._means, self._squares, gradients, strict=True
        ):
            own = gradient if blocks.inside.all() else gradient * blocks.inside.astype(np.float32)
            # Columns belong to networks; the matrix gathers them and gives each its network's number.
            member = tf.constant(np.eye(self._count, dtype=np.float32)[blocks.owners])
            columns = tf.reduce_sum(tf.reshape(tf.square(own), [-1, len(blocks.owners)]), axis=0)
            norms = tf.sqrt(tf.linalg.matvec(member, columns, transpose_a=True))
            own *= tf.linalg.matvec(member, LARGEST_NORM / tf.maximum(norms, LARGEST_NORM))
            mean.assign_add((own - mean) * (1 - MOMENTUM))
            square.assign_add((tf.square(own) - square) * (1 - MEMORY))
            step = tf.linalg.matvec(member, rates * unbiased)
            array.assign_sub(mean * step / (tf.sqrt(square) + TINY))


def _over_time(cell: Cell, drive: Any) -> Any:
    """The hidden states [T, N, M] from the zero state."""
    import tensorflow as tf

    steps, customers, _ = drive.shape
    h, c = (tf.zeros([customers, size]) for size in (cell.units, cell.memory_units))
    if steps > UNROLLED:
        return tf.scan(
            lambda now, one: cell.step(one, now[0], now[1], tensor_floats), drive, (h, c)
        )[0]
    hidden = []
    for one in tf.unstack(drive):
        h, c = cell.step(one, h, c, tensor_floats)
        hidden.append(h)
    return tf.stack(hidden)
