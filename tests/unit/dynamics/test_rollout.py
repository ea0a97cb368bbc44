"""Leaps against plain steps."""

import numpy as np
import pytest
from synthetic import random_weights

from spendscape.dynamics.rollout import Rollout, approach, follow, rollout


def test_following_by_leaps_ends_where_plain_steps_end() -> None:
    cell = random_weights(3, 6, 3, seed=4, size=1.5).cell
    drive = cell.drive(np.random.default_rng(9).dirichlet(np.ones(6), 300))
    plain = rollout(cell, drive, 100_000, small=1e-14)
    early = rollout(cell, drive, 30)
    leapt = follow(cell, drive, early, 20_000)
    np.testing.assert_allclose(leapt.hidden, plain.hidden, atol=1e-9)


@pytest.mark.parametrize("until", [1e-3, 1e-5])
def test_steps_are_counted_until_the_state_is_first_near(until: float) -> None:
    cell = random_weights(2, 3, 2, size=0.3).cell
    drive = cell.drive(np.eye(3))
    end = rollout(cell, drive, 5000)
    left, steps = approach(cell, drive, end, 100, until)
    assert np.abs(left.hidden - end.hidden).max() < until
    for k, count in enumerate(steps.tolist()):
        before, there = (rollout(cell, drive[[k]], n, small=0.0).hidden for n in (count - 1, count))
        assert (
            np.linalg.norm(there - end.hidden[k]) < 1e-3 <= np.linalg.norm(before - end.hidden[k])
        )


def test_what_does_not_come_near_is_left_at_the_limit() -> None:
    cell = random_weights(2, 3, 2, size=0.3).cell
    drive = cell.drive(np.eye(3))
    end = rollout(cell, drive, 5000)
    left, steps = approach(cell, drive, Rollout(end.hidden + 1, end.memory), 50)
    assert (steps == -1).all()
    plain = rollout(cell, drive, 50, small=0.0)
    np.testing.assert_allclose(left.hidden, plain.hidden, atol=1e-15)


def test_a_rollout_without_bounds_is_lost_and_touches_no_other() -> None:
    cell = random_weights(2, 3, 2, size=0.3).cell
    drive = cell.drive(np.eye(3))
    alone = rollout(cell, drive, 5000).hidden
    drive[1] = np.nan
    with np.errstate(all="ignore"):
        found = rollout(cell, drive, 5000)
    assert np.isnan(found.hidden[1]).all() and np.isnan(found.memory[1]).all()
    np.testing.assert_array_equal(found.hidden[[0, 2]], alone[[0, 2]])


def test_whoever_has_come_has_a_number_of_steps() -> None:
    """A trajectory is not left when each component is near enough, and their distance not yet."""
    cell = random_weights(2, 6, 2, seed=14, size=3.0).cell
    drive = cell.drive(np.random.default_rng(0).dirichlet(np.ones(6), 300))
    end = rollout(cell, drive, 2000, small=1e-14)
    steps = approach(cell, drive, end, 2000)[1]
    rests = np.abs(cell.step(drive, end.hidden, end.memory)[0] - end.hidden).max(axis=1) < 1e-13
    assert rests.sum() > 200 and (steps[rests] > 0).all()
