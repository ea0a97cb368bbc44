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
from spendscape.pages.attractor_shapes import hull, outline
from spendscape.pages.colours import trait_colours
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
        figure_2.draw(world.predicted, world.levels, traits),
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


def test_colours_are_seaborns_and_never_repeat() -> None:
    seaborn = pytest.importorskip("seaborn")
    names = [f"t{k}" for k in range(23)]
    colours = list(trait_colours(names).values())
    assert colours[:10] == seaborn.color_palette("colorblind").as_hex()
    assert len(set(colours)) == 23


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


def test_parents_are_nested_and_largest() -> None:
    levels = np.array([["a", "b", "c"]] * 3 + [["a", "c", "b"]] * 2 + [["b", "a", "c"]] * 4)
    found = figure_2.largest_parents(levels)
    assert [(name, len(rows)) for name, rows in found] == [("", 9), ("a", 5)]


def test_hull_and_outline() -> None:
    corners = np.array([[0, 0], [2, 0], [2, 1], [0, 1.0]])
    inside = np.random.default_rng(0).uniform([0.1, 0.1], [1.9, 0.9], (50, 2))
    assert {tuple(row) for row in hull(np.vstack([inside, corners]))} == {
        tuple(row) for row in corners
    }
    assert len(hull(np.array([[0.0, 0], [1, 1], [2, 2]]))) == 2
    flat = np.column_stack([inside, np.zeros(50)])
    np.testing.assert_allclose(outline(flat)[:, 2], 0, atol=1e-12)
    assert np.isfinite(outline(np.ones((1, 3)))).all()
