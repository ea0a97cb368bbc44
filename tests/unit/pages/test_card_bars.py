"""Where the bars of a card are."""

import numpy as np
import pytest

from spendscape.pages.card_bars import trait_lines, waterfall


def test_each_bar_of_a_waterfall_begins_where_the_one_before_ends() -> None:
    bars = waterfall([-1.0, 3.0, -0.5, 1.5], [True, False, False, True])
    assert [bar["left"] for bar in bars] == pytest.approx([0, 0, 250 / 3, 100 / 3])
    assert [bar["width"] for bar in bars] == pytest.approx([100 / 3, 100, 50 / 3, 50])
    assert [bar["zero"] for bar in bars] == pytest.approx([100 / 3] * 4)


def test_a_waterfall_of_nothing_has_no_width() -> None:
    assert [bar["width"] for bar in waterfall([0.0, 0.0], [True, True])] == [0, 0]


def test_lines_fit_into_their_drawing() -> None:
    outputs = np.array([[0.5, -0.2], [0.1, 0.3], [-0.4, 0.9]])
    drawn = trait_lines(outputs, ["a", "b"], "it", 300, 170)
    points = np.array([line["points"] for line in drawn["lines"]])
    assert points[..., 0].min() == 0 and points[..., 0].max() == 300
    assert points[..., 1].min() == 0 and points[..., 1].max() == 170
    assert trait_lines(outputs[:1], ["a", "b"], "it")["steps"] == [(150, 1)]
