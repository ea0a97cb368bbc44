"""The sections of a card, as the plain values that its template shows."""

import math
from typing import Any

import numpy as np
from jaxtyping import Float

from spendscape.core.arrays import Floats
from spendscape.core.geometry import degrees_between
from spendscape.core.months import month_of
from spendscape.explanation.state_surrogate import OWN, POOLED, UNUSED
from spendscape.pages.card_bars import trait_lines, waterfall
from spendscape.pages.card_data import Customer, CustomerWindow, Reference
from spendscape.pages.colours import trait_colours
from spendscape.pages.step_names import month_words, step_names
from spendscape.segments.names import EVERYBODY
from spendscape.traits.words import meaning

# A share of agreement above which a label is called clear, and fairly sure.
CLEAR, FAIR = 0.95, 0.8
# A direction is called uncertain where, so near the neutral state, the usual error is this many times that of all.
UNCERTAIN = 2
# The same for the error of one customer's own explanation.
POOR = 5
VERDICTS = {
    "certified": "proved by interval arithmetic: the end point exists, is the only one in its neighbourhood, and attracts",
    "verified": "found, and checked to rounding error: it attracts; not proved",
    "unstable": "found, but it does not attract",
    "unconverged": "none was found",
}


def label(customer: Customer, reference: Reference) -> dict[str, Any]:
    """The segment in words."""
    traits = reference.weights.traits
    known = bool(np.isfinite(customer.values).all())
    named = str(customer.segment["segment"])
    return {
        # Where even the first level has too few customers to be named, the card still says the own trait.
        "order": [customer.segment["level_1"]] if named == EVERYBODY else named.split(" > "),
        "of": len(traits),
        "colours": trait_colours(traits),
        "formula_first": traits[int(customer.values.argmax())] if known else None,
        "measured": reference.formula.measured is not None,
    }


def sure(customer: Customer, reference: Reference) -> dict[str, Any]:
    """How clear the first trait is, among all customers, and what is behind the nearest border."""
    margin = customer.segment["margin"]
    found: dict[str, Any] = {
        "margin": None,
        "degrees": customer.segment["border_degrees"] if reference.weights.units > 1 else None,
        "behind": customer.segment["behind"],
        "second": customer.decision["second"],
        "distance": customer.segment["distance"],
        "neutral": bool(customer.segment["neutral"]),
    }
    if margin is None or not math.isfinite(margin):
        return found
    found["margin"] = margin
    quantiles = np.array(reference.comparison["margins"], dtype=np.float64)
    found["percentile"] = _place(margin, quantiles)
    bins = reference.comparison["trust"]
    found["like"] = None
    if bins:
        found["like"] = next((row for row in bins if margin <= row["high"]), bins[-1])
        agreement = found["like"]["agreement"]
        words = "clear" if agreement >= CLEAR else "fairly sure" if agreement >= FAIR else "close"
        found["words"] = words
    return found


def why(customer: Customer, reference: Reference, shown: int) -> dict[str, Any]:
    """The margin of the first trait over the second, as one waterfall from average spending to the network's own."""
    made = customer.decision
    parts = np.asarray(made["contributions"], dtype=np.float64)
    own, average = fractions(customer.long), reference.surrogate.average
    yearly = money_a_year(customer.long)
    largest = np.argsort(-np.abs(parts), kind="stable")
    top, rest = largest[:shown], largest[shown:]

    def row(kind: str, name: str, value: float, classes: Any = ()) -> dict[str, Any]:
        chosen = np.asarray(classes, dtype=np.intp)
        spent = {
            "own": float(own[chosen].sum()),
            "average": float(average[chosen].sum()),
            "money": float(yearly[chosen].sum()),
        }
        return {"kind": kind, "name": name, "value": float(value)} | (
            spent if len(chosen) else {"own": None}
        )

    names = reference.weights.classes
    rows = [row("base", "Average spending", made["baseline"])]
    rows += [row("class", names[c], parts[c], [c]) for c in top]
    if len(rest):
        rows.append(row("rest", f"All {len(rest)} other classes", parts[rest].sum(), rest))
    rows.append(row("network", "What only the network sees", made["remainder"]))
    rows.append(row("sum", "Margin", made["margin"]))
    ends = [kind in ("base", "sum") for kind in (r["kind"] for r in rows)]
    for entry, bar in zip(rows, waterfall([r["value"] for r in rows], ends), strict=True):
        entry |= bar
    column = reference.surrogate.column
    return {
        "first": made["first"],
        "second": made["second"],
        "rows": rows,
        "total": float(yearly.sum()),
        "pooled": [names[c] for c in top if column[c] == POOLED],
        "unused": float(own[column == UNUSED].sum()),
    }


