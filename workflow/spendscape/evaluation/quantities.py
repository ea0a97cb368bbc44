"""What the claims of the study are judged by: numbers with intervals, read from the results of a run."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from spendscape.dynamics.fixed_points import ATTRACTING, CERTIFIED
from spendscape.explanation.cells import cover_count
from spendscape.traits.formula import TraitFormula

# The kinds of loci that the study found: points and lines.
POINTS_AND_LINES = ("point", "points", "curve")
# The spaces that must not separate the segments, by their names in segments/purity.csv.
OTHER_SPACES = (
    "raw_fractions",
    "raw_principal_components",
    "feed_forward",
    "feed_forward_directions",
    "auto_encoder",
)


@dataclass(frozen=True)
class Results:
    """The results that claims are judged by; files have the names of the rule's inputs.

    Attributes
    ----------
    formula : tensors/traits.json
    scores, coefficients : surrogate/scores.csv and surrogate/coefficients.csv
    inverse : space/inverse.json
    elbow : model/elbow.json
    ensemble : model/ensemble.csv
    fixed_points : the column `verdict` of dynamics/fixed_points.parquet
    attractors, convergence : dynamics/attractors.json and dynamics/convergence.csv
    stability, purity, cells : segments/stability.json, segments/purity.csv and segments/cells.csv
    slow : the setting `dynamics.slow`
    supervision : the setting `model.supervision`
    """

    formula: TraitFormula
    scores: pd.DataFrame
    coefficients: pd.DataFrame
    inverse: Mapping[str, Any]
    elbow: Mapping[str, Any]
    ensemble: pd.DataFrame
    fixed_points: pd.DataFrame
    attractors: Mapping[str, Any]
    convergence: pd.DataFrame
    stability: Mapping[str, Any]
    purity: pd.DataFrame
    cells: pd.DataFrame
    slow: float
    supervision: str


@dataclass(frozen=True)
class Measured:
    """A number that this run found.

    Attributes
    ----------
    value : the number
    low, high : its 95 % interval, if it has one
    words : shown in place of the number; of a number that others are compared with, its name
    """

    value: float
    low: float | None = None
    high: float | None = None
    words: str = ""

    @property
    def bottom(self) -> float:
        """The lower end of the interval, or the number itself."""
        return self.value if self.low is None else self.low

    @property
    def top(self) -> float:
        """The upper end of the interval, or the number itself."""
        return self.value if self.high is None else self.high

    @property
    def width(self) -> float:
        """Of the interval; 0 without one."""
        return self.top - self.bottom


# A run may lack what a quantity is read from: None, and the claim is not tested.
Quantity = Callable[[Results], Measured | None]


def _measured(row: Mapping[Any, Any], words: str = "") -> Measured | None:
    """A row's number, with its interval where it has one; None where there is no number."""
    value, low, high = (float(row[name]) for name in ("value", "low", "high"))
    if np.isnan(value):
        return None
    return (
        Measured(value, words=words)
        if np.isnan([low, high]).any()
        else Measured(value, low, high, words)
    )


def _row(table: pd.DataFrame, **where: Any) -> Measured | None:
    """The one row of a long table that has these values, if there is one."""
    for column, value in where.items():
        table = table[table[column] == value]
    if len(table) > 1:
        raise ValueError(f"{len(table)} rows have {where}")
    return _lowest(table)


def _lowest(table: pd.DataFrame) -> Measured | None:
    """The row of the lowest value, if there is any row."""
    rows = table.dropna(subset="value").sort_values("value").to_dict("records")
    return _measured(rows[0]) if rows else None


def worst_angle(family: str) -> Quantity:
    """R² of a family's worse angle on the test customers, for directions from the zero state as the study has them."""

    def read(results: Results) -> Measured | None:
        rows = _on_test_customers(results, family, "zero", "r2")
        return _lowest(rows[~rows["target"].str.startswith("direction")])

    return read


def worst_component(family: str, start: str) -> Quantity:
    """R² of the worst component of a family's unit vectors on the test customers, for directions from a start."""

    def read(results: Results) -> Measured | None:
        rows = _on_test_customers(results, family, start, "r2")
        return _lowest(rows[rows["target"].str.startswith("direction_")])

    return read


