"""Training: what it learns, its errors, its pace and its repeatability."""

from typing import Any

import numpy as np
import pytest

from spendscape.core.errors import DataError
from spendscape.core.statistics import weighted_r_squared
from spendscape.network.baseline_codes import baseline_codes
from spendscape.network.cells import CELLS
from spendscape.network.training import Examples, Member, Pace, Trained, Training, summary, train
from spendscape.network.units import last_outputs

NAMES = (["a", "b", "c"], [f"class {k}" for k in range(5)])


@pytest.fixture(scope="module")
def data() -> Examples:
    random = np.random.default_rng(1)
    tastes = random.dirichlet(np.ones(5), 1200)
    inputs = np.stack([random.dirichlet(200 * t, 4) for t in tastes]).astype(np.float32)
    raw = inputs.mean(axis=1) @ random.normal(size=(5, 3))
    return Examples(inputs, np.clip((raw - raw.mean(axis=0)) / raw.std(axis=0) / 4, -1, 1))


def some(data: Examples, rows: slice) -> Examples:
    return Examples(*(part[rows] for part in data))


def how(**changes: Any) -> Training:
    settings: dict[str, Any] = {
        "epochs": 25,
        "batch_size": 64,
        "learning_rate": 0.02,
    }
    return Training(**(settings | {"patience": 8, "seed": 3} | changes))


def fit(data: Examples, *members: Member, **changes: Any) -> list[Trained]:
    first, rest = some(data, slice(1000)), some(data, slice(1000, None))
    return train(first, rest, members or [Member("every_step", 3, 3)], how(**changes), NAMES)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("supervision", ["every_step", "final_step"])
def test_training_learns_and_repeats(data: Examples, supervision: str, cell: str) -> None:
    member = Member(supervision, 3, 3)
    [(weights, history)] = fit(data, member, cell=cell)
    predicted = last_outputs(weights, data.inputs[1000:])
    assert weighted_r_squared(data.targets[1000:], predicted) > 0.85
    assert history["loss"].iloc[-1] < history["loss"].iloc[0] / 3
    [(again, _)] = fit(data, member, cell=cell)
    np.testing.assert_array_equal(weights.cell.kernel, again.cell.kernel)


def test_lengths_that_differ_are_refused(data: Examples) -> None:
    short = Examples(data.inputs[:10], data.targets[:9])
    with pytest.raises(DataError, match="10 and 5 inputs were given, and 9 and 5 targets"):
        train(short, some(data, slice(5)), [Member("every_step", 2, 3)], how(), NAMES)


def test_an_unknown_cell_is_refused(data: Examples) -> None:
    with pytest.raises(DataError, match=r"model\.cell: 'lsmt' was given; .* nearest is 'lstm'"):
        fit(data, cell="lsmt")


def test_a_learning_rate_beyond_bounds_is_refused(data: Examples) -> None:
    with pytest.raises(DataError, match=r"model\.learning_rate: 1e\+38 was given; the loss"):
        fit(data, learning_rate=1e38, epochs=3)


def test_the_pace_halves_and_then_stops() -> None:
    pace, rate, rates = Pace(first_rate=1.0, patience=6), 1.0, []
    assert pace.improved(5.0)
    while not pace.improved(5.0) and not pace.exhausted:
        rate = pace.rate(rate)
        rates.append(rate)
    assert rates == [1.0, 0.5, 0.5, 0.25, 0.25]
    assert pace.improved(4.0) and not pace.exhausted
    assert Pace(first_rate=1.0, patience=1, since_halved=9).rate(0.011) == 0.01


def test_the_summary_names_the_batch_that_was_used() -> None:
    split = np.array(["train"] * 2000 + ["test"] * 3)
    found = summary(
        split, {"cell": "lstm", "units": 2, "epochs": 99, "batch_size": 256}, epochs=7, seed=4
    )
    assert "cell" not in found
    assert found["customers"] == {"train": 2000, "test": 3}
    assert (found["units"], found["epochs"], found["batch_size"]) == (2, 7, 31)
    assert set(found["versions"]) == {"tensorflow", "keras", "numpy"}


def test_baseline_codes_have_the_size_asked_for(data: Examples) -> None:
    sides = some(data, slice(1000)), some(data, slice(1000, None))
    blocks = np.split(data.inputs, [500, 501])
    codes = baseline_codes(*sides, blocks, 2, how(epochs=2))
    names = ["feed_forward", "feed_forward_directions", "auto_encoder"]
    assert {name: code.shape for name, code in codes.items()} == dict.fromkeys(names, (1200, 2))
    length = np.linalg.norm(codes["feed_forward_directions"], axis=1)
    np.testing.assert_allclose(length, 1, atol=1e-6)