def steps(customer: Customer) -> dict[str, Any]:
    """What each step adds to the margin, compared with an average step in its place."""
    made = customer.decision
    values = [float(value) for value in made["step_values"]]
    names = _steps(customer.long)
    rows: list[dict[str, Any]] = [
        {"kind": "base", "name": "Average steps", "value": float(made["step_baseline"])}
    ]
    rows += [
        {"kind": "class", "name": name, "value": value}
        for name, value in zip(names, values, strict=True)
    ]
    rows.append({"kind": "sum", "name": "Margin", "value": float(made["margin"])})
    ends = [row["kind"] != "class" for row in rows]
    bars = waterfall([row["value"] for row in rows], ends)
    most = int(np.argmax(np.abs(values)))
    return {
        "rows": [row | bar for row, bar in zip(rows, bars, strict=True)],
        "most": names[most],
        "value": values[most],
    }


def change(customer: Customer, reference: Reference) -> dict[str, Any]:
    """The cheapest swaps of spending that give another label, as the network has it."""
    swap = customer.swap
    spent = dict(zip(reference.weights.classes, money_a_year(customer.long), strict=True))
    swaps: list[dict[str, Any]] = []
    own = reference.surrogate.column == OWN
    rare = {name for name, enough in zip(spent, own, strict=True) if not enough}
    for suffix in ("", "_2"):
        if swap[f"from{suffix}"] is not None:
            money, source = swap[f"money{suffix}"], swap[f"from{suffix}"]
            swaps.append(
                {
                    "from": source,
                    "to": swap[f"to{suffix}"],
                    "rare": [name for name in (source, swap[f"to{suffix}"]) if name in rare],
                    "money": money,
                    "of": float(spent[source]),
                    "fraction": swap[f"fraction{suffix}"],
                }
            )
    return {
        "found": bool(swap["verified"]),
        "swaps": swaps,
        "label": swap["label_after"],
        "left_out": [name for name in reference.weights.classes if name in reference.left_out],
        "one": len(reference.weights.traits) < 2,
    }


def lately(customer: Customer, reference: Reference, shown: int) -> dict[str, Any]:
    """What changed between the steps before the recent window and that window."""
    recent, long = customer.recent, customer.long
    if recent is None:
        return {"window": reference.recent_window, "recent": None}
    begins = month_of(recent.last_month) - len(recent.total) * recent.months + 1
    ends = month_of(long.last_month) - long.months * np.arange(len(long.total))[::-1]
    earlier = ends < begins
    before = earlier if earlier.any() else np.ones(len(ends), dtype=bool)
    old, new = long.spending[before].mean(axis=0), recent.spending.mean(axis=0)
    years = before.sum() * long.months / 12
    old_money = (long.spending[before] * long.total[before, None]).sum(axis=0) / years
    new_money = money_a_year(recent)
    largest = np.argsort(-np.abs(new - old), kind="stable")[: min(5, shown)]
    traits, weights = reference.weights.traits, reference.weights
    return {
        "window": True,
        "recent": [
            traits[k] for k in np.argsort(-weights.outputs(recent.states)[-1], kind="stable")
        ],
        "mover": customer.mover,
        "told": reference.tells_movers,
        "begins": month_words(begins),
        "overlaps": not earlier.any(),
        "rows": [
            {
                "name": weights.classes[c],
                "old": float(old[c]),
                "new": float(new[c]),
                "old_money": float(old_money[c]),
                "new_money": float(new_money[c]),
            }
            for c in largest
            if new[c] != old[c]
        ],
    }


def heading(customer: Customer, reference: Reference) -> dict[str, Any]:
    """Where the trajectory would end if the customer went on spending as on average."""
    fixed = customer.fixed_point
    known = fixed["verdict"] != "unconverged"
    last = np.asarray(customer.long.states[-1], dtype=np.float64)
    outputs = reference.weights.outputs(np.stack([last, np.asarray(fixed["state"], np.float64)]))
    first = reference.weights.traits.index(str(customer.decision["first"]))
    return {
        "label": fixed["label"],
        "known": known,
        "attracts": fixed["verdict"] in ("certified", "verified"),
        "verdict": VERDICTS[fixed["verdict"]],
        "same": fixed["label"] == customer.decision["first"],
        "time_constant": fixed["time_constant"],
        "distance": float(np.linalg.norm(last - fixed["state"])) if known else None,
        "moves": float(np.abs(outputs[1] - outputs[0]).max()) if known else None,
        "now": float(outputs[0, first]),
        "then": float(outputs[1, first]) if known else None,
        "others": max(0, int(fixed["fixed_points"]) - 1),
        "stable": int(fixed["stable"]) if "stable" in fixed else None,
    }


