"""Figure 2: the parents whose children it colours."""

import numpy as np

from spendscape.pages.figures import figure_2


def test_parents_are_nested_and_largest() -> None:
    levels = np.array([["a", "b", "c"]] * 3 + [["a", "c", "b"]] * 2 + [["b", "a", "c"]] * 4)
    found = figure_2.largest_parents(levels)
    assert [(name, len(rows)) for name, rows in found] == [("", 9), ("a", 5)]