def label_agreement(family: str) -> Quantity:
    """Share of test customers for whom a family's direction gives the network's label."""
    return lambda results: _lowest(_on_test_customers(results, family, "origin", "agreement"))


def _on_test_customers(results: Results, family: str, start: str, metric: str) -> pd.DataFrame:
    table = results.scores
    where = {"family": family, "start": start, "metric": metric, "split": "test"}
    for column, value in where.items():
        table = table[table[column] == value]
    return table


def gain(family: str, over: str) -> Quantity:
    """By how much a family's worse angle is above another family's, in R²; the interval of their farther ends."""

    def read(results: Results) -> Measured | None:
        found, base = worst_angle(family)(results), worst_angle(over)(results)
        if found is None or base is None:
            return None
        ends = found.bottom - base.top, found.top - base.bottom
        return Measured(found.value - base.value, *ends)

    return read


def all_states(results: Results) -> Measured | None:
    """R² of all states from all fractions by one linear model."""
    return _row(results.scores, target="states", split="test", metric="r2")


def classes_used(results: Results) -> Measured | None:
    """Classes with money that the surrogate uses, in words beside those that the formula uses."""
    spent = _classes_with_money(results)
    inner = results.coefficients[results.coefficients["class"].isin(spent)]
    used = int(inner.groupby("class")["nonzero"].any().sum())
    return Measured(used, words=f"{used} of {len(spent)}, against {_classes_used(results)}")


def classes_of_formula(results: Results) -> Measured | None:
    """Classes with money that the formula of the traits uses; None where it uses them all, so that none can be new.

    A formula that was fitted to measured traits uses them all.
    """
    used = _classes_used(results)
    whole = results.formula.measured is not None or used == len(_classes_with_money(results))
    return None if whole else Measured(used)


def _classes_used(results: Results) -> int:
    """How many classes with money change a trait, where spending is the same in all classes."""
    classes, spent = results.formula.classes, _classes_with_money(results)
    slopes = results.formula.slopes(np.full(len(classes), 1 / len(classes)))
    changes = (slopes != 0).any(axis=1)
    return sum(name in spent for name, used in zip(classes, changes, strict=True) if used)


def _classes_with_money(results: Results) -> set[str]:
    """The classes that any training customer spends on."""
    table = results.coefficients
    return set(table.loc[table["users"] > 0, "class"]) - {"(intercept)"}


def correlation_with_formula(results: Results) -> Measured | None:
    """The lowest of the traits' correlations with the formula's coefficients, of those with an interval."""
    scores = results.scores
    rows = scores[scores["metric"] == "correlation_with_coefficients"]
    return _lowest(rows.dropna(subset=["low", "high"]))


def orders_that_exist(results: Results) -> Measured | None:
    """The orders of all traits that some direction has, enumerated, in words beside the formula's number."""
    orders, formula = _orders(results), orders_by_formula(results)
    found = int(orders["exists"].sum())
    beside = "" if formula is None else f"; {formula.value:.0f} by the formula"
    traits = len(results.formula.traits)
    return Measured(found, words=f"{found} of {math.factorial(traits)} by enumeration{beside}")


def orders_by_formula(results: Results) -> Measured | None:
    """Cover's number of orders (maths §4b); None where borders do not go through the origin."""
    if _orders(results)["solid_angle"].isna().any():
        return None
    weights = results.inverse["weights"]
    return Measured(float(cover_count(len(weights[0]), len(weights))))


def customers_in_impossible_orders(results: Results) -> Measured | None:
    """How many customers have an order that no direction has, in words with the occupied orders."""
    orders = _orders(results)
    occupied = orders[orders["customers"] > 0]
    outside = int(occupied.loc[~occupied["exists"], "customers"].sum())
    return Measured(outside, words=f"{outside} customers; {len(occupied)} orders are occupied")


def _orders(results: Results) -> pd.DataFrame:
    """The rows of segments/cells.csv that hold all traits."""
    table = results.cells
    all_traits: pd.DataFrame = table[table["level"] == table["level"].max()]
    return all_traits


def same_in_both_windows(labels: str) -> Quantity:
    """Share of customers with the same dominant trait in both windows, by `states` or by `raw` spending."""

    def read(results: Results) -> Measured | None:
        across = results.stability["across_windows"]
        return _measured(across[labels][0]) if across and across[labels] else None

    return read


