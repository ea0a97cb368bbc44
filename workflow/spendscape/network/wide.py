"""Several networks trained as one wide one (maths §3).

Their cells are one cell with the units of all, whose recurrence is diagonal in blocks, and their output
layers are one in the same way. So each batch is picked out once, its inputs meet the kernels of all
networks in one matrix product, and TensorFlow has one graph to run. The loss is the sum of the networks'
losses; as no number belongs to two networks, each gets the gradient of its own.

A cell takes part by its own `step` and `drive`, which run on `network.wide_floats` here. TensorFlow and
Keras are imported inside the functions, because they take seconds.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float, Float32

from spendscape.core.arrays import Array, Floats
from spendscape.network import wide_floats
from spendscape.network.blocks import Blocks, axis, groups
from spendscape.network.cell import Cell
from spendscape.network.wide_floats import Columns

# With gradients a graph of some steps is faster than a loop; one of a hundred takes minutes to build.
UNROLLED = 24
# Units that are multiplied with each other, though most belong to two networks. Blocks of fewer units
# are as slow, because a product of small matrices is.
GROUP = 24
# Adam's constants, and the largest norm of each network's gradient by one of its arrays.
MOMENTUM, MEMORY, TINY, LARGEST_NORM = 0.9, 0.999, 1e-7, 1.0
# Customers at a time where no gradient is needed; and where their numbers shall stay in the cache.
BLOCK, BLOCK_IN_CACHE = 8192, 512


class Progress(NamedTuple):
    """One network's arrays and Adam's two moments of each, in the order that Keras has them."""

    arrays: list[Array]
    means: list[Array]
    squares: list[Array]


class Batches(NamedTuple):
    """What all networks train on, as TensorFlow has it.

    inputs, targets : of the customers, [N, T, C] and [N, P]
    validation : inputs and targets of other customers
    scale : mean and deviation of each class; a network reads (inputs − mean) / deviation
    size : customers in a batch
    """

    inputs: Any
    targets: Any
    validation: tuple[Any, Any]
    scale: list[Any]
    size: int

    @classmethod
    def of(
        cls,
        examples: tuple[Float[Array, "N T C"], Float[Array, "N P"]],
        validation: tuple[Float[Array, "K T C"], Float[Array, "K P"]],
        scale: tuple[Float[Floats, " C"], Float[Floats, " C"]],
        size: int,
    ) -> "Batches":
        """Batches of so many customers of the examples."""
        import tensorflow as tf

        inputs, targets, *both, mean, deviation = (
            tf.constant(a, tf.float32) for a in (*examples, *validation, *scale)
        )
        return cls(inputs, targets, (both[0], both[1]), [mean, deviation], size)


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
    own = groups([len(network.arrays[-2]) for network in networks], GROUP)
    shapes = zip(*([a.shape for a in network.arrays] for network in networks), strict=True)
    return [
        Blocks(
            own,
            [
                axis(lengths, k, own)
                for lengths, k in zip(zip(*of_each, strict=True), by, strict=True)
            ],
        )
        for of_each, by in zip(shapes, growth, strict=True)
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
    compiled : whether XLA compiles the graphs, which takes seconds and makes updates faster
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

        _, self._steps, classes = batches.inputs.shape
        self._kind, self._batches = kind, batches
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
        # Rows of the arrays belong to networks; a matrix gives each row its network's number.
        self._members = [
            tf.constant(np.equal.outer(blocks.owners, np.arange(self._count)), tf.float32)
            for blocks in self._blocks
        ]
        by_trait = tf.constant(step_weights / batches.targets.shape[1], tf.float32)
        self._step_weights = tf.constant(tf.matmul(self._members[-1], by_trait).numpy())
        self._block = BLOCK_IN_CACHE if compiled else BLOCK
        self._one_epoch = tf.function(self._epoch, autograph=False, jit_compile=compiled)

    def epoch(
        self, order: Array, rates: Sequence[float]
    ) -> tuple[Float32[Array, " G"], Float32[Array, " G"]]:
        """Train all networks on all batches once; returns each one's mean loss, then and on the validation.

        Parameters
        ----------
        order : of the customers; what is left over at its end is no batch
        rates : each network's learning rate
        """
        import tensorflow as tf

        given = tf.constant(order.astype(np.int32)), tf.constant(np.array(rates, np.float32))
        losses, validation = map(np.asarray, self._one_epoch(*given))
        return losses, validation

    def arrays(self, network: int) -> list[Array]:
        """One network's arrays, in the order that Keras has them."""
        return self._parts(self._arrays, network)

    def progress(self, network: int) -> Progress:
        """How far one network has come."""
        kinds = (self._arrays, self._means, self._squares)
        return Progress(*(self._parts(kind, network) for kind in kinds))

    def _parts(self, arrays: list[Any], network: int) -> list[Array]:
        return [
            blocks.part(array.numpy(), network)
            for blocks, array in zip(self._blocks, arrays, strict=True)
        ]

    def _losses(self, data: tuple[Any, Any], rows: Any, share: Any, loop: bool) -> Any:
        """The sums [G] of the networks' losses on some customers of the data, each times its share."""
        import tensorflow as tf

        inputs, truth = data[0], tf.gather(data[1], rows)
        (customers, traits), (_, steps, _) = truth.shape, inputs.shape
        *own, output, bias = map(Columns, self._arrays)
        cell, groups = self._kind(*own), output.tensor.shape[0]
        if loop:
            picked = tf.transpose(tf.gather(inputs, rows), [1, 0, 2])
            hidden = _looped(cell, self._scaled(picked), groups)
        else:
            by_step = (tf.stack([rows, tf.fill([customers], k)], axis=1) for k in range(steps))
            scaled = [self._scaled(tf.gather_nd(inputs, places)) for places in by_step]
            hidden = _unrolled(cell, scaled, groups)
        outputs = (wide_floats.product(hidden, output) + bias).tensor
        # Rows are networks and their traits; the networks of each group, and what is left over.
        by_network = tf.reshape(outputs, [-1, traits, steps, customers])
        errors = by_network - tf.transpose(truth)[None, :, None]
        squares = tf.reshape(tf.square(errors), [-1, steps, customers])
        minded = tf.reduce_sum(squares * self._step_weights[:, :, None], axis=1)
        by_row = tf.linalg.matvec(minded, share)
        return tf.linalg.matvec(self._members[-1], by_row, transpose_a=True)

    def _scaled(self, inputs: Any) -> Any:
        mean, deviation = self._batches.scale
        return (inputs - mean) / deviation

    def _epoch(self, order: Any, rates: Any) -> tuple[Any, Any]:
        import tensorflow as tf

        inputs, targets, validation, _, size = self._batches
        (customers, steps, _), count = inputs.shape, len(validation[0])
        updates, block = customers // size, min(count, self._block)

        def update(k: Any, total: Any) -> Any:
            rows = tf.ensure_shape(tf.slice(order, [k * size], [size]), [size])
            with tf.GradientTape() as tape:
                share = tf.fill([size], 1 / size)
                losses = self._losses((inputs, targets), rows, share, steps > UNROLLED)
                whole = tf.reduce_sum(losses)
            # Of a single step no loss depends on the recurrence.
            none = tf.UnconnectedGradients.ZERO
            gradients = tape.gradient(whole, self._arrays, unconnected_gradients=none)
            self._adam(gradients, rates)
            return k + 1, total + losses

        def validate(k: Any, total: Any) -> Any:
            # All blocks have one size; the last one begins with customers of the one before.
            rows = tf.range(block) + tf.minimum(k * block, count - block)
            new = tf.cast(rows >= k * block, tf.float32)
            return k + 1, total + self._losses(validation, rows, new / count, True)

        sums = []
        for times, body in ((updates, update), (-(-count // block), validate)):
            zero = tf.constant(0), tf.zeros([self._count])
            sums.append(tf.while_loop(lambda k, _, times=times: k < times, body, zero)[1])
        return sums[0] / updates, sums[1]

    def _adam(self, gradients: list[Any], rates: Any) -> None:
        """One update by Adam, each network's gradient clipped to `LARGEST_NORM` in each of its arrays."""
        import tensorflow as tf

        self._updates.assign_add(1.0)
        unbiased = tf.sqrt(1 - MEMORY**self._updates) / (1 - MOMENTUM**self._updates)
        for blocks, member, array, mean, square, gradient in zip(
            self._blocks, self._members, self._arrays, self._means, self._squares, gradients,
            strict=True,
        ):  # fmt: skip
            own = gradient if blocks.inside.all() else gradient * blocks.inside.astype(np.float32)
            by_row = tf.reshape(tf.square(own), [len(blocks.owners), -1])
            norms = tf.sqrt(
                tf.linalg.matvec(
                    member, tf.linalg.matvec(by_row, tf.ones([by_row.shape[1]])), transpose_a=True
                )
            )
            rows = [*array.shape[:2], *(1 for _ in array.shape[2:])]
            clipped = LARGEST_NORM / tf.maximum(norms, LARGEST_NORM)
            own *= tf.reshape(tf.linalg.matvec(member, clipped), rows)
            mean.assign_add((own - mean) * (1 - MOMENTUM))
            square.assign_add((tf.square(own) - square) * (1 - MEMORY))
            step = tf.reshape(tf.linalg.matvec(member, rates * unbiased), rows)
            array.assign_sub(mean * step / (tf.sqrt(square) + TINY))


def _start(cell: Cell, groups: int, customers: int) -> tuple[Columns, Columns]:
    """The zero state."""
    sizes = cell.units, cell.memory_units
    h, c = (wide_floats.zeros(groups, size, customers) for size in sizes)
    return h, c


def _unrolled(cell: Cell, steps: list[Any], groups: int) -> Columns:
    """The hidden states of all steps, one step after the other."""
    import tensorflow as tf

    (h, c), hidden = _start(cell, groups, steps[0].shape[0]), []
    for inputs in steps:
        h, c = cell.step(cell.drive(inputs, wide_floats), h, c, wide_floats)
        hidden.append(h.tensor)
    return Columns(tf.reshape(tf.stack(hidden, axis=2), [groups, cell.units, -1]))


def _looped(cell: Cell, steps: Any, groups: int) -> Columns:
    """The same of inputs [T, N, C], in a loop."""
    import tensorflow as tf

    def after(now: tuple[Any, Any], inputs: Any) -> tuple[Any, Any]:
        h, c = map(Columns, now)
        h, c = cell.step(cell.drive(inputs, wide_floats), h, c, wide_floats)
        return h.tensor, c.tensor

    start = tuple(part.tensor for part in _start(cell, groups, steps.shape[1]))
    hidden = tf.transpose(tf.scan(after, steps, start)[0], [1, 2, 0, 3])
    return Columns(tf.reshape(hidden, [groups, cell.units, -1]))
