"""Cards: one page per customer that answers why the customer is where it is."""

import hashlib
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote

import numpy as np
from numpy.typing import NDArray

from spendscape.core.arrays import Floats
from spendscape.core.errors import DataError
from spendscape.explanation.chart import Chart, wrap
from spendscape.explanation.linear import Linear
from spendscape.network.weights import Weights
from spendscape.pages.colours import trait_colours
from spendscape.pages.environment import render
from spendscape.traits.formula import TraitFormula
from spendscape.traits.words import meaning

LONGEST_NAME = 150


def file_name(customer: str) -> str:
    """The name, without ending, of a customer's card: safe on every file system, one per id.

    Everything but ASCII letters, digits, `_` and `-` is percent-encoded. An id that becomes longer
    than 150 characters, or is empty, is cut and followed by `~` and its SHA-256.
    """
    name = re.sub(r"[.~]", lambda match: f"%{ord(match[0]):02X}", quote(customer, safe=""))
    if 0 < len(name) <= LONGEST_NAME:
        return name
    digest = hashlib.sha256(customer.encode()).hexdigest()
    return f"{name[: LONGEST_NAME - len(digest) - 1]}~{digest}"


def find_customer(name: str, customers: Sequence[str]) -> int:
    """The row of the customer whose card has this file name.

    Raises
    ------
    DataError
        No such customer.
    """
    if "~" in name:
        candidates = [k for k, customer in enumerate(customers) if file_name(customer) == name]
    else:
        wanted = unquote(name)
        candidates = [k for k, customer in enumerate(customers) if customer == wanted]
    if candidates and file_name(customers[candidates[0]]) == name:
        return candidates[0]
    raise DataError(
        f"explain/{name}.html: no customer of the long window has this card; expected an id of "
        "tensors/spending.parquet, percent-encoded outside A-Z a-z 0-9 _ and - (a dot is %2E).\n"
        "tensors/customers.parquet says which customers are not in it, and why."
    )


def contributions(fractions: Floats, average: Floats, linear: Linear) -> Floats:
    """What each class adds to the surrogate's prediction, compared with the average customer.

    (fractions − average) × coefficient; summed over classes and added to the prediction for the
    average customer it is the prediction (MATHS §4, gauge).

    Parameters
    ----------
    fractions, average : [C], mean fractions of the customer and of the training customers

    Returns
    -------
    [C, K], in the outputs' unit
    """
    return np.asarray((fractions - average)[:, None] * linear.coefficients)


def angular_error(angles: Floats, predicted: Floats, chart: Chart) -> Floats:
    """The angle [N] in degrees between directions given as angles [N, M − 1]; NaN without one."""
    chord = np.linalg.norm(chart.vectors(angles) - chart.vectors(predicted), axis=1)
    return np.asarray(np.degrees(2 * np.arcsin(np.minimum(1, chord / 2))))


def leanings(chart: Chart, weights: Weights) -> list[tuple[str, str]]:
    """For each angle the traits that fall and that rise the most along it, at the chart's centre."""
    slopes = chart.rotation[1:] @ weights.output
    return [
        (weights.traits[int(row.argmin())], weights.traits[int(row.argmax())]) for row in slopes
    ]


@dataclass(frozen=True)
class Customer:
    """One customer's rows of the results.

    Attributes
    ----------
    identity : the id as it is in the data
    spending : [T, C] fractions of the long window
    fractions : [C], the mean fractions that the traits were computed from
    values : [P], true traits; NaN where they are not known
    states : [T, M]; recent : [T, M] or None
    angles, predicted : [M − 1] radians, of the trajectory and of the surrogate
    fixed_point : row of dynamics/fixed_points.parquet
    segment : row of segments/segments.parquet
    """

    identity: str
    spending: NDArray[Any]
    fractions: Floats
    values: Floats
    states: NDArray[Any]
    recent: NDArray[Any] | None
    angles: Floats
    predicted: Floats
    fixed_point: Mapping[str, Any]
    segment: Mapping[str, Any]


@dataclass(frozen=True)
class Reference:
    """What a customer is compared with.

    Attributes
    ----------
    average : [C], mean over training customers of the mean fractions over the steps
    average_traits : [C], the same of the fractions that the traits are computed from
    median_error : of the surrogate over all customers, degrees
    r2 : of model/metrics.json, the network's of each trait on unseen customers
    """

    average: Floats
    average_traits: Floats
    median_error: float
    weights: Weights
    r2: Mapping[str, Mapping[str, float]]
    formula: TraitFormula
    chart: Chart
    linear: Linear
    angles: Sequence[str]
    recent_window: bool


def card(customer: Customer, reference: Reference, shown: int) -> str:
    """The card as one HTML page: no script, nothing loaded, every text escaped.

    Parameters
    ----------
    shown : spending classes shown in each list, the most influential first
    """
    return render("card.html", content(customer, reference, shown))


