"""Cards: one page per customer that answers why the customer is where it is."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from spendscape.core.arrays import Array, Floats
from spendscape.explanation.chart import Chart, wrap
from spendscape.explanation.linear_model import Linear
from spendscape.network.weights import Weights
from spendscape.pages.colours import trait_colours
from spendscape.pages.environment import render
from spendscape.traits.formula import TraitFormula
from spendscape.traits.words import meaning


@dataclass(frozen=True)
class Customer:
    """One customer's rows of the results.

    Attributes
    ----------
    identity : the id as it is in the data
    spending : fractions of the long window's steps
    fractions : the mean fractions that the traits were computed from
    values : true traits; NaN where they are not known
    states : of the long window
    recent : of the recent window; None where the customer or the run has none
    angles, predicted : in radians, of the trajectory and of the surrogate
    fixed_point : row of dynamics/fixed_points.parquet
    segment : row of segments/segments.parquet
    """

    identity: str
    spending: Float[Array, "T C"]
    fractions: Float[Floats, " C"]
    values: Float[Floats, " P"]
    states: Float[Array, "T M"]
    recent: Float[Array, "S M"] | None
    angles: Float[Floats, " M-1"]
    predicted: Float[Floats, " M-1"]
    fixed_point: Mapping[str, Any]
    segment: Mapping[str, Any]


@dataclass(frozen=True)
class Reference:
    """What a customer is compared with.

    Attributes
    ----------
    average : mean over training customers of the mean fractions over the steps
    average_traits : the same of the fractions that the traits are computed from
    median_error : of the surrogate over all customers, in degrees
    r2 : of model/metrics.json, the network's of each trait on unseen customers
    angles : names of the angles
    recent_window : whether the run has one
    """

    average: Float[Floats, " C"]
    average_traits: Float[Floats, " C"]
    median_error: float
    weights: Weights
    r2: Mapping[str, Mapping[str, float]]
    formula: TraitFormula
    chart: Chart
    linear: Linear
    angles: Sequence[str]
    recent_window: bool


def contributions(
    fractions: Float[Floats, " C"], average: Float[Floats, " C"], linear: Linear
) -> Float[Floats, "C K"]:
    """What each class adds to the surrogate's prediction, compared with the average customer.

    (fractions − average) × coefficient, in the unit of the outputs. Summed over classes and added to
    the prediction for the average customer it is the prediction (maths §4).

    Parameters
    ----------
    fractions, average : mean fractions of the customer and of the training customers
    """
    return np.asarray((fractions - average)[:, None] * linear.coefficients)


def angular_error(
    angles: Float[Floats, "N K"], predicted: Float[Floats, "N K"], chart: Chart
) -> Float[Floats, " N"]:
    """The angle in degrees between directions, both given as angles in radians; NaN without one."""
    chord = np.linalg.norm(chart.vectors(angles) - chart.vectors(predicted), axis=1)
    return np.asarray(np.degrees(2 * np.arcsin(np.minimum(1, chord / 2))))


def leanings(chart: Chart, weights: Weights) -> list[tuple[str, str]]:
    """For each angle the traits that fall and that rise the most along it, at the chart's centre."""
    slopes = chart.rotation[1:] @ weights.output
    return [
        (weights.traits[int(row.argmin())], weights.traits[int(row.argmax())]) for row in slopes
    ]


def card(customer: Customer, reference: Reference, shown: int) -> str:
    """The card as one HTML page: no script, nothing loaded, every text escaped.

    Parameters
    ----------
    shown : spending classes shown in each list, the most influential first
    """
    return render("card.html", content(customer, reference, shown))


def content(customer: Customer, reference: Reference, shown: int) -> dict[str, Any]:
    """What the template shows, as plain values."""
    weights, formula = reference.weights, reference.formula
    traits = weights.traits
    outputs = weights.outputs(customer.states)
    recent = None if customer.recent is None else weights.outputs(customer.recent)
    order = _from_the_largest(outputs, traits)
    known = bool(np.isfinite(customer.values).all())
    errors = angular_error(customer.angles[None], customer.predicted[None], reference.chart)
    return {
        "customer": customer.identity,
        "segment": customer.segment["segment"],
        "order": order,
        "depth": str(customer.segment["segment"]).count(" > ") + 1,
        "traits": [
            {
                "name": name,
                "true": float(customer.values[p]) if known else None,
                "network": float(outputs[-1, p]),
                "r2": reference.r2[name]["value"],
            }
            for p, name in enumerate(traits)
        ],
        "true_first": traits[int(customer.values.argmax())] if known else None,
        "measured": formula.measured is not None,
        "meaning": meaning(formula, reference.r2),
        "colours": trait_colours(traits),
        "why": _why(customer, reference, order[0], shown),
        "angles": _angles(customer, reference, shown),
        "error": float(errors[0]),
        "median_error": reference.median_error,
        "charts": [
            trait_lines(values, traits, title)
            for title, values in (("long window", outputs), ("recent window", recent))
            if values is not None
        ],
        "recent": None if recent is None else _from_the_largest(recent, traits),
        "recent_window": reference.recent_window,
        "fixed": dict(customer.fixed_point),
    }


