"""Where the numbers of several networks stand in the arrays of all."""

import numpy as np

from spendscape.network.blocks import Blocks, axis


def test_gates_hold_all_networks_one_after_the_other() -> None:
    first, second = axis([4, 8], 4)
    np.testing.assert_array_equal(first, [0, 3, 6, 9])
    np.testing.assert_array_equal(second, [1, 2, 4, 5, 7, 8, 10, 11])
    assert [places.tolist() for places in axis([3, 3], 0)] == [[0, 1, 2], [0, 1, 2]]


def test_what_is_joined_comes_apart_again_and_nothing_joins_two_networks() -> None:
    random = np.random.default_rng(1)
    parts = [random.normal(size=(units, 2 * units)).astype(np.float32) for units in (1, 3)]
    blocks = Blocks([axis([1, 3], 1), axis([2, 6], 2)])
    whole = blocks.join(parts)
    assert whole.shape == blocks.shape == (4, 8)
    assert (whole != 0).sum() == blocks.inside.sum() == 2 + 18
    for one, again in zip(parts, blocks.split(whole), strict=True):
        np.testing.assert_array_equal(one, again)
    np.testing.assert_array_equal(blocks.owners, [0, 1, 1, 1, 0, 1, 1, 1])
