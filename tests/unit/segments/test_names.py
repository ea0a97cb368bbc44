"""Segments: orders of traits, their names and prefixes."""

import numpy as np

from spendscape.segments.names import order, prefix_codes, segment_names

TRAITS = ["a", "b", "c"]


def test_order_and_names() -> None:
    levels = order(np.array([[0.1, 0.9, 0.5], [0.3, 0.3, 0.2]]), TRAITS)
    assert levels.tolist() == [["b", "c", "a"], ["a", "b", "c"]]
    assert segment_names(levels, 2) == ["b > c", "a > b"]
    assert segment_names(levels, 9) == ["b > c > a", "a > b > c"]


def test_prefixes_that_are_the_same_have_one_code() -> None:
    levels = np.array([list("abc"), list("acb"), list("abc"), list("bac")])
    assert prefix_codes(levels, 0).tolist() == [0, 0, 0, 0]
    first = prefix_codes(levels, 1)
    assert first[0] == first[1] == first[2] != first[3]
    second = prefix_codes(levels, 2)
    assert second[0] == second[2] and len(set(second.tolist())) == 3
