"""The explorer: directions on a globe and the state space in 3-D, as one page that loads nothing from anywhere."""

import base64
import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from jaxtyping import Float, Int, Shaped
from markupsafe import Markup

from spendscape.core.arrays import Array, Floats, Indices, Integers, Names
from spendscape.network.weights import Weights
from spendscape.pages.attractor_shapes import shape, shown
from spendscape.pages.card_names import file_name
from spendscape.pages.card_sections import VERDICTS
from spendscape.pages.colours import text_colour, trait_colours
from spendscape.pages.environment import environment, render
from spendscape.pages.explorer_templates import PAGE, SCRIPTS, STYLE
from spendscape.pages.figures import sphere
from spendscape.pages.packed import packed
from spendscape.traits.formula import TraitFormula
from spendscape.traits.words import meaning

DIGITS = 4
# Every fourth point of a border, a degree apart, is enough for a globe.
EVERY = 4
# Borders are drawn for so many levels of segments at most.
LEVELS = 3
# The units of a network that a picture has room for.
ROOM = 3
# What ends a script element, starts markup, or ends a line in JavaScript but not in JSON.
UNSAFE = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}
# What is known of a customer's recent window, in the order of their codes.
MOVERS = ("no change seen", "another first trait", "likely mover", "no recent window")
UNCHANGED, CHANGED, LIKELY, NO_WINDOW = range(4)


@dataclass(frozen=True)
class Window:
    """A window of the customers drawn.

    Attributes
    ----------
    states : after each step; NaN of those whom the window lacks
    steps : names
    """

    states: Float[Array, "K T M"]
    steps: Sequence[str]


@dataclass(frozen=True)
class Drawn:
    """The customers that are drawn, K of them.

    Attributes
    ----------
    customers : ids
    others : ids of customers who are not drawn and can be looked for
    windows : by name, the long one first
    values : true traits; NaN where they are not known
    levels : places of each customer's traits from the largest to the smallest
    segments : names
    scores : columns margin, neutral, border_degrees and behind (a trait's place, −1: none) of segments.parquet, and
        spectral_radius, time_constant, fixed_points and steps of fixed_points.parquet
    ends : the fixed points
    verdicts, labels : of the fixed points, as names
    mover : one of `MOVERS`
    spent, decided : the classes with the largest share of spending, and with the largest contribution to the margin, by
        place, and the shares and contributions
    """

    customers: Sequence[str]
    others: Sequence[str]
    windows: Mapping[str, Window]
    values: Float[Array, "K P"]
    levels: Int[Indices, "K P"]
    segments: Sequence[str]
    scores: Mapping[str, Shaped[Array, " K"]]
    ends: Float[Floats, "K M"]
    verdicts: Shaped[Names, " K"]
    labels: Shaped[Names, " K"]
    mover: Int[Integers, " K"]
    spent: tuple[Int[Indices, "K S"], Float[Floats, "K S"]]
    decided: tuple[Int[Indices, "K S"], Float[Floats, "K S"]]


@dataclass(frozen=True)
class Space:
    """What the customers are drawn in.

    Attributes
    ----------
    weights : the network's; its output layer gives every trait of a state
    attractors : trait to entry of dynamics/attractors.json
    loci : trait to the fixed points of all customers labelled with it
    origin, axes : of space/inverse.json
    formula, r2 : tensors/traits.json, and the network's R² in model/metrics.json
    neutral : the margin below which a label is as likely noise; None where every label is
    """

    weights: Weights
    attractors: Mapping[str, Any]
    loci: Mapping[str, Float[Floats, "_ M"]]
    origin: Float[Floats, " M"]
    axes: Float[Floats, "P M"]
    formula: TraitFormula
    r2: Mapping[str, Mapping[str, float]]
    neutral: float | None


def nameless(drawn: Drawn) -> Drawn:
    """The same customers with numbers for ids and without their classes, in an order that says nothing of the ids."""
    last = next(iter(drawn.windows.values())).states[:, -1]
    order = np.lexsort(last.T)
    none: tuple[Array, Array] = np.empty((len(order), 0), dtype=np.intp), np.empty((len(order), 0))
    return Drawn(
        [str(k + 1) for k in range(len(order))],
        [],
        {name: Window(own.states[order], own.steps) for name, own in drawn.windows.items()},
        drawn.values[order],
        drawn.levels[order],
        [drawn.segments[k] for k in order],
        {name: values[order] for name, values in drawn.scores.items()},
        drawn.ends[order],
        drawn.verdicts[order],
        drawn.labels[order],
        drawn.mover[order],
        none,
        none,
    )


