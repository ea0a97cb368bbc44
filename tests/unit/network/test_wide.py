"""Networks that are trained side by side: each is the network that it would be alone."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tanh_cell import Tanh

from spendscape.core.statistics import weighted_r_squared
from spendscape.network import training, wide
from spendscape.network.cells import CELLS
from spendscape.network.training import Examples, Member, Trained, Training, train
from spendscape.network.units import last_outputs

MEMBERS = [
    Member("every_step", 1, 3),
    Member("final_step", 2, 3),
    Member("every_step", 3, 4),
    Member("every_step", 3, 3),
]
ROOT = Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def _every_kind_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(CELLS, Tanh.name, Tanh)


def examples(customers: int, steps: int = 4) -> Examples:
    random = np.random.default_rng(1)
    tastes = random.dirichlet(np.ones(5), customers)
    inputs = np.stack([random.dirichlet(200 * t, steps) for t in tastes]).astype(np.float32)
    raw = inputs.mean(axis=1) @ random.normal(size=(5, 3))
    return Examples(inputs, np.clip((raw - raw.mean(axis=0)) / raw.std(axis=0) / 4, -1, 1))


def fit(data: Examples, members: list[Member], **changes: Any) -> list[Trained]:
    settings: dict[str, Any] = {"epochs": 1, "batch_size": 64, "learning_rate": 0.02}
    how = Training(**(settings | {"patience": 6, "seed": 7} | changes))
    cut = len(data.inputs) * 5 // 6
    first, rest = (
        Examples(*(part[rows] for part in data)) for rows in (slice(cut), slice(cut, None))
    )
    return train(first, rest, members, how, (["a", "b", "c"], [f"class {k}" for k in range(5)]))


def numbers(one: Trained) -> np.ndarray[Any, Any]:
    weights = one.weights
    arrays = [*weights.cell.to_keras(), weights.output, weights.output_bias]
    return np.concatenate([np.ravel(array) for array in arrays])


@pytest.mark.parametrize(
    ("cell", "steps", "compiled"),
    [
        ("lstm", 4, False),
        ("lstm", 4, True),
        ("tanh", 4, True),
        ("lstm", 30, False),
        ("lstm", 30, True),
    ],
)
def test_an_epoch_side_by_side_is_an_epoch_alone(
    monkeypatch: pytest.MonkeyPatch, cell: str, steps: int, compiled: bool
) -> None:
    monkeypatch.setattr(training, "COMPILED_UPDATES", 0 if compiled else 10**9)
    # Three groups, one of two networks.
    monkeypatch.setattr(wide, "GROUP", 3)
    data = examples(240, steps)
    together = fit(data, MEMBERS, cell=cell)
    # One of each supervision; of compiled ones one alone, because compiling takes its time.
    for member, one in list(zip(MEMBERS, together, strict=True))[1 : 2 if compiled else 3]:
        [alone] = fit(data, [member], cell=cell)
        # Kernels of raw fractions are of the size of 100; sums of float32 come in another order.
        np.testing.assert_allclose(numbers(one), numbers(alone), rtol=2e-5, atol=2e-5)
        np.testing.assert_allclose(one.history, alone.history, rtol=1e-5)


def test_each_stops_by_itself_and_ends_where_it_would_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # A narrower graph as soon as one has stopped.
    monkeypatch.setattr(training, "REBUILT_UPDATES", 1)
    data = examples(1200)
    together = fit(data, MEMBERS, epochs=60)
    epochs = [len(one.history) for one in together]
    assert len(set(epochs)) > 1
    for member, one in zip(MEMBERS, together, strict=True):
        [alone] = fit(data, [member], epochs=60)
        scores = [
            weighted_r_squared(
                data.targets[1000:], last_outputs(network.weights, data.inputs[1000:])
            )
            for network in (one, alone)
        ]
        assert scores[0] == pytest.approx(scores[1], abs=0.02)
        np.testing.assert_allclose(one.history[:3], alone.history[:3], rtol=1e-4)


WORKER = """
import sys
sys.path[:0] = ["workflow", "tests/unit/network", "tests/unit"]
from spendscape.network.training import start_tensorflow
start_tensorflow()
from spendscape.network import training, wide
training.COMPILED_UPDATES = 0
import test_wide
for one in test_wide.fit(test_wide.examples(3000), test_wide.MEMBERS, epochs=2, batch_size=256):
    print(one.weights.to_json())
"""


def test_the_number_of_cores_changes_no_byte() -> None:
    """As one that has one processor and one that has all and is told to use many threads."""
    first = min(os.sched_getaffinity(0))
    told = {"TF_NUM_INTRAOP_THREADS": "4", "TF_NUM_INTEROP_THREADS": "2", "OMP_NUM_THREADS": "4"}
    made = [
        subprocess.run(
            [sys.executable, "-c", WORKER],
            cwd=ROOT, env=os.environ | more, capture_output=True, check=True, text=True,
            preexec_fn=(lambda: os.sched_setaffinity(0, {first})) if not more else None,
        ).stdout
        for more in ({}, told)
    ]  # fmt: skip
    assert made[0].count("kernel") == len(MEMBERS)
    assert made[0] == made[1]
