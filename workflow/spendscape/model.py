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

from spendscape.errors import DataError
from spendscape.states import Weights

Floats = NDArray[np.float64]
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


def network(units: int, steps: int, classes: int, traits: int) -> Any:
    """The Keras model [N, steps, classes] → [N, steps, traits]: LSTM with `units`, linear output."""
    import keras

    return keras.Sequential(
        [
            keras.Input((steps, classes)),
            keras.layers.LSTM(units, return_sequences=True, unroll=True, name="lstm"),
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
    deviation = inputs.std(axis=(0, 1), dtype=np.float64)
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
    return min(most, max(16, customers // 64))


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
    batch = batch_size(how.batch_size, len(inputs))
    mean, deviation = scaling(inputs)
    last_only = how.supervision == "final_step"

    def scaled(values: NDArray[Any]) -> NDArray[np.float32]:
        return ((values - mean.astype(np.float32)) / deviation.astype(np.float32)).astype(
            np.float32
        )

    def loss(truth: Any, predicted: Any) -> Any:
        steps = predicted[:, -1:] if last_only else predicted
        return keras.ops.mean(keras.ops.square(steps - truth[:, None, :]), axis=(1, 2))

    model = network(units, inputs.shape[1], inputs.shape[2], targets.shape[1])
    model.compile(
        keras.optimizers.Adam(how.learning_rate, clipnorm=1.0),
        loss=loss,
        jit_compile=False,
        steps_per_execution=max(1, min(64, len(inputs) // batch)),
    )
    fitted = model.fit(
        scaled(inputs),
        targets.astype(np.float32),
        validation_data=(scaled(validation[0]), validation[1].astype(np.float32)),
        validation_batch_size=8192,
        batch_size=batch,
        epochs=how.epochs,
        verbose=0,
        callbacks=[
            keras.callbacks.ReduceLROnPlateau(
                factor=0.5, patience=max(1, how.patience // 3), min_lr=how.learning_rate / 100
            ),
            keras.callbacks.EarlyStopping(
                min_delta=1e-6, patience=how.patience, restore_best_weights=True
            ),
            keras.callbacks.TerminateOnNaN(),
            keras.callbacks.LambdaCallback(
                on_epoch_end=lambda epoch, logs: progress(epoch + 1, logs) if progress else None
            ),
        ],
    ).history
    if not np.isfinite(fitted["loss"]).all():
        raise DataError(
            f"model.learning_rate: {how.learning_rate:g} was given; the loss became infinite, lower it"
        )
    kernel, recurrent, bias, output, output_bias = model.get_weights()
    kernel, bias = fold(kernel, bias, mean, deviation)
    kernel, recurrent, bias, output, output_bias = (
        array.astype(np.float32).astype(np.float64)
        for array in (kernel, recurrent, bias, output, output_bias)
    )
    weights = Weights(kernel, recurrent, bias, output, output_bias, list(names[0]), list(names[1]))
    history = pd.DataFrame(
        {
            "epoch": np.arange(1, len(fitted["loss"]) + 1),
            "loss": fitted["loss"],
            "validation_loss": fitted["val_loss"],
            "learning_rate": fitted["learning_rate"],
        }
    )
    return weights, history


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
    batch = batch_size(how.batch_size, int(train_rows.sum()))
    mean, deviation = scaling(inputs[train_rows])
    flat = ((inputs - mean) / deviation).astype(np.float32).reshape(len(inputs), -1)
    codes = {}
    for name, goal in (("feed_forward", targets.astype(np.float32)), ("auto_encoder", flat)):
        model = keras.Sequential(
            [
                keras.Input((flat.shape[1],)),
                keras.layers.Dense(units, activation="tanh", name="code"),
                keras.layers.Dense(goal.shape[1]),
            ]
        )
        model.compile(
            keras.optimizers.Adam(how.learning_rate),
            loss="mse",
            jit_compile=False,
            steps_per_execution=max(1, min(64, int(train_rows.sum()) // batch)),
        )
        model.fit(
            flat[train_rows],
            goal[train_rows],
            validation_data=(flat[validation_rows], goal[validation_rows]),
            validation_batch_size=8192,
            batch_size=batch,
            epochs=how.epochs,
            verbose=0,
            callbacks=[
                keras.callbacks.EarlyStopping(
                    min_delta=1e-6, patience=how.patience, restore_best_weights=True
                )
            ],
        )
        encoder = keras.Model(model.inputs, model.get_layer("code").output)
        codes[name] = np.asarray(encoder.predict(flat, batch_size=8192, verbose=0))
    return codes
