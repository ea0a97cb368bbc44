"""Figure 1: the two customers that it shows alone."""

import numpy as np
import pyarrow as pa
from synthetic import World

from spendscape.pages.figures import figure_1


def test_mover_and_steady_customer() -> None:
    long = np.zeros((5, 2, 3))
    long[:, -1, 0] = [0.1, 1, 1, 1, 1]
    recent = long.copy()
    recent[:, -1, 1] = [0, 0.1, 0.2, 0.3, 0.9]
    before = np.array(["a", "a", "a", "a", "a"])
    after = np.array(["a", "a", "b", "b", "a"])
    steady, mover = figure_1.choose(long, recent, before, after)
    assert steady is not None and mover is not None
    # Row 0 is too short; of rows 1 and 4 the later of the two middle ones.
    assert steady.recent is not None and steady.recent[-1, 1] == 0.9
    assert mover.recent is not None and mover.recent[-1, 1] == 0.3 and mover.after == "b"
    assert figure_1.choose(long, recent, before, before)[1] is None


def test_the_mover_is_the_one_whose_change_is_clearest() -> None:
    long = np.zeros((4, 2, 3))
    long[:, -1, 0] = 1
    recent = long.copy()
    recent[:, -1, 1] = [0.9, 0.3, 0.2, 0.1]
    before, after = np.array(["a"] * 4), np.array(["b", "b", "b", "a"])
    rows = {
        "customer_id": ["w", "x", "y", "z"],
        "change": [9.0, 5.0, 7.0, 20.0],
        "likely": [False, True, True, True],
    }
    clear = figure_1.clear_moves(np.array(["w", "x", "y", "z"]), pa.table(rows))
    assert clear.tolist() == [0, 5, 7, 20]
    # Not the farthest (by chance) and not the largest (the same trait in both windows).
    mover = figure_1.choose(long, recent, before, after, clear)[1]
    assert mover is not None and mover.recent is not None and mover.recent[-1, 1] == 0.2
    # Where no change is known to be more than chance, the farthest.
    for unknown in ([False] * 4, [None] * 4):
        none = pa.table(rows | {"likely": pa.array(unknown, pa.bool_())})
        clear = figure_1.clear_moves(np.array(["w", "x", "y", "z"]), none)
        mover = figure_1.choose(long, recent, before, after, clear)[1]
        assert mover is not None and mover.recent is not None and mover.recent[-1, 1] == 0.9


def test_with_a_recent_window_the_pair_is_found_among_customers_of_both() -> None:
    world = World(N=120)
    windows = [
        (np.array(world.customers), world.long_states),
        (np.array(world.recent_customers), world.recent_states),
    ]
    steady, mover = figure_1.steady_and_mover(windows, world.weights)
    assert steady is not None and mover is not None
    assert steady.before == steady.after and mover.before != mover.after
    # The paths are one customer's in both windows.
    for paths in (steady, mover):
        [row] = np.flatnonzero((world.long_states == paths.long).all(axis=(1, 2)))
        place = world.recent_customers.index(world.customers[row])
        np.testing.assert_array_equal(paths.recent, world.recent_states[place])


def test_without_a_recent_window_half_way_is_compared_with_the_end() -> None:
    world = World(N=120, recent_window=False)
    windows = [(np.array(world.customers), world.long_states)]
    steady, mover = figure_1.steady_and_mover(windows, world.weights)
    assert steady is not None and steady.recent is None and steady.before == steady.after
    assert mover is None or mover.before != mover.after
