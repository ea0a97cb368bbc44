"""Names at the ends of lines: none over another, none outside the axes."""

from itertools import combinations

import numpy as np
import pytest
from matplotlib.text import Annotation

from spendscape.pages.figures import drawing as figures
from spendscape.pages.figures.labels import write_apart
from spendscape.pages.figures.sheet import sheet
from spendscape.pages.figures.view import view_of


@pytest.mark.parametrize("units", [2, 3])
def test_no_name_lies_over_another_or_over_the_numbers_of_an_axis(units: int) -> None:
    random = np.random.default_rng(units)
    start = np.zeros(units)
    # Three that end nearly in one place, and some to all sides.
    ends = np.vstack([random.normal(0.6, 0.01, (3, units)), random.uniform(-1, 1, (6, units))])
    colours = dict.fromkeys((f"a rather long name {k}" for k in range(9)), "#0173b2")
    paper = sheet(1, 1, 4.0, figures.handles(colours))
    axes = figures.state_axes(paper, 0, view_of(np.eye(units)))
    figures.fit_limits(axes, ends, start[None])
    paper.settle()
    write_apart(axes, start, ends, colours)
    paper.figure.draw_without_rendering()
    names = [text for text in axes.texts if isinstance(text, Annotation)]
    assert len(names) == 9
    renderer = paper.figure.canvas.get_renderer()  # type: ignore[attr-defined]
    boxes = [super(Annotation, text).get_window_extent(renderer) for text in names]
    assert not any(one.overlaps(two) for one, two in combinations(boxes, 2))
    side = axes.zaxis if units == 3 else axes.yaxis
    numbers = [tick.label1.get_window_extent(renderer) for tick in side.majorTicks]
    assert numbers and not any(box.overlaps(label) for box in boxes for label in numbers)
    # A name that was moved far away has a line to its place.
    assert any(text.arrow_patch.get_visible() for text in names if text.arrow_patch)


def test_ticks_are_round_and_leave_the_ends_free() -> None:
    for low, high in ((-0.11, 0.75), (-1, 1), (0, 3e-4), (-7.3, 22.0), (2.00, 2.01)):
        ticks = figures.inner_ticks(low, high)
        edge = 0.13 * (high - low)
        assert 1 <= len(ticks) <= 3 and low + edge < ticks[0] and ticks[-1] < high - edge
        assert len(ticks) == 1 or ticks[1] - ticks[0] >= 0.19 * (high - low)


def test_the_name_of_the_upright_axis_is_not_written_over_its_numbers() -> None:
    random = np.random.default_rng(3)
    places = random.uniform(-1, 1, (50, 3)) * [0.1, 0.15, 0.4]
    paper = sheet(3, 3, 2.75, figures.handles({"a": "#0173b2"}))
    axes = figures.state_axes(paper, 1, view_of(np.eye(3)))
    figures.fit_limits(axes, places)
    paper.settle()
    paper.figure.draw_without_rendering()
    renderer = paper.figure.canvas.get_renderer()  # type: ignore[attr-defined]
    name = axes.zaxis.label.get_window_extent(renderer)
    numbers = [tick.label1.get_window_extent(renderer) for tick in axes.zaxis.majorTicks]
    assert numbers and not any(name.overlaps(number) for number in numbers)
