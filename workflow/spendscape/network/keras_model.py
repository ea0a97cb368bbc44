"""The network: a Keras LSTM with a linear output layer, trained on spending fractions (MATHS §3).

Keras and TensorFlow are imported inside the functions that train, because they take seconds.
"""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from spendscape.core.arrays import Floats
from spendscape.core.errors import DataError
from spendscape.network.lstm import Weights

Progress = Callable[[int, dict[str, float]], None]


@dataclass(frozen=True)
class Training:
    """How to train: see the config's section `model`."""

    supervision: str
    epochs: int
    batch_size: int
    learning_rate: float
    patience: int
    seed: int
    threads: int = 1


def start_tensorflow(threads: int) -> None:
    """Limit TensorFlow to `threads` and make its operations repeatable; once, before any training.

    The same seed, data and machine give the same weights; another CPU may round differently.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    tf.config.experimental.enable_op_determinism()


def versions() -> dict[str, str]:
    """What trained the network, by name."""
    import keras
    import tensorflow as tf

    return {"tensorflow": tf.__version__, "keras": keras.__version__, "numpy": np.__version__}


def network(units: int, steps: int, classes: int, traits: int) -> Any:
    """The Keras model [N, steps, classes] → [N, steps, traits]: LSTM with `units`, linear output."""
    import keras

    return keras.Sequential(
        [
            keras.Input((steps, classes)),
            # A graph of some steps is faster than a loop; one of a hundred takes minutes to build.
            keras.layers.LSTM(units, return_sequences=True, unroll=steps <= 24, name="lstm"),
            keras.layers.Dense(traits, name="traits"),
        ]
    )


def scaling(inputs: NDArray[Any]) -> tuple[Floats, Floats]:
    """Mean and deviation [C] of the training inputs [N, T, C].

    Raw fractions have a mean of 1/C, with which training crawls. The scaling is folded into the
    kernel afterwards (`fold`), so that the saved network reads raw fractions. No deviation is below
    a hundredth of the largest, or else the few customers who use a rare class would saturate gates.
    """
    mean = inputs.mean(axis=(0, 1), dtype=np.float64)
    # In blocks, because std would hold all differences in float64, twice the inputs.
    blocks = (inputs[k : k + 8192] for k in range(0, len(inputs), 8192))
    squares = sum(np.square(block - mean).sum(axis=(0, 1)) for block in blocks)
    deviation = np.sqrt(squares / (inputs.shape[0] * inputs.shape[1]))
    return mean, np.maximum(deviation, 0.01 * deviation.max())


def fold(
    kernel: NDArray[Any], bias: NDArray[Any], mean: Floats, deviation: Floats
) -> tuple[Floats, Floats]:
    """A kernel [C, 4M] and bias [4M] for raw inputs from those for (x − mean) / deviation."""
    raw = kernel.astype(np.float64) / deviation[:, None]
    return raw, bias.astype(np.float64) - mean @ raw


def batch_size(most: int, customers: int) -> int:
    """Customers in a batch: `most`, or fewer where an epoch would have fewer than 64 updates.

    An epoch of three updates, as a thousand customers would give, ends a training half-way. Below
    16 customers a batch only costs time.
    """
    return min(most, max(16, customers // 64), customers)


def train(
    inputs: NDArray[Any],
    targets: NDArray[Any],
    validation: tuple[NDArray[Any], NDArray[Any]],
    units: int,
    how: Training,
    names: tuple[Sequence[str], Sequence[str]],
    progress: Progress | None = None,
) -> tuple[Weights, pd.DataFrame]:
    """Train the LSTM; every step or the last one answers for the customer's traits (MATHS §3).

    Parameters
    ----------
    inputs, targets : [N, T, C] and [N, P] of the training customers
    validation : the same two of the validation customers, which stop the training
    units : M
    names : trait names, class names
    progress : called with the epoch and its losses

    Returns
    -------
    weights : of the epoch with the best validation loss, for raw fractions, rounded to float32
    history : a row an epoch: epoch, loss, validation_loss, learning_rate

    Raises
    ------
    DataError
        Inputs and targets of different lengths, or a loss that is not finite.
    """
    import keras

    if len(inputs) != len(targets) or len(validation[0]) != len(validation[1]):
        raise DataError(
            f"training: {len(inputs)} and {len(validation[0])} inputs were given, and "
            f"{len(targets)} and {len(validation[1])} targets"
        )
    keras.utils.set_random_seed(how.seed)
    mean, deviation = scaling(inputs)
    last_only = how.supervision == "final_step"

    def loss(predicted: Any, _: Any, truth: Any) -> Any:
        steps = predicted[:, -1:] if last_only else predicted
        return keras.ops.mean(keras.ops.square(steps - truth[:, None, :]))

    model = network(units, inputs.shape[1], inputs.shape[2], targets.shape[1])
    history = _fit(
        model, (inputs, targets), validation, (mean, deviation), loss, how, progress, clip=1.0
    )
    kernel, recurrent, bias, output, output_bias = model.get_weights()
    kernel, bias = fold(kernel, bias, mean, deviation)
    kernel, recurrent, bias, output, output_bias = (
        array.astype(np.float32).astype(np.float64)
        for array in (kernel, recurrent, bias, output, output_bias)
    )
    weights = Weights(kernel, recurrent, bias, output, output_bias, list(names[0]), list(names[1]))
    return weights, history


def _fit(
    model: Any,
    data: tuple[NDArray[Any], NDArray[Any]],
    validation: tuple[NDArray[Any], NDArray[Any]],
    scale: tuple[Floats, Floats],
    loss: Callable[[Any, Any, Any], Any],
    how: Training,
    progress: Progress | None,
    clip: float | None = None,
) -> pd.DataFrame:
    """Train a Keras model with Adam; it ends with the weights of its best epoch.

    Keras' own `fit` takes seven times as long here: with batches this small nearly all of it goes
    into handing them over one by one. An epoch is one graph that picks its batches out of the
    inputs, which stay in memory once, unscaled.

    The learning rate halves when the validation loss has not become better for a third of the
    patience, down to a hundredth of where it began.

    Parameters
    ----------
    data, validation : inputs [N, T, C] and targets [N, P]
    scale : mean and deviation [C]; the model reads (inputs − mean) / deviation
    loss : (output of the model, its scaled inputs, targets) → a scalar
    clip : largest norm of each gradient
    """
    import keras
    import tensorflow as tf

    optimizer = keras.optimizers.Adam(how.learning_rate, clipnorm=clip)
    optimizer.build(model.trainable_variables)
    mean, deviation = (tf.constant(values.astype(np.float32)) for values in scale)
    inputs, targets = (tf.convert_to_tensor(values, tf.float32) for values in data)
    size = batch_size(how.batch_size, len(inputs))
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

    def validation_loss() -> float:
        parts = [
            (len(rows), float(validate(rows, truth)))
            for rows, truth in (
                [tf.convert_to_tensor(values[k : k + 8192], tf.float32) for values in validation]
                for k in range(0, len(validation[0]), 8192)
            )
        ]
        return sum(count * value for count, value in parts) / sum(count for count, _ in parts)

    random = np.random.default_rng(how.seed)
    history: list[dict[str, float]] = []
    best, weights, since_best, since_halved = np.inf, model.get_weights(), 0, 0
    for number in range(1, how.epochs + 1):
        rate = float(optimizer.learning_rate)
        trained = float(epoch(tf.constant(random.permutation(len(inputs)).astype(np.int32))))
        history.append(
            {
                "epoch": number,
                "loss": trained,
                "validation_loss": validation_loss(),
                "learning_rate": rate,
            }
        )
        reached = history[-1]["validation_loss"]
        if not np.isfinite([trained, reached]).all():
            raise DataError(
                f"model.learning_rate: {how.learning_rate:g} was given; the loss became infinite, "
                "lower it"
            )
        if progress:
            progress(number, history[-1])
        better = reached < best - 1e-6
        since_best, since_halved = (0, 0) if better else (since_best + 1, since_halved + 1)
        if better:
            best, weights = reached, model.get_weights()
        elif since_best >= how.patience:
            break
        elif since_halved >= max(1, how.patience // 3):
            optimizer.learning_rate.assign(max(rate / 2, how.learning_rate / 100))
            since_halved = 0
    model.set_weights(weights)
    return pd.DataFrame(history)


def as_keras(weights: Weights, steps: int) -> Any:
    """The Keras model of some weights: raw fractions [N, steps, C] → outputs [N, steps, P]."""
    classes, traits = len(weights.classes), len(weights.traits)
    model = network(weights.units, steps, classes, traits)
    model.set_weights(
        [weights.kernel, weights.recurrent, weights.bias, weights.output, weights.output_bias]
    )
    return model


def rank_ceiling(traits: NDArray[Any]) -> Floats:
    """The share of the label variance in the first 1 … P principal components, [P].

    A linear read-out of M units confines outputs to an M-flat, so variance-weighted R² cannot pass
    the M-th entry (MATHS §3).
    """
    values = np.linalg.svd(traits - traits.mean(axis=0), compute_uv=False) ** 2
    return np.asarray(np.cumsum(values) / values.sum())


def choose_units(scores: pd.DataFrame, tolerance: float) -> int:
    """The elbow: fewest units whose mean R² is within one standard error, or `tolerance`, of the best.

    Parameters
    ----------
    scores : columns units, seed, r2; a row a trained network
    """
    by_units = scores.groupby("units")["r2"].agg(["mean", "sem"]).fillna(0.0)
    place = int(by_units["mean"].argmax())
    mean, error = float(by_units["mean"].iloc[place]), float(by_units["sem"].iloc[place])
    return int(by_units.index[by_units["mean"] >= mean - max(error, tolerance)].min())


def baseline_codes(
    inputs: NDArray[Any],
    targets: NDArray[Any],
    fitted_on: tuple[NDArray[np.bool_], NDArray[np.bool_]],
    units: int,
    how: Training,
) -> dict[str, NDArray[np.float32]]:
    """The codes that the study compares its states with: a feed-forward layer's and an auto-encoder's.

    Both have one layer of `units` with tanh between the flattened fractions and, linearly, the
    traits (feed_forward) or the fractions themselves (auto_encoder).

    Parameters
    ----------
    inputs, targets : [N, T, C] and [N, P] of all customers
    fitted_on : training and validation customers, [N] each

    Returns
    -------
    name to code [N, units]
    """
    import keras

    keras.utils.set_random_seed(how.seed)
    train_rows, validation_rows = fitted_on
    mean, deviation = scaling(inputs[train_rows])
    codes = {}
    for name in ("feed_forward", "auto_encoder"):
        rebuilds = name == "auto_encoder"

        def loss(predicted: Any, scaled: Any, truth: Any, rebuilds: bool = rebuilds) -> Any:
            goal = keras.ops.reshape(scaled, keras.ops.shape(predicted)) if rebuilds else truth
            return keras.ops.mean(keras.ops.square(predicted - goal))

        model = keras.Sequential(
            [
                keras.Input(inputs.shape[1:]),
                keras.layers.Flatten(),
                keras.layers.Dense(units, activation="tanh", name="code"),
                keras.layers.Dense(inputs[0].size if rebuilds else targets.shape[1]),
            ]
        )
        _fit(
            model,
            (inputs[train_rows], targets[train_rows]),
            (inputs[validation_rows], targets[validation_rows]),
            (mean, deviation),
            loss,
            how,
            None,
        )
        encoder = keras.Model(model.inputs, model.get_layer("code").output)
        scaled = ((inputs - mean) / deviation).astype(np.float32)
        codes[name] = np.asarray(encoder.predict(scaled, batch_size=8192, verbose=0))
    return codes
