"""Training a network on spending fractions (maths §3).

Keras and TensorFlow are imported inside the functions that train, because they take seconds.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from jaxtyping import Float, Shaped

from spendscape.core.arrays import Array, Floats, Names
from spendscape.core.errors import DataError
from spendscape.network.cells import cell_of
from spendscape.network.keras_model import network
from spendscape.network.weights import Weights

Progress = Callable[[int, dict[str, float]], None]
# (output of the model, its scaled inputs, targets) → a scalar
Loss = Callable[[Any, Any, Any], Any]
# Customers at a time where no gradient is needed.
BLOCK = 8192


@dataclass(frozen=True)
class Training:
    """How to train: see the config's section `model`."""

    supervision: str
    epochs: int
    batch_size: int
    learning_rate: float
    patience: int
    seed: int
    cell: str = "lstm"


class Examples(NamedTuple):
    """Spending fractions of customers, and the traits that the network shall answer with."""

    inputs: Float[Array, "N T C"]
    targets: Float[Array, "N P"]


class Scale(NamedTuple):
    """Mean and deviation of each class's fractions; a model reads (inputs − mean) / deviation."""

    mean: Float[Floats, " C"]
    deviation: Float[Floats, " C"]


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


def scaling(inputs: Float[Array, "N T C"]) -> Scale:
    """The scale of the training inputs.

    Raw fractions have a mean of 1/C, with which training crawls. The scaling is put into the cell's
    own weights afterwards (`Cell.reading_raw`), so that the saved network reads raw fractions. No
    deviation is below a hundredth of the largest, or else the few customers who use a rare class
    would saturate gates.
    """
    mean = inputs.mean(axis=(0, 1), dtype=np.float64)
    # In blocks, because std would hold all differences in float64, twice the inputs.
    blocks = (inputs[k : k + BLOCK] for k in range(0, len(inputs), BLOCK))
    squares = sum(np.square(block - mean).sum(axis=(0, 1)) for block in blocks)
    deviation = np.sqrt(squares / (inputs.shape[0] * inputs.shape[1]))
    return Scale(mean, np.maximum(deviation, 0.01 * deviation.max()))


