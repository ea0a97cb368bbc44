"""The explorer: the state space in 3-D as one page that loads nothing from anywhere."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float, Shaped
from markupsafe import Markup

from spendscape.core.arrays import Array, Floats, Names
from spendscape.core.parquet import even_sample
from spendscape.pages.attractor_shapes import curve, outline, shown
from spendscape.pages.card_names import file_name
from spendscape.pages.colours import trait_colours
from spendscape.pages.environment import render
from spendscape.traits.formula import TraitFormula
from spendscape.traits.words import meaning

DIGITS = 4
# What ends a script element, starts markup, or ends a line in JavaScript but not in JSON.
UNSAFE = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}


@dataclass(frozen=True)
class Drawn:
    """The customers that are drawn, K of them.

    Attributes
    ----------
    customers : ids
    states : the long window's trajectories
    values, outputs : true traits (NaN where they are not known) and the network's last outputs
    levels : names, each customer's traits from the largest to the smallest
    segments : names
    fixed_points : columns state, verdict, label, spectral_radius, time_constant, fixed_points and
        steps of dynamics/fixed_points.parquet
    moved : the dominant trait of the recent window where it differs, else None
    likely : whether the change between the windows stands out from chance, None where not known
    """

    customers: Sequence[str]
    states: Float[Array, "K T M"]
    values: Float[Floats, "K P"]
    outputs: Float[Floats, "K P"]
    levels: Shaped[Names, "K P"]
    segments: Sequence[str]
    fixed_points: Mapping[str, Shaped[Array, "K ..."]]
    moved: Sequence[str | None]
    likely: Sequence[bool | None]


@dataclass(frozen=True)
class Space:
    """What the customers are drawn in.

    Attributes
    ----------
    traits : names
    attractors : trait to entry of dynamics/attractors.json
    loci : trait to the fixed points of all customers labelled with it
    origin, axes : of space/inverse.json
    formula, r2 : tensors/traits.json, and the network's R² in model/metrics.json
    """

    traits: Sequence[str]
    attractors: Mapping[str, Any]
    loci: Mapping[str, Float[Floats, "_ M"]]
    origin: Float[Floats, " M"]
    axes: Float[Floats, "P M"]
    formula: TraitFormula
    r2: Mapping[str, Mapping[str, float]]


def payload(drawn: Drawn, space: Space, total: int, results: str) -> dict[str, Any]:
    """What the page draws, as values that JSON can hold, numbers with four digits.

    Parameters
    ----------
    total : customers of whom those drawn are a sample
    results : the folder of the results, for the command that makes a card
    """
    traits = space.traits
    place = {trait: p for p, trait in enumerate(traits)}
    points = drawn.fixed_points
    customers = {
        "id": list(drawn.customers),
        "file": [file_name(customer) for customer in drawn.customers],
        "segment": list(drawn.segments),
        "level": [[place[name] for name in row] for row in drawn.levels[:, :2].tolist()],
        "path": shown(drawn.states),
        "end": shown(points["state"]),
        "place": points["state"],
        "values": drawn.values,
        "outputs": drawn.outputs,
        "moved": [None if name is None else place[name] for name in drawn.moved],
        "likely": list(drawn.likely),
    }
    customers |= {key: column for key, column in points.items() if key != "state"}
    start, ends = shown(space.origin), shown(space.origin + space.axes)
    made: dict[str, Any] = _plain(
        {
            "traits": list(traits),
            "colours": list(trait_colours(traits).values()),
            "units": len(space.origin),
            "total": total,
            "results": results,
            "source": "as measured" if space.formula.measured else "by the formula",
            "meaning": meaning(space.formula, space.r2),
            "customers": customers,
            "attractors": [shape(space.attractors[trait], space.loci[trait]) for trait in traits],
            "axes": [[start, end] for end in ends],
        }
    )
    return made


def shape(entry: Mapping[str, Any], locus: Float[Floats, "n M"]) -> dict[str, Any]:
    """What an attractor is drawn as: kind, and its points (line, corners or places)."""
    kind = entry.get("kind")
    if kind in ("point", "points"):
        return {
            "kind": kind,
            "points": shown(
                np.array([p["position"] for p in entry["locations"]], dtype=np.float64)
            ),
        }
    if kind == "curve":
        return {"kind": kind, "points": shown(curve(entry["polynomial"]))}
    if kind == "sheet":
        return {"kind": kind, "points": outline(locus)}
    return {"kind": kind, "points": shown(locus[even_sample(len(locus), 300)]) if kind else []}


def page(values: Mapping[str, Any], library: str) -> str:
    """The page: plotly.js, the template and the data in one file, every text escaped.

    Parameters
    ----------
    values : of `payload`
    library : the source of plotly.js
    """
    return render("explorer.html", {"data": Markup(embedded(values)), "library": Markup(library)})


def embedded(values: Any) -> str:
    """JSON that can stand in a script element, whatever texts it holds."""
    text = json.dumps(values, separators=(",", ":"), allow_nan=False, ensure_ascii=False)
    return text.translate({ord(sign): code for sign, code in UNSAFE.items()})


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
