"""Training a network on spending fractions (maths §3).

Keras and TensorFlow are imported inside the functions that train, because they take seconds.
"""

import gc
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from jaxtyping import Float, Shaped

from spendscape.core.arrays import Array, Floats, Names
from spendscape.core.errors import DataError
from spendscape.core.imports import NOT_FOR_KERAS, without
from spendscape.network.cell import Cell
from spendscape.network.cells import cell_of
from spendscape.network.weights import Weights
from spendscape.network.wide import BLOCK_IN_CACHE, Batches, Progress, Wide, start

Report = Callable[[str, int, dict[str, float]], None]
# Compiling takes about as long as this many updates gain by it.
COMPILED_UPDATES = 4000
# A narrower graph is made where it saves as many updates of one unit as this; making it costs as much.
REBUILT_UPDATES = 80_000


@dataclass(frozen=True)
class Training:
    """How to train: see the config's section `model`.

    seed : of the order of the customers in every epoch, the same for all networks
    """

    epochs: int
    batch_size: int
    learning_rate: float
    patience: int
    seed: int
    cell: str = "lstm"

    @classmethod
    def of(cls, settings: Mapping[str, Any], seed: int) -> "Training":
        """What of the settings says how to train."""
        own = {field.name: settings[field.name] for field in fields(cls) if field.name in settings}
        return cls(**own | {"seed": seed})


class Member(NamedTuple):
    """One of the networks that are trained together; `seed` is of the weights that it begins with."""

    supervision: str
    units: int
    seed: int

    @property
    def name(self) -> str:
        """As its files are named."""
        return "_".join(map(str, self))

    @classmethod
    def named(cls, name: str) -> "Member":
        """The network whose files are named so."""
        supervision, units, seed = name.rsplit("_", 2)
        return cls(supervision, int(units), int(seed))


class Trained(NamedTuple):
    """A trained network.

    weights : of the epoch with the best validation loss, for raw fractions, rounded to float32
    history : a row an epoch: epoch, loss, validation_loss, learning_rate
    """

    weights: Weights
    history: pd.DataFrame


class Examples(NamedTuple):
    """Spending fractions of customers, and the traits that the network shall answer with."""

    inputs: Float[Array, "N T C"]
    targets: Float[Array, "N P"]


class Scale(NamedTuple):
    """Mean and deviation of each class's fractions; a model reads (inputs − mean) / deviation."""

    mean: Float[Floats, " C"]
    deviation: Float[Floats, " C"]


def start_tensorflow() -> None:
    """Import TensorFlow and make its operations repeatable; once, before any training.

    The same seed, data and machine give the same weights; another CPU may round differently. It gets
    one thread, whatever the job has: shared among threads, sums would have another order.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    # Compiling takes two thirds of the time, and what is compiled is as fast.
    level = "--xla_backend_optimization_level=1"
    # One loop makes all that is computed of the same numbers, instead of a loop for each, which would
    # compute anew what they share: the gradient of the memory, step by step back in time.
    shared = "--xla_backend_extra_options=xla_cpu_use_multi_output_fusion=true"
    wide = "--xla_cpu_prefer_vector_width=512"
    os.environ["XLA_FLAGS"] = f"{os.environ.get('XLA_FLAGS', '')} {level} {shared} {wide}".strip()
    # Collecting garbage while so much is imported that stays would take a fifth of the time.
    gc.disable()
    with without(*NOT_FOR_KERAS):
        import tensorflow as tf

    gc.freeze()
    gc.enable()
    tf.config.threading.set_intra_op_parallelism_threads(1)
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
    blocks = (inputs[k : k + BLOCK_IN_CACHE] for k in range(0, len(inputs), BLOCK_IN_CACHE))
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
    members: Sequence[Member],
    how: Training,
    names: tuple[Sequence[str], Sequence[str]],
    report: Report | None = None,
) -> list[Trained]:
    """Train networks, side by side; each becomes what it would become alone (maths §3).

    Each is clipped, slowed down and stopped by its own losses. The batches of an epoch are the same
    customers for all of them.

    Parameters
    ----------
    validation : other customers, whose loss stops the training
    names : trait names, class names
    report : called with a network's name, the epoch and its losses

    Raises
    ------
    DataError
        Inputs and targets of different lengths, an unknown cell, or a loss that is not finite.
    """
    if any(len(side.inputs) != len(side.targets) for side in (examples, validation)):
        raise DataError(
            f"training: {len(examples.inputs)} and {len(validation.inputs)} inputs were given, and "
            f"{len(examples.targets)} and {len(validation.targets)} targets"
        )
    kind = cell_of(how.cell)
    _, _, classes = examples.inputs.shape
    scale = scaling(examples.inputs)
    size = batch_size(how.batch_size, len(examples.inputs))
    batches = Batches.of(examples, validation, scale, size)
    courses = [
        Course(member, start(kind, member.units, member.seed, classes, len(names[0])), how)
        for member in members
    ]
    _run(kind, courses, batches, how, report)
    return [
        Trained(_as_weights(kind, course.best, scale, names), pd.DataFrame(course.history))
        for course in courses
    ]


class Course:
    """How the training of one network goes."""

    def __init__(self, member: Member, begin: Progress, how: Training) -> None:
        self.member, self.now, self.best = member, begin, begin.arrays
        self.rate, self.pace = how.learning_rate, Pace(how.learning_rate, how.patience)
        self.history: list[dict[str, float]] = []

    def take(self, losses: dict[str, float]) -> bool:
        """Note an epoch's losses; returns whether the validation loss is the best so far."""
        row = {
            "epoch": len(self.history) + 1,
            **losses,
            "learning_rate": float(np.float32(self.rate)),
        }
        self.history.append(row)
        if not np.isfinite(list(losses.values())).all():
            raise DataError(
                f"model.learning_rate: {self.pace.first_rate:g} was given; the loss became infinite, "
                "lower it"
            )
        better = self.pace.improved(losses["validation_loss"])
        if not better and not self.pace.exhausted:
            self.rate = self.pace.rate(self.rate)
        return better


