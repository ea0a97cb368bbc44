"""Figure 1: trajectories by dominant trait; one steady customer and one mover in both windows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float, Int, Shaped
from matplotlib.figure import Figure

from spendscape.core.arrays import Array, Floats, Indices, Names
from spendscape.network.weights import Weights
from spendscape.pages.attractor_shapes import shown
from spendscape.pages.colours import trait_colours
from spendscape.pages.figures import drawing as figures
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
    windows: Sequence[tuple[Shaped[Names, "..."], Float[Array, "_ _ M"]]], weights: Weights
) -> tuple[Paths | None, Paths | None]:
    """The customers of panels (b) and (c), by the network's outputs; see `choose`.

    Parameters
    ----------
    windows : ids and states of the long window's customers and, where there is one, of the recent
        window's
    """
    (customers, long), *others = windows
    after = dominant_traits(weights.outputs(long[:, -1]), weights.traits)
    if not others:
        half = long[:, half_way(long.shape[1])]
        return choose(long, None, dominant_traits(weights.outputs(half), weights.traits), after)
    also, recent = others[0]
    _, rows, places = np.intersect1d(customers, also, return_indices=True)
    now = dominant_traits(weights.outputs(recent[places, -1]), weights.traits)
    return choose(long[rows], recent[places], after[rows], now)


def choose(
    long: Float[Array, "N T M"],
    recent: Float[Array, "N S M"] | None,
    before: Shaped[Names, " N"],
    after: Shaped[Names, " N"],
) -> tuple[Paths | None, Paths | None]:
    """A steady customer and a mover, None when there is no such customer.

    With a recent window, a mover's dominant trait differs between the windows and its change is the
    distance between the last states; without, it differs between half-way and the last step, and
    its change is the turn of the direction between them. The steady customer is the one with the
    median change among those with trajectories of at least median length, the mover the one with
    the largest change.

    Parameters
    ----------
    long, recent : states of the same customers in both windows
    before, after : dominant traits as in `Paths`
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
) -> Figure:
    """Draw the study's Fig. 1.

    Parameters
    ----------
    long : the trajectories of the customers drawn in (a)
    dominant : their dominant traits
    fixed_points, labels : all customers' h* and the trait each is labelled with
    attractors : trait to entry of dynamics/attractors.json
    """
    colours, units = trait_colours(traits), long.shape[-1]
    figure, cells = figures.spread_states(1, 3, 3.9, figures.handles(colours), units)
    axes = figures.state_axes(figure, cells[0], units)
    from_zero = np.concatenate([np.zeros_like(long[:, :1]), long], axis=1)
    own = [colours[name] for name in dominant]
    figures.draw_lines(axes, from_zero, own, linewidths=0.5, alpha=0.35)
    figures.draw_points(axes, long[:, -1], s=4, c=own, alpha=0.8)
    figures.fit_limits(axes, from_zero)
    figures.title(axes, 0, f"{len(long):,} customers by dominant trait, T = {long.shape[1]}")
    for k, (paths, kind) in enumerate([(steady, "steady customer"), (mover, "mover")]):
        panel = figures.state_axes(figure, cells[k + 1], units)
        if paths is None:
            panel.set_axis_off()
            figures.title(panel, k + 1, f"no {kind} in these data")
            continue
        places = {name: fixed_points[labels == name] for name in {paths.before, paths.after}}
        _draw_paths(panel, paths, places, attractors, colours)
        figures.fit_limits(panel, from_zero)
        said = "long window only" if paths.recent is None else "long and recent window"
        figures.title(panel, k + 1, f"a {kind}: {said}")
    return figure


def _draw_paths(
    axes: Any,
    paths: Paths,
    places: Mapping[str, Float[Floats, "_ M"]],
    attractors: Mapping[str, Any],
    colours: Mapping[str, str],
) -> None:
    """One customer's trajectories with the attractors that it goes to."""
    zero = np.zeros_like(paths.long[:1])
    last_trait = paths.before if paths.recent is not None else paths.after
    for path, trait, line, label in (
        (paths.long, last_trait, "-", "long"),
        (paths.recent, paths.after, "--", "recent"),
    ):
        if path is None:
            continue
        whole = np.concatenate([zero, path])
        figures.draw_lines(
            axes,
            whole[None],
            [colours[trait]],
            linewidths=1.8,
            linestyles=line,
            label=label,
            zorder=6,
            path_effects=figures.outlined(3.5),
        )
        figures.draw_points(
            axes, path, s=16, color=colours[trait], edgecolors="white", linewidths=0.5, zorder=7
        )
    for trait, points in sorted(places.items()):
        if len(points):
            entry = attractors[trait]
            figures.draw_attractor(axes, entry, points, colours[trait], 0.6)
            top = points[shown(points)[:, -1].argmax()]
            figures.write_at(axes, top, trait, color=colours[trait], va="bottom", zorder=9)
    axes.legend(loc="upper right", fontsize=7, handlelength=2.6, labelcolor=figures.INK)
