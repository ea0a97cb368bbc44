"""Where the numbers of several networks stand in the arrays of all."""

import numpy as np

from spendscape.network.blocks import Blocks, axis, groups


def test_gates_hold_all_networks_of_a_group_one_after_the_other() -> None:
    first, second = axis([4, 8], 4, [0, 0])
    np.testing.assert_array_equal(first, [0, 3, 6, 9])
    np.testing.assert_array_equal(second, [1, 2, 4, 5, 7, 8, 10, 11])
    apart = axis([4, 8], 4, [0, 1])
    # As long as in the longest group.
    np.testing.assert_array_equal(apart[0], [0, 2, 4, 6])
    np.testing.assert_array_equal(apart[1], np.arange(8))
    assert [places.tolist() for places in axis([3, 3], 0, [0, 1])] == [[0, 1, 2], [0, 1, 2]]


def test_groups_have_about_as_many_units() -> None:
    assert groups([1, 1, 2, 2, 3, 3, 4, 4], 10) == [0, 1, 0, 1, 0, 1, 0, 1]
    sizes = [units for units in range(1, 9) for _ in range(2)]
    found = np.bincount(groups(sizes, 24), weights=sizes)
    np.testing.assert_array_equal(found, [24, 24, 24])
    assert groups([3] * 5, 24) == [0] * 5
    assert groups([40, 1], 24) == [0, 1]


def test_what_is_joined_comes_apart_again_and_nothing_joins_two_networks() -> None:
    random = np.random.default_rng(1)
    sizes, own = [1, 3, 2], [0, 0, 1]
    parts = [random.normal(size=(units, 2 * units)).astype(np.float32) for units in sizes]
    blocks = Blocks(own, [axis(sizes, 1, own), axis([2 * units for units in sizes], 2, own)])
    whole = blocks.join(parts)
    assert whole.shape == blocks.shape == (2, 8, 4)
    assert (whole != 0).sum() == blocks.inside.sum() == 2 + 18 + 8
    for network, part in enumerate(parts):
        np.testing.assert_array_equal(part, blocks.part(whole, network))
    np.testing.assert_array_equal(
        blocks.owners, [0, 1, 1, 1, 0, 1, 1, 1, 2, 2, -1, -1, 2, 2, -1, -1]
    )
