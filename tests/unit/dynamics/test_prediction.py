"""Many inputs: most are predicted from a few, and every verdict holds against long rollouts all the same."""

import numpy as np
import pytest
from synthetic import random_weights

from spendscape.core.arrays import Floats
from spendscape.dynamics import fixed_points as module
from spendscape.dynamics.fixed_points import ATTRACTING, CERTIFIED, fixed_points
from spendscape.dynamics.prediction import Predictor
from spendscape.dynamics.rollout import Rollout, rollout
from spendscape.network.cell import Cell
from spendscape.network.lstm import Lstm

COUNT = 1500


def baskets(seed: int) -> Floats:
    return np.random.default_rng(seed).dirichlet(np.ones(6), COUNT)


def rolled_out(monkeypatch: pytest.MonkeyPatch, cell: Cell, drive: Floats) -> list[int]:
    """Numbers of inputs that were solved by rollouts, block by block."""
    counts, by_rollout = [], module._by_rollout

    def counting(cell: Cell, how: module._How, drive: Floats) -> module._Solved:
        counts.append(len(drive))
        return by_rollout(cell, how, drive)

    monkeypatch.setattr(module, "_by_rollout", counting)
    fixed_points(cell, drive, starts=0)
    return counts


@pytest.mark.parametrize("units", [1, 2, 3, 5])
def test_what_is_predicted_is_what_rollouts_find(
    units: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    cell = random_weights(units, 6, 3, seed=units + 10, size=0.7).cell
    drive = cell.drive(baskets(1))
    found = fixed_points(cell, drive)
    alone = [fixed_points(cell, drive[first : first + 500]) for first in range(0, COUNT, 500)]
    assert (found.verdict == CERTIFIED).all()
    for name in ("state", "cell", "spectral_radius", "steps", "fixed_points", "stable"):
        plain = np.concatenate([getattr(block, name) for block in alone])
        np.testing.assert_allclose(getattr(found, name), plain, rtol=1e-9, atol=1e-11)
    # And of the smaller networks, which are quick to come to rest, nearly all was predicted.
    assert units > 3 or sum(rolled_out(monkeypatch, cell, drive)) < COUNT // 10


@pytest.mark.parametrize("size", [1.5, 3.0])
@pytest.mark.parametrize("seed", [2, 3])
def test_strong_recurrence_gets_verdicts_that_are_true(size: float, seed: int) -> None:
    cell = random_weights(3, 6, 2, seed=seed, size=size).cell
    drive = cell.drive(baskets(seed))
    found = fixed_points(cell, drive, rollout_steps=300, starts=0)
    with np.errstate(all="ignore"):
        end = rollout(cell, drive, 2000, small=1e-15)
        moves = np.abs(cell.step(drive, end.hidden, end.memory)[0] - end.hidden).max(axis=1)
    attracts, rests = np.isin(found.verdict, ATTRACTING), moves < 1e-13
    assert attracts.any()
    np.testing.assert_allclose(
        found.state[attracts & rests], end.hidden[attracts & rests], atol=1e-9
    )


def test_two_basins_are_told_apart_where_the_prediction_lies_between() -> None:
    # The unit keeps the sign of its input; the linear model crosses from one attractor to the other.
    cell = Lstm(np.zeros((1, 4)), np.array([[0.0, 0.0, 6.0, 0.0]]), np.zeros(4))
    push = np.linspace(-0.4, 0.4, COUNT)[:, None]
    drive = push * np.array([0.0, 0.0, 1.0, 0.0]) + np.array([0.0, 0.0, 0.0, 30.0])
    found = fixed_points(cell, drive, starts=20)
    assert (found.verdict == CERTIFIED).all()
    assert (np.sign(found.state[:, 0]) == np.sign(push[:, 0])).all()
    assert (found.stable == 2).mean() > 0.9 and (found.fixed_points == 3).mean() > 0.9


def test_a_wrong_prediction_is_never_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A predictor that always names the other attractor."""
    cell = Lstm(np.zeros((1, 4)), np.array([[0.0, 0.0, 6.0, 0.0]]), np.array([0, 0, 0, 30.0]))
    drive = np.tile(cell.bias, (COUNT, 1)) + np.linspace(0.1, 0.2, COUNT)[:, None] * np.eye(4)[2]
    monkeypatch.setattr(Predictor, "states", lambda _, drive: np.full((len(drive), 1), -0.9))
    found = fixed_points(cell, drive, starts=0)
    assert (found.verdict == CERTIFIED).all() and (found.state > 0.5).all()


def test_bad_rows_and_threads_change_nothing() -> None:
    cell = random_weights(3, 6, 2, size=0.5).cell
    drive = np.tile(cell.drive(baskets(3)), (4, 1))
    one, two = (fixed_points(cell, drive, threads=threads) for threads in (1, 2))
    for name, values in vars(one).items():
        np.testing.assert_array_equal(values, getattr(two, name))
    bad = np.array([1, 700, 1499])
    drive[bad] = np.nan
    found = fixed_points(cell, drive)
    rest = np.delete(np.arange(len(drive)), bad)
    assert np.isnan(found.state[bad]).all() and (found.steps[bad] == -1).all()
    assert (found.verdict[rest] == CERTIFIED).all()
    np.testing.assert_allclose(found.state[rest], one.state[rest], atol=1e-11)


def test_a_linear_map_is_predicted_exactly() -> None:
    random = np.random.default_rng(4)
    cell = random_weights(2, 6, 2, size=0.5).cell
    drive = cell.drive(random.dirichlet(np.ones(6), 200))
    coefficients = random.normal(size=(8, 2)) / 50
    hidden = drive @ coefficients + 0.1
    point = Rollout(hidden, cell.reduced_map(drive, hidden)[1])
    predictor = Predictor.fit(cell, drive, point)
    np.testing.assert_allclose(predictor.states(drive), hidden, atol=1e-12)
    # Each is its own nearest neighbour.
    np.testing.assert_array_equal(predictor.norms(hidden).matrix, predictor.solved.matrix)