def steady_steps(labels: str) -> Quantity:
    """Share of steps of the long window whose label is the previous step's, by `states` or by `raw` spending."""

    def read(results: Results) -> Measured | None:
        for row in results.stability["within_long"]:
            if row["labels"] == labels and row["comparison"] == "previous_step":
                return _measured(row)
        return None

    return read


def levels(results: Results) -> list[int]:
    """The levels of segments that segments/purity.csv tells apart; the first, where it tells none."""
    means = _separations(results)
    return sorted(int(level) for level in means["level"].unique()) or [1]


def separation(space: str, level: int) -> Quantity:
    """How well a space, such as the directions of the states, tells the segments of a level apart."""
    return lambda results: _row(_separations(results), level=level, space=space)


def best_other_separation(level: int) -> Quantity:
    """The same of the best of the other spaces, with its name."""

    def read(results: Results) -> Measured | None:
        means = _separations(results)
        rows = means[(means["level"] == level) & means["space"].isin(OTHER_SPACES)]
        best = rows.sort_values("value", ascending=False, kind="stable").to_dict("records")
        return _measured(best[0], str(best[0]["space"])) if best else None

    return read


def _separations(results: Results) -> pd.DataFrame:
    """Balanced accuracy, the mean over the parent segments."""
    purity = results.purity
    return purity[(purity["parent"] == "(mean)") & (purity["metric"] == "balanced_accuracy")]


def enough_units(results: Results) -> Measured | None:
    """The number of units that the elbow criterion chooses, if it chooses one."""
    if results.elbow["enough"] is None:
        return None
    return Measured(float(results.elbow["enough"]), words=str(results.elbow["enough"]))


def error_of_printed_inverse(results: Results) -> Measured | None:
    """The largest error on the grid of the inverse regression as the study prints it."""
    return Measured(float(results.inverse["literal"]["largest_error"]))


def convergence(quantity: str) -> Quantity:
    """A row of dynamics/convergence.csv."""
    return lambda results: _row(results.convergence, quantity=quantity)


def ends_in_stable_fixed_points(results: Results) -> Measured | None:
    """Share of customers whose trajectory ends in a stable fixed point."""
    verdicts = results.fixed_points["verdict"]
    total, stable = len(verdicts), int(verdicts.isin(ATTRACTING).sum())
    proved = int((verdicts == CERTIFIED).sum())
    return Measured(
        stable / total if total else 0.0, words=f"{stable} of {total}, {proved} of them proved"
    )


def low_dimensional_loci(results: Results) -> Measured | None:
    """Share of traits whose customers' fixed points lie on points or a line, with the kind of each trait."""
    traits = results.attractors["traits"]
    kinds = {name: entry.get("kind", "no customers") for name, entry in traits.items()}
    share = sum(kind in POINTS_AND_LINES for kind in kinds.values()) / len(kinds)
    return Measured(share, words=", ".join(f"{name}: {kind}" for name, kind in kinds.items()))


def spectral_radius_of_mean_input(results: Results) -> Measured | None:
    """The spectral radius at the fixed point of the mean input of all customers."""
    return Measured(float(results.attractors["slow_manifold"]["(all)"]["spectral_radius"]))


def slow(results: Results) -> Measured | None:
    """The spectral radius from which the config calls a system slow."""
    return Measured(results.slow)


def this_run(quantity: str) -> Quantity:
    """A quantity of model/ensemble.csv, for the network of this run."""

    def read(results: Results) -> Measured | None:
        row = _of_ensemble(results, quantity)
        return Measured(float(row["value"])) if row else None

    return read


def other_supervision(quantity: str) -> Quantity:
    """A quantity of model/ensemble.csv, for a network trained with the other supervision."""

    def read(results: Results) -> Measured | None:
        row = _of_ensemble(results, quantity)
        ends = {end: row.get(f"other_supervision_{end}") for end in ("value", "low", "high")}
        return None if pd.isna(ends["value"]) else _measured(ends)

    return read


def _of_ensemble(results: Results, quantity: str) -> dict[Any, Any]:
    rows = results.ensemble[results.ensemble["quantity"] == quantity].to_dict("records")
    return rows[0] if rows else {}
