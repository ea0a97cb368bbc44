"""Training, side by side: spendscape, plain Keras `fit`, and a hand-written tf.function loop; one network and many.

Usage: python benchmarks/training.py [RESULTS] [--epochs N] [--rounds N]

RESULTS (default `results`) holds tensors/spending.parquet and tensors/traits.parquet of a run. Every
round starts each way in a process of its own, one after the other, on the same customers with the
same epochs and batch size, and counts from the start of the interpreter to the end. `spendscape` is one
network, compiled; `uncompiled` the same without; `six` the seeds of a run's retrained networks together;
`sixteen` the sizes of 1 to 8 units, two seeds each, together.
Prints seconds of wall and processor (median and range), seconds an epoch, the test R² that each reached,
and ratios.
"""

import argparse
import json
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from spendscape.network.training_data import TrainingData

Predicted = Any  # arrays of one of the libraries that are compared

ROOT = Path(__file__).resolve().parents[1]
BATCH, SEED, RATE, UNITS = 256, 20, 0.005, 3
NAMES = ("spendscape", "uncompiled", "six", "sixteen", "keras_fit", "tf_function")


def measure(name: str, results: Path, epochs: int) -> dict[str, float]:
    """Train one way; returns processor seconds, those an epoch after the first one, and the worst trait's test R²."""
    sys.path[:0] = [str(ROOT / "workflow"), str(ROOT / "workflow/scripts")]
    from spendscape.network.training_data import training_data

    data = training_data(
        str(results / "tensors/spending.parquet"), str(results / "tensors/traits.parquet")
    )
    marks: list[float] = []
    output = globals()[name](data, epochs, marks)
    from spendscape.core.statistics import r_squared

    pace = (marks[-1] - marks[0]) / (len(marks) - 1)
    # Of all, because TensorFlow's threads and those of NumPy count.
    return {
        "processor": time.process_time(),
        "epoch": pace,
        "r2": float(r_squared(data.of("test")[1], output).min()),
    }


def spendscape(data: "TrainingData", epochs: int, marks: list[float]) -> Predicted:
    """As the rule `train` does."""
    return _together(data, [(UNITS, SEED)], epochs, marks, True)


def uncompiled(data: "TrainingData", epochs: int, marks: list[float]) -> Predicted:
    """The same without compiling."""
    return _together(data, [(UNITS, SEED)], epochs, marks, False)


def six(data: "TrainingData", epochs: int, marks: list[float]) -> Predicted:
    """Six seeds side by side."""
    return _together(data, [(UNITS, SEED + k) for k in range(6)], epochs, marks, True)


def sixteen(data: "TrainingData", epochs: int, marks: list[float]) -> Predicted:
    """As the rule `elbow` does with its defaults; the network of UNITS units answers."""
    sizes = sorted(range(1, 9), key=lambda units: units != UNITS)
    return _together(data, [(m, SEED + k) for m in sizes for k in range(2)], epochs, marks, True)


def _together(
    data: "TrainingData",
    networks: list[tuple[int, int]],
    epochs: int,
    marks: list[float],
    compiled: bool,
) -> Predicted:
    from spendscape.network import training
    from spendscape.network.units import last_outputs

    training.COMPILED_UPDATES = 0 if compiled else 10**9
    training.start_tensorflow()
    members = [training.Member("every_step", *network) for network in networks]

    def mark(name: str, *_: object) -> None:
        if name == members[0].name:
            marks.append(time.process_time())

    made = training.train(
        *data.both("train", "validation"),
        members,
        training.Training(epochs, BATCH, RATE, epochs, SEED),
        (data.traits, data.classes),
        mark,
    )
    return last_outputs(made[0].weights, data.of("test").inputs)


def keras_fit(data: "TrainingData", epochs: int, marks: list[float]) -> Predicted:
    """What one would write: a Sequential of LSTM and Dense, and `fit` on the arrays."""
    import keras

    keras.utils.set_random_seed(SEED)
    inputs, targets = data.of("train")
    model = keras.Sequential(
        [
            keras.Input(inputs.shape[1:]),
            keras.layers.LSTM(UNITS),
            keras.layers.Dense(targets.shape[1]),
        ]
    )
    model.compile(keras.optimizers.Adam(RATE), "mse")
    each = keras.callbacks.LambdaCallback(on_epoch_end=lambda *_: marks.append(time.process_time()))
    model.fit(
        inputs, targets, validation_data=data.of("validation"),
        batch_size=BATCH, epochs=epochs, verbose=0, callbacks=[each],
    )  # fmt: skip
    predicted: Predicted = model.predict(data.of("test")[0], batch_size=8192, verbose=0)
    return predicted


