"""The six figures for other shapes than the study's, their files and their choices."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text
from synthetic import World

from spendscape.dynamics.fixed_points import CERTIFIED
from spendscape.pages.figures import drawing as figures
from spendscape.pages.figures import figure_1, figure_2, figure_3, figure_4, figure_5, figure_6

SHAPES: list[dict[str, Any]] = [
    {},
    {"P": 4, "C": 7, "recent_window": False},
    {"M": 2},
    {"M": 4, "P": 2},
    {"unknown": 40},
]


def drawn(world: World) -> list[Figure]:
    traits, own, states = world.traits, world.levels[:, 0], world.found.state
    attractors = world.attractors["traits"]
    windows = [(np.array(world.customers), world.long_states)]
    if world.recent_window:
        windows.append((np.array(world.recent_customers), world.recent_states))
    pair = figure_1.steady_and_mover(windows, world.weights)
    known = world.found.verdict == CERTIFIED
    locations = world.inverse.states(world.outputs)
    return [
        figure_1.draw(world.long_states, own, *pair, states, world.labels, attractors, traits),
        figure_2.draw(world.predicted_angles, world.levels, traits),
        figure_3.draw(world.extended, locations, states, known, own, traits),
        figure_4.draw(world.extended, own, states, world.labels, attractors, traits),
        figure_5.draw(
            world.weights.outputs(world.grid),
            world.values,
            world.dominant,
            world.weights.outputs(states[known]),
            traits,
        ),
        figure_6.draw(
            world.inverse.origin,
            world.inverse.axes,
            world.inverse.steepest,
            states,
            world.labels,
            traits,
        ),
    ]


def texts(figure: Figure) -> str:
    return "\n".join(text.get_text() for text in figure.findobj(Text) if isinstance(text, Text))


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_every_figure_is_drawn_for_any_shape(shape: dict[str, Any], tmp_path: Path) -> None:
    world = World(N=120, **shape)
    made = drawn(world)
    panels = [3, min(4, world.P - 1), world.P, 1, world.P * (world.P - 1) // 2, 1]
    assert [len(figure.axes) for figure in made] == panels
    for k, figure in enumerate(made):
        figures.save(figure, tmp_path / "a.png", tmp_path / "a.svg", dpi=50)
        assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
        assert (tmp_path / "a.svg").stat().st_size < 3e6
        said = texts(figure)
        if k in (0, 2, 3, 5):
            assert "hidden state 2" in said
            assert ("hidden state 3" in said) == (world.M > 2)
            assert (f"of {world.M}, first three drawn" in said) == (world.M > 3)
        # Figure 6 names its axes in the picture, figure 2 only what its panels show.
        assert all(trait in said for trait in world.traits)
    assert ("long window only" in texts(made[0])) == (not world.recent_window)


def test_same_figure_same_bytes(tmp_path: Path) -> None:
    written = []
    for name in ("first", "second"):
        png, svg = tmp_path / f"{name}.png", tmp_path / f"{name}.svg"
        figures.save(drawn(World(N=80))[3], png, svg, dpi=60)
        written.append([png.read_bytes(), svg.read_bytes()])
    assert written[0] == written[1]
    assert not re.search(rb"<dc:date>|matplotlib v", written[0][1].lower())