def content(customer: Customer, reference: Reference, shown: int) -> dict[str, Any]:
    """What the template shows, as plain values."""
    weights = reference.weights
    traits = weights.traits
    mean = customer.spending.mean(axis=0, dtype=np.float64)
    outputs = weights.outputs(customer.states)
    recent = None if customer.recent is None else weights.outputs(customer.recent)
    order = [str(traits[k]) for k in np.argsort(-outputs[-1], kind="stable")]
    by_class = contributions(mean, reference.average, reference.linear)
    base = reference.linear(reference.average[None])[0]
    error = float(
        angular_error(customer.angles[None], customer.predicted[None], reference.chart)[0]
    )
    angles = [
        {
            "name": name,
            "falls": falls,
            "rises": rises,
            "base": math.degrees(base[k]),
            "sum": math.degrees(by_class[:, k].sum()),
            "predicted": math.degrees(customer.predicted[k]),
            "actual": math.degrees(customer.angles[k]),
            "miss": math.degrees(wrap(customer.predicted[k] - customer.angles[k])),
            "bars": bars(
                np.degrees(by_class[:, k]), weights.classes, mean, reference.average, shown
            ),
        }
        for k, (name, (falls, rises)) in enumerate(
            zip(reference.angles, leanings(reference.chart, weights), strict=True)
        )
    ]
    first, formula = traits.index(order[0]), reference.formula
    known = bool(np.isfinite(customer.values).all())
    parts = formula.contributions(customer.fractions, reference.average_traits)
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
        "why": {
            "trait": traits[first],
            "base": float(formula(reference.average_traits)[first]),
            "bars": bars(
                parts[:, first],
                weights.classes,
                customer.fractions,
                reference.average_traits,
                shown,
            ),
            "value": float(formula(customer.fractions)[first]),
            "r2": formula.measured["r2"][traits[first]] if formula.measured else None,
        },
        "angles": angles,
        "error": error,
        "median_error": reference.median_error,
        "charts": [
            trait_lines(values, traits, title)
            for title, values in (("long window", outputs), ("recent window", recent))
            if values is not None
        ],
        "recent": None
        if recent is None
        else [traits[k] for k in np.argsort(-recent[-1], kind="stable")],
        "recent_window": reference.recent_window,
        "fixed": dict(customer.fixed_point),
    }


def bars(
    values: Floats, classes: Sequence[str], own: Floats, average: Floats, shown: int
) -> list[dict[str, Any]]:
    """The `shown` largest of values [C] by size, and the rest in one row.

    Returns
    -------
    Rows name, value, own and average share of spending (None in the rest's row), and where the bar
    is: left and width in per cent, zero at 50.
    """
    largest = np.argsort(-np.abs(values), kind="stable")
    top, rest = largest[:shown], largest[shown:]
    rows = [
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
    outputs: Floats, traits: Sequence[str], title: str, width: int = 300, height: int = 170
) -> dict[str, Any]:
    """The network's outputs [T, P] over the steps, as points of a drawing of width × height."""
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


def choose_examples(
    segments: NDArray[Any],
    angles: Floats,
    predicted: Floats,
    outputs: Floats,
    change: Floats,
    chart: Chart,
    count: int,
) -> list[tuple[int, str]]:
    """Customers whose cards differ: typical, mover, badly explained, on a boundary, and again.

    Parameters
    ----------
    segments : [N] names
    angles, predicted : [N, M − 1]
    outputs : [N, P], of the network
    change : [N], distance between the last states of both windows for movers, NaN for all others
    count : of customers wanted; fewer come back when there are not so many

    Returns
    -------
    row and reason, all rows different
    """
    directions, error = chart.vectors(angles), angular_error(angles, predicted, chart)
    sorted_outputs = np.sort(outputs, axis=1)
    gap = sorted_outputs[:, -1] - sorted_outputs[:, -2]
    names, codes, sizes = np.unique(segments, return_inverse=True, return_counts=True)
    centres = np.stack([np.nanmean(directions[codes == k], axis=0) for k in range(len(names))])
    distance = np.linalg.norm(directions - centres[codes], axis=1)
    movers = np.flatnonzero(np.isfinite(change))
    movers = movers[np.argsort(-change[movers], kind="stable")]
    orders = {
        "where the linear explanation misses the most": np.argsort(
            -np.nan_to_num(error), kind="stable"
        ),
        "nearest to the boundary between its two largest traits": np.argsort(gap, kind="stable"),
    }
    chosen: dict[int, str] = {}
    for turn in range(len(segments)):
        offers = []
        if turn < len(names):
            segment = np.argsort(-sizes, kind="stable")[turn]
            members = np.flatnonzero(codes == segment)
            middle = members[np.nanargmin(np.nan_to_num(distance[members], nan=np.inf))]
            offers.append((int(middle), f"typical of the segment {names[segment]}"))
        if turn < len(movers):
            offers.append(
                (int(movers[turn]), "its dominant trait differs most between the windows")
            )
        offers += [(int(rows[turn]), reason) for reason, rows in orders.items()]
        for row, reason in offers:
            if len(chosen) < count:
                chosen.setdefault(row, reason)
        if len(chosen) >= count:
            break
    return list(chosen.items())[:count]
