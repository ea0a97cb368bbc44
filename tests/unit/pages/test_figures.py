"""The six figures for other shapes than the study's, their files and their choices."""

import io
import re
from collections.abc import Callable
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from drawn_texts import HOSTILE, draw_and_record, texts
from matplotlib.figure import Figure
from synthetic import World

from spendscape.dynamics.fixed_points import CERTIFIED
from spendscape.pages.colours import LEAST_CONTRAST, contrast
from spendscape.pages.figures import drawing as figures
from spendscape.pages.figures import (
    figure_1,
    figure_2,
    figure_3,
    figure_4,
    figure_5,
    figure_6,
    flow,
    sphere,
)
from spendscape.segments.naming import published_orders

SHAPES: list[dict[str, Any]] = [
    {"P": 4, "C": 7, "recent_window": False},
    {"M": 4, "P": 2},
    {"unknown": 40},
]
NAMED: list[dict[str, Any]] = [{}, {"M": 2, "P": 4}, {"M": 4, "recent_window": False}]


def drawings(world: World) -> list[Callable[[], Figure]]:
    traits, own, states = world.traits, world.levels[:, 0], world.found.state
    attractors = world.attractors["traits"]
    windows = [(np.array(world.customers), world.long_states)]
    if world.recent_window:
        windows.append((np.array(world.recent_customers), world.recent_states))
    naming = {"published": published_orders(world.levels, 1), "minimum_customers": 1}
    pair = figure_1.steady_and_mover(windows, world.weights)
    known = world.found.verdict == CERTIFIED
    locations = world.inverse.states(world.outputs)
    last = world.long_states[:, -1].astype(np.float64)
    first = np.argmax(world.outputs, axis=1)
    output = world.weights.output
    directions = sphere.directions_from(last, world.inverse.origin, output, first)
    labels, recent = world.labels, world.recent_window
    shown = flow.groups(world.spending.mean(axis=1, dtype=float), known, world.labels, attractors)
    paths = [world.extended[group.drawn] for group in shown]
    return [
        lambda: figure_1.draw(
            world.long_states, own, *pair, states, labels, attractors, traits, recent
        ),
        lambda: figure_2.draw(directions, world.levels, traits, naming),
        lambda: figure_3.draw(world.extended, locations, states, known, own, states, traits),
        lambda: figure_4.draw(last, states, labels, states, labels, attractors, traits),
        lambda: figure_5.draw(
            world.weights.outputs(world.grid),
            world.values,
            world.dominant,
            world.weights.outputs(states[known]),
            traits,
        ),
        lambda: figure_6.draw(
            world.inverse.origin,
            world.inverse.axes,
            world.inverse.steepest,
            states,
            world.labels,
            states,
            traits,
        ),
        lambda: flow.draw(world.weights.cell, shown, paths, flow.leading_plane(states[known])),
    ]


def drawn(world: World) -> list[Figure]:
    return [draw() for draw in drawings(world)]