def payload(drawn: Drawn, space: Space, total: int, results: str, named: bool) -> dict[str, Any]:
    """What the page draws: plain values, and the customers packed.

    Parameters
    ----------
    total : customers of whom those drawn are a sample
    named : whether ids and classes of single customers may be shown (`nameless`)
    results : the folder of the results, for the command that makes a card
    """
    drawn = drawn if named else nameless(drawn)
    traits = space.weights.traits
    names, counts = np.unique(np.array(drawn.segments, dtype=object), return_counts=True)
    names = names[np.argsort(-counts, kind="stable")].tolist()
    described, letters = packed(
        _numbers(drawn, names, traits), {"id": drawn.customers, "other": drawn.others}
    )
    units = widest(next(iter(drawn.windows.values())).states[:, -1])
    start, ends = shown(space.origin[units]), shown((space.origin + space.axes)[:, units])
    made: dict[str, Any] = _plain(
        {
            "traits": list(traits),
            "colours": list(trait_colours(traits).values()),
            "inks": [text_colour(colour) for colour in trait_colours(traits).values()],
            "classes": list(space.weights.classes),
            "units": len(space.origin),
            "seen": units.tolist(),
            "total": total,
            "named": named,
            "drawn": len(drawn.customers),
            "files": _files(drawn),
            "results": results,
            "source": "as measured" if space.formula.measured else "by the formula",
            "meaning": meaning(space.formula, space.r2),
            "windows": {name: list(window.steps) for name, window in drawn.windows.items()},
            "segments": names,
            "movers": list(MOVERS),
            "verdicts": list(VERDICTS.values()),
            "neutral": space.neutral,
            "shown": {"spent": drawn.spent[0].shape[1], "decided": drawn.decided[0].shape[1]},
            "attractors": [
                shape(_seen(space.attractors[trait], units), space.loci[trait][:, units])
                for trait in traits
            ],
            "axes": [[start, end] for end in ends],
        }
    )
    # Not rounded: the page works out traits and distances by them, and values by the columns' steps.
    exact = {
        "columns": described,
        "origin": space.origin.tolist(),
        "output": space.weights.output.tolist(),
        "bias": space.weights.output_bias.tolist(),
        "globe": _globe(drawn, space),
        "rays": rays(space.weights.output) if len(space.origin) == 2 else None,
    }
    return made | exact | {"packed": letters}


def widest(states: Float[Array, "K M"]) -> Int[Indices, " _"]:
    """The units that the state space is drawn of, in their order: all up to three, else those whose states differ most."""
    if states.shape[1] <= ROOM or not np.isfinite(states).any():
        return np.arange(min(states.shape[1], ROOM), dtype=np.intp)
    return np.sort(np.argsort(-np.nanvar(states, axis=0), kind="stable")[:ROOM])


def rays(output: Float[Floats, "2 P"]) -> list[list[list[float]]]:
    """The exact borders of two units' directions from s₀, level by level: each is a direction of length 1.

    Where trait i and trait j are equal, u (W_i − W_j) = 0; the border belongs to the level at which the two stand in the
    order of traits there (maths §4b).
    """
    levels: list[list[list[float]]] = [[] for _ in range(min(LEVELS, output.shape[1] - 1))]
    for i, j in combinations(range(output.shape[1]), 2):
        x, y = output[:, i] - output[:, j]
        length = float(np.hypot(x, y))
        for sign in (1, -1) if length else ():
            direction = np.array([-y, x]) * sign / length
            outputs = direction @ output
            level = int(np.sum(np.delete(outputs, [i, j]) > outputs[i]))
            if level < len(levels):
                levels[level].append(direction.tolist())
    return levels


def page(values: Mapping[str, Any]) -> str:
    """The page: style, script and data in one file, every text escaped.

    Its policy names the one script by its digest, so that no other one would run.

    Parameters
    ----------
    values : of `payload`
    """
    script = "\n" + '"use strict";\n' + "".join(map(_source, SCRIPTS))
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    rest = {name: value for name, value in values.items() if name != "packed"}
    return render(
        PAGE,
        {
            "style": Markup(_source(STYLE)),
            "script": Markup(script),
            "digest": digest,
            "data": Markup(embedded(rest)),
            "packed": Markup(values["packed"]),
        },
    )