def tf_function(data: "TrainingData", epochs: int, marks: list[float]) -> Predicted:
    """A loop over batches by hand around one tf.function, with scaled inputs as spendscape has them."""
    import keras
    import numpy as np
    import tensorflow as tf

    from spendscape.network.keras_model import network
    from spendscape.network.lstm import Lstm
    from spendscape.network.training import scaling

    keras.utils.set_random_seed(SEED)
    inputs, targets = data.of("train")
    mean, deviation = scaling(inputs)

    def scaled(values: Predicted) -> Predicted:
        return np.asarray((values - mean) / deviation, np.float32)

    x, y = scaled(inputs), targets.astype(np.float32)
    x_validation, y_validation = scaled(data.of("validation")[0]), data.of("validation")[1]
    model = network(Lstm, UNITS, x.shape[1], x.shape[2], y.shape[1])
    optimizer = keras.optimizers.Adam(RATE, clipnorm=1.0)
    optimizer.build(model.trainable_variables)

    @tf.function  # type: ignore[untyped-decorator]
    def update(rows: Any, truth: Any) -> Any:
        with tf.GradientTape() as tape:
            predicted = model(rows, training=True)
            loss = tf.reduce_mean(tf.square(predicted - truth[:, None, :]))
        optimizer.apply(tape.gradient(loss, model.trainable_variables))
        return loss

    @tf.function  # type: ignore[untyped-decorator]
    def validate(rows: Any, truth: Any) -> Any:
        return tf.reduce_mean(tf.square(model(rows) - truth[:, None, :]))

    random = np.random.default_rng(SEED)
    for _ in range(epochs):
        order = random.permutation(len(x))
        for k in range(0, len(x) - BATCH + 1, BATCH):
            rows = order[k : k + BATCH]
            update(tf.constant(x[rows]), tf.constant(y[rows]))
        float(validate(tf.constant(x_validation), tf.constant(y_validation, tf.float32)))
        marks.append(time.process_time())
    predicted: Predicted = model(scaled(data.of("test")[0])).numpy()[:, -1]
    return predicted


def main() -> None:
    """Run the rounds and print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("results", nargs="?", type=Path, default=Path("results"))
    parser.add_argument("--epochs", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", choices=NAMES, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.only:
        print(json.dumps(measure(options.only, options.results, options.epochs)))
        return
    found: dict[str, list[dict[str, float]]] = {name: [] for name in NAMES}
    for _ in range(options.rounds):
        for name in NAMES:
            command = [sys.executable, __file__, str(options.results), "--only", name]
            started = time.perf_counter()
            done = subprocess.run(
                [*command, "--epochs", str(options.epochs)],
                capture_output=True, text=True, check=True,
            )  # fmt: skip
            wall = time.perf_counter() - started
            found[name].append({"wall": wall} | json.loads(done.stdout.splitlines()[-1]))
    median = {
        name: {key: statistics.median(one[key] for one in runs) for key in runs[0]}
        for name, runs in found.items()
    }
    print(f"{options.epochs} epochs, batches of {BATCH}, {options.rounds} rounds")
    for name, runs in found.items():
        walls = [one["wall"] for one in runs]
        own = median[name]
        print(
            f"{name:12} wall {own['wall']:6.1f} s ({min(walls):.1f}–{max(walls):.1f}), "
            f"processor {own['processor']:6.1f} s, epoch {own['epoch'] * 1000:6.0f} ms of the processor, "
            f"worst trait R² {own['r2']:.3f}"
        )
    one, fitted = median["spendscape"], median["keras_fit"]
    print("ratios of processor seconds:")
    print(f"spendscape / keras_fit:          {one['processor'] / fitted['processor']:.2f}")
    print(f"epoch, spendscape / tf_function: {one['epoch'] / median['tf_function']['epoch']:.2f}")
    for name, count in (("six", 6), ("sixteen", 16)):
        print(
            f"{name} / {count} × keras_fit: {median[name]['processor'] / count / fitted['processor']:.2f}"
        )


if __name__ == "__main__":
    main()