def trust(customer: Customer, reference: Reference) -> dict[str, Any]:
    """How far the explanation, and the network, can be trusted for this customer."""
    direction, comparison = customer.direction, reference.comparison
    pair = np.array([direction["direction"], direction["predicted_direction"]], dtype=np.float64)
    error = float(degrees_between(pair[:1], pair[1:])[0])
    distance = customer.segment["distance"]
    near = next((row for row in comparison["by_distance"] if distance <= row["high"]), None)
    median = comparison["median_error"]
    outputs = reference.weights.outputs(customer.long.states)[-1]
    known = bool(np.isfinite(customer.values).all())
    return {
        "error": error if math.isfinite(error) else None,
        "median_error": median,
        "angles": reference.weights.units > 1,
        "poor": math.isfinite(error) and error > POOR * median,
        "distance": distance,
        "neutral": not distance > 0,
        "nearer": _place(distance, np.array(comparison["distances"], dtype=np.float64)),
        "usual": near["error"] if near else None,
        "uncertain": bool(near and near["error"] > UNCERTAIN * median),
        "measured": reference.formula.measured is not None,
        "known": known,
        "traits": [
            {
                "name": name,
                "network": float(outputs[p]),
                "formula": float(customer.values[p]) if known else None,
                "r2": reference.r2[name]["value"],
            }
            for p, name in enumerate(reference.weights.traits)
        ],
    }


def small_print(customer: Customer, reference: Reference) -> dict[str, Any]:
    """The period, the model and the run, and what the traits are."""
    long, weights = customer.long, reference.weights
    first = month_of(long.last_month) - len(long.total) * long.months + 1
    return {
        "first": month_words(first),
        "last": month_words(month_of(long.last_month)),
        "steps": len(long.total),
        "months": long.months,
        "cell": weights.cell.name,
        "units": weights.units,
        "classes": len(weights.classes),
        "run": reference.run,
        "model": reference.model,
        "customers": reference.comparison["customers"],
        "meaning": meaning(reference.formula, reference.r2),
    }


def all_numbers(customer: Customer, reference: Reference) -> dict[str, Any]:
    """All classes, the states and the drawings of the outputs, for the data scientist."""
    weights, surrogate, made = reference.weights, reference.surrogate, customer.decision
    own, yearly = fractions(customer.long), money_a_year(customer.long)
    parts = np.asarray(made["contributions"], dtype=np.float64)
    windows = [("long window", customer.long), ("recent window", customer.recent)]
    return {
        "classes": [
            {
                "name": weights.classes[c],
                "own": float(own[c]),
                "average": float(surrogate.average[c]),
                "money": float(yearly[c]),
                "value": float(parts[c]),
                "column": str(surrogate.column[c]),
                "users": int(surrogate.users[c]),
            }
            for c in np.argsort(-np.abs(parts), kind="stable")
        ],
        "states": [
            {"name": name, "state": [float(h) for h in state]}
            for name, state in zip(_steps(customer.long), customer.long.states, strict=True)
        ],
        "direction": [float(u) for u in customer.direction["direction"]],
        "predicted": [float(u) for u in customer.direction["predicted_direction"]],
        "fixed": dict(customer.fixed_point),
        "charts": [
            trait_lines(weights.outputs(window.states), weights.traits, title)
            for title, window in windows
            if window is not None
        ],
    }


def fractions(window: CustomerWindow) -> Float[Floats, " C"]:
    """The mean share of each class over the steps, which the network's surrogate reads."""
    return np.asarray(window.spending.mean(axis=0, dtype=np.float64))


def money_a_year(window: CustomerWindow) -> Float[Floats, " C"]:
    """What was spent in each class in a year of the window."""
    years = len(window.total) * window.months / 12
    return np.asarray((window.spending * window.total[:, None]).sum(axis=0) / years, np.float64)


def _steps(window: CustomerWindow) -> list[str]:
    return step_names(month_of(window.last_month), len(window.total), window.months)


def _place(value: float, quantiles: Floats) -> float:
    """The share of values below this one, by evenly spaced quantiles, and between two of them in proportion."""
    if not len(quantiles):
        return math.nan
    above = int(np.searchsorted(quantiles, value))
    if above in (0, len(quantiles)):
        return float(above > 0)
    low, high = quantiles[above - 1], quantiles[above]
    return float((above - 1 + (value - low) / (high - low)) / (len(quantiles) - 1))
