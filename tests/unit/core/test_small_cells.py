"""No cell of a few, and none that the others give away."""

import numpy as np
import pytest

from spendscape.core.small_cells import hidden


def test_large_cells_and_those_of_nobody_are_shown() -> None:
    assert not hidden(np.array([[30, 0], [31, 500]]), 30).any()


def test_one_small_cell_takes_three_others_with_it() -> None:
    counts = np.array([[1, 50, 90], [60, 70, 80], [90, 100, 110]])
    assert hidden(counts, 30).tolist() == [
        [True, True, False],
        [True, True, False],
        [False, False, False],
    ]


@pytest.mark.parametrize("seed", range(30))
def test_no_row_or_column_has_a_single_hidden_cell(seed: int) -> None:
    random = np.random.default_rng(seed)
    counts = random.poisson(random.choice([3, 30, 60]), random.integers(2, 7, 2))
    hide = hidden(counts, 30)
    assert hide[(counts > 0) & (counts < 30)].all()
    assert (hide.sum(axis=0) != 1).all() and (hide.sum(axis=1) != 1).all()


def test_one_label_has_no_other_to_hide() -> None:
    assert hidden(np.array([[40], [5], [60]]), 30).ravel().tolist() == [True, True, False]