def _from_the_largest(outputs: Float[Floats, "T P"], traits: Sequence[str]) -> list[str]:
    """The traits in the order of the last outputs."""
    return [traits[k] for k in np.argsort(-outputs[-1], kind="stable")]


def _why(customer: Customer, reference: Reference, trait: str, shown: int) -> dict[str, Any]:
    """What makes a trait what the formula says it is, class by class."""
    formula, average = reference.formula, reference.average_traits
    place = reference.weights.traits.index(trait)
    parts = formula.contributions(customer.fractions, average)[:, place]
    return {
        "trait": trait,
        "base": float(formula(average)[place]),
        "bars": bars(parts, reference.weights.classes, customer.fractions, average, shown),
        "value": float(formula(customer.fractions)[place]),
        "r2": formula.measured["r2"][trait] if formula.measured else None,
    }


def _angles(customer: Customer, reference: Reference, shown: int) -> list[dict[str, Any]]:
    """What makes each angle of the trajectory what the surrogate predicts, class by class."""
    mean, average = customer.spending.mean(axis=0, dtype=np.float64), reference.average
    parts = contributions(mean, average, reference.linear)
    base = reference.linear(average[None])[0]
    miss = wrap(customer.predicted - customer.angles)
    towards = leanings(reference.chart, reference.weights)
    return [
        {
            "name": name,
            "falls": falls,
            "rises": rises,
            "base": math.degrees(base[k]),
            "sum": math.degrees(parts[:, k].sum()),
            "predicted": math.degrees(customer.predicted[k]),
            "actual": math.degrees(customer.angles[k]),
            "miss": math.degrees(miss[k]),
            "bars": bars(np.degrees(parts[:, k]), reference.weights.classes, mean, average, shown),
        }
        for k, (name, (falls, rises)) in enumerate(zip(reference.angles, towards, strict=True))
    ]


def bars(
    values: Float[Floats, " C"],
    classes: Sequence[str],
    own: Float[Floats, " C"],
    average: Float[Floats, " C"],
    shown: int,
) -> list[dict[str, Any]]:
    """The `shown` largest values by size, and the rest in one row.

    Parameters
    ----------
    values : what each class adds
    own, average : each class's share of spending, of this customer and of the average one

    Returns
    -------
    Rows name, value, own and average (None in the rest's row), and where the bar is: left and width
    in per cent, zero at 50.
    """
    largest = np.argsort(-np.abs(values), kind="stable")
    top, rest = largest[:shown], largest[shown:]
    rows: list[dict[str, Any]] = [
        {
            "name": classes[c],
            "value": float(values[c]),
            "own": float(own[c]),
            "average": float(average[c]),
        }
        for c in top
    ]
    if len(rest):
        name = f"the other {len(rest)} classes"
        rows.append(
            {"name": name, "value": float(values[rest].sum()), "own": None, "average": None}
        )
    scale = max((abs(row["value"]) for row in rows), default=0.0) or 1.0
    for row in rows:
        row["width"] = 50 * abs(row["value"]) / scale
        row["left"] = 50 - row["width"] if row["value"] < 0 else 50
    return rows


def trait_lines(
    outputs: Float[Floats, "T P"],
    traits: Sequence[str],
    title: str,
    width: int = 300,
    height: int = 170,
) -> dict[str, Any]:
    """The network's outputs over the steps, as points of a drawing of width × height."""
    steps = len(outputs)
    low, high = min(-0.05, float(outputs.min())), max(0.05, float(outputs.max()))
    x = np.linspace(0, width, steps) if steps > 1 else np.array([width / 2])
    y = height * (high - outputs) / (high - low)
    lines = [
        {
            "trait": trait,
            "points": [
                (round(float(a), 1), round(float(b), 1)) for a, b in zip(x, y[:, p], strict=True)
            ],
        }
        for p, trait in enumerate(traits)
    ]
    return {
        "title": title, "width": width, "height": height, "lines": lines,
        "zero": round(height * high / (high - low), 1), "low": low, "high": high,
        "steps": [(round(float(place), 1), t + 1) for t, place in enumerate(x)],
    }  # fmt: skip
