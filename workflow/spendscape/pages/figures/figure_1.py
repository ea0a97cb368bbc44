"""Figure 1: trajectories by dominant trait; one steady customer and one mover in both windows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from jaxtyping import Float, Int, Shaped
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from spendscape.core.arrays import Array, Floats, Indices, Names
from spendscape.core.counts import counted
from spendscape.network.weights import Weights
from spendscape.pages.colours import trait_colours
from spendscape.pages.figures import drawing as figures
from spendscape.pages.figures.lettering import short
from spendscape.pages.figures.sheet import sheet
from spendscape.pages.figures.view import View, view_of
from spendscape.traits.targets import dominant as dominant_traits


@dataclass(frozen=True)
class Paths:
    """One customer's long and recent trajectories and the dominant trait in each window.

    Without a recent window, `recent` is None, and `before` is the dominant trait half-way.
    """

    long: Float[Array, "T M"]
    recent: Float[Array, "S M"] | None
    before: str
    after: str


def steady_and_mover(
    windows: Sequence[tuple[Shaped[Names, "..."], Float[Array, "_ _ M"]]],
    weights: Weights,
    movers: pa.Table | None = None,
) -> tuple[Paths | None, Paths | None]:
    """The customers of panels (b) and (c), by the network's outputs; see `choose`.

    Parameters
    ----------
    windows : ids and states of the long window's customers and, where there is one, of the recent
        window's
    movers : segments/movers.parquet
    """
    (customers, long), *others = windows
    after = dominant_traits(weights.outputs(long[:, -1]), weights.traits)
    if not others:
        half = long[:, half_way(long.shape[1])]
        return choose(long, None, dominant_traits(weights.outputs(half), weights.traits), after)
    also, recent = others[0]
    _, rows, places = np.intersect1d(customers, also, return_indices=True)
    now = dominant_traits(weights.outputs(recent[places, -1]), weights.traits)
    size = None if movers is None else clear_moves(customers[rows], movers)
    return choose(long[rows], recent[places], after[rows], now, size)


def clear_moves(customers: Shaped[Names, " N"], movers: pa.Table) -> Float[Floats, " N"]:
    """How large the change of each likely mover is; of others 0.

    Parameters
    ----------
    movers : segments/movers.parquet
    """
    likely = movers.filter(pc.fill_null(movers["likely"], False))
    changes = dict(
        zip(likely["customer_id"].to_pylist(), likely["change"].to_pylist(), strict=True)
    )
    return np.array([changes.get(name, 0.0) for name in customers.tolist()], dtype=np.float64)


def choose(
    long: Float[Array, "N T M"],
    recent: Float[Array, "N S M"] | None,
    before: Shaped[Names, " N"],
    after: Shaped[Names, " N"],
    clear: Float[Floats, " N"] | None = None,
) -> tuple[Paths | None, Paths | None]:
    """A steady customer and a mover, None when there is no such customer.

    With a recent window, a mover's dominant trait differs between the windows and its change is the
    distance between the last states; without, it differs between half-way and the last step, and
    its change is the turn of the direction between them. The steady customer is the one with the
    median change among those with trajectories of at least median length, the mover the one with
    the largest change; among movers whose change is clear, the one whose change is clearest.

    Parameters
    ----------
    long, recent : states of the same customers in both windows
    before, after : dominant traits as in `Paths`
    clear : of `clear_moves`
    """
    length = np.linalg.norm(long[:, -1], axis=1)
    if recent is not None:
        change = np.linalg.norm(long[:, -1] - recent[:, -1], axis=1)
    else:
        half = long[:, half_way(long.shape[1])]
        half_length = np.linalg.norm(half, axis=1)
        product = np.maximum(length * half_length, np.finfo(float).tiny)
        change = np.arccos(np.clip(np.sum(long[:, -1] * half, axis=1) / product, -1, 1))
    stayed = np.flatnonzero((before == after) & (length >= np.median(length)))
    steady = stayed[np.argsort(change[stayed], kind="stable")][len(stayed) // 2 :][:1]
    mover = np.flatnonzero(before != after)
    if clear is not None and clear[mover].any():
        change = clear
    mover = mover[np.argsort(-change[mover], kind="stable")][:1]

    def paths(rows: Int[Indices, " R"]) -> Paths | None:
        for row in rows:
            own = None if recent is None else recent[row]
            return Paths(long[row], own, str(before[row]), str(after[row]))
        return None

    return paths(steady), paths(mover)


def half_way(steps: int) -> int:
    """The index of the step half-way through `steps`."""
    return (steps - 1) // 2


@figures.styled
def draw(
    long: Float[Array, "K T M"],
    dominant: Shaped[Names, " K"],
    steady: Paths | None,
    mover: Paths | None,
    fixed_points: Float[Floats, "N M"],
    labels: Shaped[Names, " N"],
    attractors: Mapping[str, Any],
    traits: Sequence[str],
    recent_window: bool = True,
) -> Figure:
    """Draw the study's Fig. 1.

    Parameters
    ----------
    long : the trajectories of the customers drawn in (a)
    dominant : their dominant traits
    fixed_points, labels : all customers' h* and the trait each is labelled with
    attractors : trait to entry of dynamics/attractors.json
    recent_window : whether the run has one
    """
    colours = trait_colours(traits)
    line: dict[str, Any] = {"color": "#666666", "lw": 1.6}
    entries = [
        *figures.handles(colours),
        Line2D(
            [], [], marker="o", ms=4, label="(b), (c): long window, later steps are larger", **line
        ),
        Line2D(
            [],
            [],
            marker="s",
            ms=4,
            mfc="white",
            ls="--",
            label="(b), (c): recent window",
            **line,
        ),
    ][: None if recent_window else -1]
    steps = long.shape[1]
    view = view_of(fixed_points, steps, 0.15)
    paper = sheet(3, 3, 2.75, entries, view.said)
    axes = figures.state_axes(paper, 0, view)
    from_zero = view.paths(_from_zero(long))
    own = [colours[name] for name in dominant]
    figures.draw_lines(axes, from_zero, own, linewidths=0.4, alpha=0.5)
    figures.draw_points(axes, from_zero[:, -1], s=4, c=own, alpha=0.9)
    figures.fit_limits(axes, from_zero)
    most = max((int((dominant == name).sum()) for name in traits), default=0)
    told = counted(steps, "step")
    paper.title(0, f"{len(long):,} customers, at most {most:,} of each trait, {told}")
    said = [(steady, _steady_title(steady)), (mover, _mover_title(mover, recent_window))]
    seen = {name: view.entry(entry) for name, entry in attractors.items()}
    for k, (paths, text) in enumerate(said):
        paper.title(k + 1, text)
        if paths is None:
            continue
        panel = figures.state_axes(paper, k + 1, view)
        ends = {name: fixed_points[labels == name] for name in {paths.before, paths.after}}
        places = {name: view.ends(points, 0.15) for name, points in ends.items()}
        both = [view.paths(path[None]) for path in (paths.long, paths.recent) if path is not None]
        figures.fit_limits(panel, from_zero[:1, 0], *both, *places.values())
        _draw_paths(panel, paths, view, places, seen, colours)
    paper.settle()
    return paper.figure


def _from_zero(states: Float[Array, "K T M"]) -> Float[Array, "K S M"]:
    """Trajectories from the zero state on, at which the network begins."""
    return np.concatenate([np.zeros_like(states[:, :1]), states], axis=1)


def _steady_title(steady: Paths | None) -> str:
    if steady is None:
        return "No customer keeps the first trait."
    return f"a steady customer: {short(steady.after)} throughout"


def _mover_title(mover: Paths | None, recent_window: bool) -> str:
    if mover is None:
        missing = "No customer's first trait differs between the windows."
        alone = "No recent window, and nobody's first trait changes after half-way."
        return missing if recent_window else alone
    change = f"{short(mover.before)} → {short(mover.after)}"
    kind = "the clearest mover" if recent_window else "no recent window; half-way → end"
    return f"{kind}: {change}"


def _draw_paths(
    axes: Any,
    paths: Paths,
    view: View,
    places: Mapping[str, Float[Floats, "_ D"]],
    attractors: Mapping[str, Any],
    colours: Mapping[str, str],
) -> None:
    """One customer's trajectories, step by step, with the attractors that it goes to."""
    for trait, points in sorted(places.items()):
        if len(points):
            figures.draw_attractor(axes, attractors[trait], points, colours[trait], 0.3)
    last_trait = paths.before if paths.recent is not None else paths.after
    for path, trait, line, marker in (
        (paths.long, last_trait, "-", "o"),
        (paths.recent, paths.after, "--", "s"),
    ):
        if path is None:
            continue
        whole = view.paths(_from_zero(path[None]))
        style: dict[str, Any] = {"linewidths": 1.4, "linestyles": line, "zorder": 6}
        rim = figures.outlined(2.6)
        figures.draw_lines(axes, whole, [colours[trait]], path_effects=rim, **style)
        inside = colours[trait] if marker == "o" else "white"
        style = {"marker": marker, "edgecolors": colours[trait], "linewidths": 0.9, "zorder": 7}
        # Later steps are larger.
        sizes = np.linspace(4, 26, len(path))
        figures.draw_points(axes, whole[0, 1:], s=sizes, color=inside, **style)