def batch_size(most: int, customers: int) -> int:
    """Customers in a batch: `most`, or fewer where an epoch would have fewer than 64 updates.

    An epoch of three updates, as a thousand customers would give, ends a training half-way. Below
    16 customers a batch only costs time.
    """
    return min(most, max(16, customers // 64), customers)


def summary(
    split: Shaped[Names, " N"], settings: Mapping[str, Any], epochs: int, seed: int
) -> dict[str, Any]:
    """How a network came to be, as model/metrics.json has it.

    Parameters
    ----------
    split : the side of each customer
    settings : the config's section `model`; the batch size that was used takes the place of its own, and
        the cell is left out, because model/weights.json names it
    epochs : that were run
    """
    customers = {side: int(np.sum(split == side)) for side in np.unique(split)}
    return {
        "customers": customers,
        **{key: value for key, value in settings.items() if key != "cell"},
        "epochs": epochs,
        "batch_size": batch_size(settings["batch_size"], customers["train"]),
        "seed": seed,
        "versions": versions(),
    }


def train(
    examples: Examples,
    validation: Examples,
    units: int,
    how: Training,
    names: tuple[Sequence[str], Sequence[str]],
    progress: Progress | None = None,
) -> tuple[Weights, pd.DataFrame]:
    """Train a network; every step or the last one answers for the customer's traits (maths §3).

    Parameters
    ----------
    validation : other customers, whose loss stops the training
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
        Inputs and targets of different lengths, an unknown cell, or a loss that is not finite.
    """
    import keras

    if any(len(side.inputs) != len(side.targets) for side in (examples, validation)):
        raise DataError(
            f"training: {len(examples.inputs)} and {len(validation.inputs)} inputs were given, and "
            f"{len(examples.targets)} and {len(validation.targets)} targets"
        )
    kind = cell_of(how.cell)
    keras.utils.set_random_seed(how.seed)
    scale = scaling(examples.inputs)
    last_only = how.supervision == "final_step"

    def loss(predicted: Any, _: Any, truth: Any) -> Any:
        steps = predicted[:, -1:] if last_only else predicted
        return keras.ops.mean(keras.ops.square(steps - truth[:, None, :]))

    _, steps, classes = examples.inputs.shape
    model = network(kind, units, steps, classes, examples.targets.shape[1])
    history = fit(model, examples, validation, scale, loss, how, progress, clip=1.0)
    *own, output, output_bias = model.get_weights()
    cell = _rounded(kind.from_keras(*own).reading_raw(*scale))
    return _rounded(Weights(cell, output, output_bias, *map(list, names))), history


def _rounded(part: Any) -> Any:
    """The same with every array rounded to float32."""
    arrays = {name: value for name, value in vars(part).items() if isinstance(value, np.ndarray)}
    rounded = {name: a.astype(np.float32).astype(np.float64) for name, a in arrays.items()}
    return replace(part, **rounded)


def fit(
    model: Any,
    examples: Examples,
    validation: Examples,
    scale: Scale,
    loss: Loss,
    how: Training,
    progress: Progress | None = None,
    clip: float | None = None,
) -> pd.DataFrame:
    """Train a Keras model with Adam; it ends with the weights of its best epoch.

    Keras' own `fit` takes seven times as long here: with batches this small nearly all of it goes
    into handing them over one by one. An epoch is one graph that picks its batches out of the
    inputs, which stay in memory once, unscaled.

    Parameters
    ----------
    loss : of the model's output, its scaled inputs and the targets
    progress : called with the epoch and its losses
    clip : largest norm of each gradient

    Returns
    -------
    As `train`'s history.

    Raises
    ------
    DataError
        The loss is not finite.
    """
    import keras

    optimizer = keras.optimizers.Adam(how.learning_rate, clipnorm=clip)
    optimizer.build(model.trainable_variables)
    one_epoch, validation_loss = _graphs(model, optimizer, examples, scale, loss, how.batch_size)
    random = np.random.default_rng(how.seed)
    history: list[dict[str, float]] = []
    pace, weights = Pace(how.learning_rate, how.patience), model.get_weights()
    for number in range(1, how.epochs + 1):
        losses = {
            "loss": one_epoch(random.permutation(len(examples.inputs))),
            "validation_loss": validation_loss(validation),
        }
        history.append({"epoch": number, **losses, "learning_rate": float(optimizer.learning_rate)})
        if not np.isfinite(list(losses.values())).all():
            raise DataError(
                f"model.learning_rate: {how.learning_rate:g} was given; the loss became infinite, "
                "lower it"
            )
        if progress:
            progress(number, history[-1])
        if pace.improved(losses["validation_loss"]):
            weights = model.get_weights()
        elif pace.exhausted:
            break
        else:
            optimizer.learning_rate.assign(pace.rate(float(optimizer.learning_rate)))
    model.set_weights(weights)
    return pd.DataFrame(history)


@dataclass
class Pace:
    """When to slow down and when to stop.

    The learning rate halves when the validation loss has not become better for a third of the
    patience, down to a hundredth of where it began; training ends when it has not for all of it.
    """

    first_rate: float
    patience: int
    best: float = np.inf
    since_best: int = 0
    since_halved: int = 0

    def improved(self, loss: float) -> bool:
        """Whether an epoch's loss is better than all before it."""
        better = loss < self.best - 1e-6
        self.best = loss if better else self.best
        self.since_best, self.since_halved = (
            (0, 0) if better else (self.since_best + 1, self.since_halved + 1)
        )
        return better

    @property
    def exhausted(self) -> bool:
        """Whether patience has come to its end."""
        return self.since_best >= self.patience

    def rate(self, now: float) -> float:
        """The learning rate of the next epoch."""
        if self.since_halved < max(1, self.patience // 3):
            return now
        self.since_halved = 0
        return max(now / 2, self.first_rate / 100)


def _graphs(
    model: Any, optimizer: Any, examples: Examples, scale: Scale, loss: Loss, most: int
) -> tuple[Callable[[Array], float], Callable[[Examples], float]]:
    """One epoch in a given order of the customers, and the loss of other customers, as TensorFlow graphs."""
    import tensorflow as tf

    mean, deviation = (tf.constant(values.astype(np.float32)) for values in scale)
    inputs, targets = (tf.convert_to_tensor(values, tf.float32) for values in examples)
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
