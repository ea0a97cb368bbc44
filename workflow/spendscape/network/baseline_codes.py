"""The codes that the study compares its states with: a feed-forward layer's and an auto-encoder's."""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from jaxtyping import Float, Float32

from spendscape.core.arrays import Array
from spendscape.core.errors import DataError
from spendscape.core.geometry import normalised
from spendscape.network.training import Examples, Pace, Scale, Training, batch_size, scaling
from spendscape.network.wide import BLOCK

# (output of the model, its scaled inputs, targets) → a scalar
Loss = Callable[[Any, Any, Any], Any]


def baseline_codes(
    train: Examples,
    validation: Examples,
    everybody: Iterable[Float[Array, "_ T C"]],
    units: int,
    how: Training,
) -> dict[str, Float32[Array, "N {units}"]]:
    """The code of every customer, by the name of the baseline.

    Both have one layer of `units` with tanh between the flattened fractions and, linearly, the
    traits (feed_forward) or the fractions themselves (auto_encoder). feed_forward_directions are the
    directions of its code from its own neutral point, where all traits are 0.

    Parameters
    ----------
    everybody : the fractions of all N customers, block by block
    """
    import keras
    import tensorflow as tf

    keras.utils.set_random_seed(how.seed)
    scale, encoders = scaling(train.inputs), {}
    # Once for both, because a copy takes as much memory as the customers.
    held = Examples(*(tf.convert_to_tensor(part, tf.float32) for part in train))
    for name in ("feed_forward", "auto_encoder"):
        rebuilds = name == "auto_encoder"

        def loss(predicted: Any, scaled: Any, truth: Any, rebuilds: bool = rebuilds) -> Any:
            goal = keras.ops.reshape(scaled, keras.ops.shape(predicted)) if rebuilds else truth
            return keras.ops.mean(keras.ops.square(predicted - goal))

        model = keras.Sequential(
            [
                keras.Input(train.inputs.shape[1:]),
                keras.layers.Flatten(),
                keras.layers.Dense(units, activation="tanh", name="code"),
                keras.layers.Dense(train.inputs[0].size if rebuilds else train.targets.shape[1]),
            ]
        )
        _fit(model, held, validation, scale, loss, how)
        encoders[name] = keras.Model(model.inputs, model.get_layer("code").output)
        if not rebuilds:
            # Here all traits are 0: the code's directions are from it, as those of the network's states are from theirs.
            output, bias = (part.astype(np.float64) for part in model.layers[-1].get_weights())
            neutral = -bias @ np.linalg.pinv(output)
    parts: dict[str, list[Array]] = {name: [] for name in encoders}
    for block in everybody:
        scaled = ((block - scale.mean) / scale.deviation).astype(np.float32)
        for name, encoder in encoders.items():
            code = encoder.predict(scaled, batch_size=BLOCK, verbose=0)
            parts[name].append(np.asarray(code, dtype=np.float32))
    codes = {name: np.concatenate(blocks) for name, blocks in parts.items()}
    away = normalised(codes["feed_forward"] - neutral).astype(np.float32)
    return {
        "feed_forward": codes["feed_forward"],
        "feed_forward_directions": away,
        "auto_encoder": codes["auto_encoder"],
    }


def _fit(
    model: Any,
    examples: Examples,
    validation: Examples,
    scale: Scale,
    loss: Loss,
    how: Training,
) -> None:
    """Train a Keras model with Adam; it ends with the weights of its best epoch.

    Keras' own `fit` takes seven times as long here: with batches this small nearly all of it goes
    into handing them over one by one. An epoch is one graph that picks its batches out of the
    inputs, which stay in memory once, unscaled.

    Parameters
    ----------
    loss : of the model's output, its scaled inputs and the targets

    Raises
    ------
    DataError
        The loss is not finite.
    """
    import keras

    optimizer = keras.optimizers.Adam(how.learning_rate)
    optimizer.build(model.trainable_variables)
    one_epoch, validation_loss = _graphs(model, optimizer, examples, scale, loss, how.batch_size)
    random = np.random.default_rng(how.seed)
    pace, weights = Pace(how.learning_rate, how.patience), model.get_weights()
    for _ in range(how.epochs):
        losses = one_epoch(random.permutation(len(examples.inputs))), validation_loss(validation)
        if not np.isfinite(losses).all():
            raise DataError(
                f"model.learning_rate: {how.learning_rate:g} was given; the loss became infinite, "
                "lower it"
            )
        if pace.improved(losses[1]):
            weights = model.get_weights()
        elif pace.exhausted:
            break
        else:
            optimizer.learning_rate.assign(pace.rate(float(optimizer.learning_rate)))
    model.set_weights(weights)


def _graphs(
    model: Any, optimizer: Any, examples: Examples, scale: Scale, loss: Loss, most: int
) -> tuple[Callable[[Array], float], Callable[[Examples], float]]:
    """One epoch in a given order of the customers, and the loss of other customers, as TensorFlow graphs."""
    import tensorflow as tf

    mean, deviation = (tf.constant(values.astype(np.float32)) for values in scale)
    inputs, targets = examples
    size = batch_size(most, len(inputs))
    updates = len(inputs) // size

    def loss_of(rows: Any, truth: Any, training: bool) -> Any:
        scaled = (rows - mean) / deviation
        return loss(model(scaled, training=training), scaled, truth)

    def one_epoch(order: Any) -> Any:
        total = 0.0
        for k in tf.range(updates):
            rows = tf.ensure_shape(order[k * size : (k + 1) * size], [size])
            with tf.GradientTape() as tape:
                value = loss_of(tf.gather(inputs, rows), tf.gather(targets, rows), True)
            optimizer.apply(tape.gradient(value, model.trainable_variables))
            total += value
        return total / updates

    epoch = tf.function(one_epoch)
    validate = tf.function(lambda rows, truth: loss_of(rows, truth, False), reduce_retracing=True)

    def validation_loss(others: Examples) -> float:
        parts = [
            (len(rows), float(validate(rows, truth)))
            for rows, truth in (
                [tf.convert_to_tensor(values[k : k + BLOCK], tf.float32) for values in others]
                for k in range(0, len(others.inputs), BLOCK)
            )
        ]
        return sum(count * value for count, value in parts) / sum(count for count, _ in parts)

    return lambda order: float(epoch(tf.constant(order.astype(np.int32)))), validation_loss