def embedded(values: Any) -> str:
    """JSON that can stand in a script element, whatever texts it holds."""
    text = json.dumps(values, separators=(",", ":"), allow_nan=False, ensure_ascii=False)
    return text.translate({ord(sign): code for sign, code in UNSAFE.items()})


def _source(template: str) -> str:
    """A template's own text; scripts and styles are not filled in."""
    loader = environment().loader
    assert loader is not None
    return loader.get_source(environment(), template)[0]


def _files(drawn: Drawn) -> dict[str, str]:
    """The names of cards that are not just the id."""
    every = [*drawn.customers, *drawn.others]
    return {str(k): file_name(name) for k, name in enumerate(every) if file_name(name) != name}


def _numbers(drawn: Drawn, names: Sequence[str], traits: Sequence[str]) -> dict[str, Array]:
    """The customers' columns, customers along the last axis, which is how they are drawn."""
    place = {name: k for k, name in enumerate(names)}
    label = {name: k for k, name in enumerate(traits)}
    verdict = {name: k for k, name in enumerate(VERDICTS)}
    numbers: dict[str, Array] = {
        f"state_{name}": np.moveaxis(window.states, 0, -1).astype(np.float64)
        for name, window in drawn.windows.items()
    }
    numbers |= {
        "end": drawn.ends.T,
        "value": drawn.values.T.astype(np.float64),
        "level": drawn.levels.T,
        "segment": np.array([place[name] for name in drawn.segments], dtype=np.int64),
        "verdict": np.array([verdict[name] for name in drawn.verdicts.tolist()], dtype=np.int64),
        "label": np.array([label.get(name, -1) for name in drawn.labels.tolist()], dtype=np.int64),
        "mover": drawn.mover,
        "spent": drawn.spent[0].T,
        "spent_share": drawn.spent[1].T,
        "decided": drawn.decided[0].T,
        "decided_value": drawn.decided[1].T,
    }
    exact = ("margin", "border_degrees", "time_constant")
    wide = {name: drawn.scores[name].astype(np.float32) for name in exact}
    rest = {name: values for name, values in drawn.scores.items() if name not in wide}
    return numbers | wide | rest


def _seen(entry: Mapping[str, Any], units: Int[Indices, " _"]) -> dict[str, Any]:
    """An attractor in these units alone."""
    made = dict(entry)
    if "locations" in entry:
        made["locations"] = [
            {**place, "position": np.array(place["position"])[units]}
            for place in entry["locations"]
        ]
    if polynomial := entry.get("polynomial"):
        numbers = np.array(polynomial["coefficients"])[:, units]
        made["polynomial"] = {**polynomial, "coefficients": numbers}
    return made


def _globe(drawn: Drawn, space: Space) -> dict[str, Any] | None:
    """The frame in which directions are seen, and the borders of cells level by level; None of fewer than 3 units."""
    if len(space.origin) < 3 or not len(drawn.customers):
        return None
    last = next(iter(drawn.windows.values())).states[:, -1].astype(np.float64)
    found = sphere.directions_from(last, space.origin, space.weights.output, drawn.levels[:, 0])
    count = len(space.weights.traits)
    borders = []
    for level in range(min(LEVELS, count - 1)):
        arcs = [
            arc
            for parent in _parents(level, count)
            for arc in sphere.borders(found.weights, parent)
        ]
        borders.append([_plain(_thinned(arc)) for arc in arcs])
    return {
        "frame": found.frame.tolist(),
        "weights": found.weights.tolist(),
        "kept": found.kept,
        "right": found.right,
        "borders": borders,
    }


def _parents(level: int, count: int) -> list[list[int]]:
    """All orders of so many traits."""
    if level == 0:
        return [[]]
    before = _parents(level - 1, count)
    return [[*order, k] for order in before for k in range(count) if k not in order]


def _thinned(arc: Float[Floats, "n 3"]) -> Float[Floats, "_ 3"]:
    keep = np.unique([*range(0, len(arc), EVERY), len(arc) - 1])
    return np.asarray(arc[keep])


def _plain(value: Any) -> Any:
    """Nested lists, dicts and arrays with floats rounded; None where a float is not finite."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, np.ndarray | np.generic):
        return _plain(value.tolist())
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float):
        return round(value, DIGITS) if math.isfinite(value) else None
    return value