def _run(
    kind: type[Cell],
    courses: Sequence[Course],
    batches: Batches,
    how: Training,
    report: Report | None,
) -> None:
    """Train all networks to their ends."""
    random = np.random.default_rng(how.seed)
    updates = len(batches.inputs) // batches.size
    compiled = updates * how.epochs >= COMPILED_UPDATES
    beside = list(courses)
    wide = _side_by_side(kind, beside, 0, batches, compiled)
    for number in range(1, how.epochs + 1):
        order = random.permutation(len(batches.inputs))
        losses = wide.epoch(order, [course.rate for course in beside])
        for network, (course, *both) in enumerate(zip(beside, *losses, strict=True)):
            if course.pace.exhausted:
                continue
            if course.take(dict(zip(("loss", "validation_loss"), map(float, both), strict=True))):
                course.best = wide.arrays(network)
            if report:
                report(course.member.name, number, course.history[-1])
        going = [course for course in beside if not course.pace.exhausted]
        if not going:
            break
        saved = sum(course.member.units for course in beside if course.pace.exhausted)
        if saved * updates * (how.epochs - number) >= REBUILT_UPDATES:
            for network, course in enumerate(beside):
                course.now = wide.progress(network)
            beside = going
            wide = _side_by_side(kind, beside, number * updates, batches, compiled)


def _side_by_side(
    kind: type[Cell], courses: Sequence[Course], updates: int, batches: Batches, compiled: bool
) -> Wide:
    """The networks as one; those that answer at the last step alone do not mind the others."""
    steps = batches.inputs.shape[1]
    minded = {"every_step": np.full(steps, 1 / steps), "final_step": np.eye(steps)[-1]}
    weights = np.array([minded[course.member.supervision] for course in courses])
    return Wide(kind, [course.now for course in courses], updates, weights, batches, compiled)


def _as_weights(
    kind: type[Cell],
    arrays: Sequence[Array],
    scale: Scale,
    names: tuple[Sequence[str], Sequence[str]],
) -> Weights:
    """A network's arrays as they read raw fractions."""
    *own, output, output_bias = arrays
    cell = _rounded(kind.from_keras(*own).reading_raw(*scale))
    output, output_bias = (np.asarray(a, dtype=np.float64) for a in (output, output_bias))
    return Weights(cell, output, output_bias, *map(list, names))


def _rounded(part: Any) -> Any:
    """The same with every array rounded to float32."""
    arrays = {name: value for name, value in vars(part).items() if isinstance(value, np.ndarray)}
    rounded = {name: a.astype(np.float32).astype(np.float64) for name, a in arrays.items()}
    return replace(part, **rounded)


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