@pytest.mark.parametrize("shape", NAMED, ids=str)
def test_hostile_long_and_foreign_names_stay_readable_text_on_the_paper(
    shape: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(N=120, trait_names=HOSTILE[: shape.get("P", 5)], **shape)
    made = drawn(world)
    check_panels(made, world)
    for k, figure in enumerate(made):
        found = draw_and_record(figure, monkeypatch)
        width, height = figure.bbox.size
        for one in found:
            inside = one.box.x0 >= -1 and one.box.y0 >= -1
            assert inside and one.box.x1 <= width + 1 and one.box.y1 <= height + 1, (k, one)
            assert contrast(one.colour) >= LEAST_CONTRAST, (k, one)
            assert "_" not in one.text and "\u202e" not in one.text
        names = "\n".join(one.text for one in found)
        if k < 6:
            assert "cost $ $ x" in names and "$y^2$" in names and "…" in names, k
            assert "漢字の性格" in names, k
        straight = [one for one in found if one.straight]
        overlapping = [
            (k, one.text, two.text)
            for one, two in combinations(straight, 2)
            if one.box.shrunk(0.9, 0.8).overlaps(two.box.shrunk(0.9, 0.8))
        ]
        # What figure 6 writes at the ends of its axes may meet where the axes do.
        assert not overlapping or k == 5, overlapping


def largest_gaps(figure: Figure) -> tuple[float, float]:
    """The highest and the widest band of empty paper, in inches."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="rgba", dpi=50)
    wide = int(figure.get_size_inches()[0] * 50)
    pixels = np.frombuffer(buffer.getvalue(), np.uint8).reshape(-1, wide, 4)
    darkest = pixels[..., :3].min(axis=2)
    lines = darkest.min(axis=1) < 250, darkest.min(axis=0) < 250
    high, across = (
        float(np.diff([0, *np.flatnonzero(line), len(line)]).max()) / 50 for line in lines
    )
    return high, across


def check_panels(made: list[Figure], world: World) -> None:
    panels = [3, min(4, world.P - 1), 2 * world.P, world.P, world.P * (world.P - 1) // 2, 1, 2]
    found = [len(figure.axes) for figure in made]
    # Figure 1 has no axes for a mover where there is none.
    assert found[1:] == panels[1:] and found[0] in (2, 3)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_every_figure_is_drawn_for_any_shape(shape: dict[str, Any], tmp_path: Path) -> None:
    world = World(N=120, **shape)
    made = drawn(world)
    check_panels(made, world)
    for k, figure in enumerate(made):
        figures.save(figure, tmp_path / "a.png", tmp_path / "a.svg", dpi=50)
        assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
        assert (tmp_path / "a.svg").stat().st_size < 3e6
        # The room between two panels is no band.
        high, across = largest_gaps(figure)
        assert high <= 0.4 and across <= 0.9, k
        said = " ".join(texts(figure).split())
        if k in (0, 2, 3, 5):
            assert ("hidden state 3" in said) == (world.M == 3)
            assert ("principal axis 3" in said) == (world.M > 3)
            assert (f"Drawn of {world.M} hidden" in said) == (world.M > 3)
        if k < 6:
            assert all(trait in said for trait in world.traits)
    assert ("o recent window" in texts(made[0])) == (not world.recent_window)
    assert ("(c): recent window" in texts(made[0])) == world.recent_window
    told = " ".join(texts(made[1]).split())
    assert ("Only three directions" in told) == (world.M > 3)


def test_one_hidden_state_is_an_interval() -> None:
    world = World(N=60, M=1, P=4)
    made = drawn(world)
    check_panels(made, world)
    for k in (0, 2, 3, 5):
        plain = made[k].axes[0]
        assert not hasattr(plain, "zaxis") and plain.get_ylabel() == "hidden state"
    # As many customers on the two ways from s₀ as there are.
    bars: list[Any] = list(made[1].axes[0].containers)
    assert sum(bar.get_width() for group in bars for bar in group.patches) == 60
    # Where the black curve crosses 0 the state stays.
    curve, point = made[6].axes[0].lines[0], made[6].axes[0].collections[-1]
    states, moved = (np.asarray(part, float) for part in (curve.get_xdata(), curve.get_ydata()))
    stays = float(np.asarray(point.get_offsets())[0, 0])
    assert abs(np.interp(stays, states, moved)) < 1e-3


def test_same_figure_same_bytes(tmp_path: Path) -> None:
    written = []
    for name in ("first", "second"):
        png, svg = tmp_path / f"{name}.png", tmp_path / f"{name}.svg"
        figures.save(drawings(World(N=80))[3](), png, svg, dpi=60)
        written.append([png.read_bytes(), svg.read_bytes()])
    assert written[0] == written[1]
    assert not re.search(rb"<dc:date>|matplotlib v", written[0][1].lower())
