"""The pages on the surrogate models, and on the cells into which the borders of segments cut all directions."""

from collections.abc import Mapping
from math import factorial, isnan, perm
from typing import Any

from spendscape.core.text import NEEDS_TWO_UNITS
from spendscape.pages.numbers import DASH, interval_of, number, share
from spendscape.pages.report.page import Page
from spendscape.pages.report.tables import Json, Rows, Table, pivot, words

STARTS = {"origin": "where all traits are 0", "zero": "the zero state", "first": "the first step"}
INTERCEPT = "(intercept)"


def surrogate(scores: Rows, coefficients: Rows) -> dict[str, Any]:
    """Every family from every start on unseen customers, and the coefficients of the explanation."""
    unseen = [row for row in scores if row["split"] == "test" and row["start"] in STARTS]
    families: dict[tuple[str, str], list[Json]] = {}
    for row in unseen:
        families.setdefault((row["start"], row["family"]), []).append(row)
    columns = (
        "direction from",
        "family",
        "R² of the worst component",
        "R² of the worse angle",
        "median error (degrees)",
        "95th percentile (degrees)",
        "same label as the network",
    )
    rest = [
        (words(row["family"]), row["target"], words(row["metric"]), row["split"], interval_of(row))
        for row in scores
        if row["target"] == "states" or "correlation" in row["metric"]
    ]
    units = {name for name in _outputs(coefficients) if name.startswith("state_")}
    traits = [name for name in _outputs(coefficients) if name not in units]
    return {
        "families": Table(
            columns, [(STARTS[start], words(name), *_of(rows)) for (start, name), rows in families.items()]
        ),
        "rest": Table(("family", "target", "metric", "customers", "value"), rest),
        "by_trait": _by_class(coefficients, traits),
        "by_unit": pivot(
            [
                (words(row["class"]), words(row["output"]), _with_error(row))
                for row in coefficients
                if row["output"] in units
            ],
            "class",
        ),
        "shared": [words(row["class"]) for row in _first(coefficients) if row["column"] == "pooled"],
        "unused": [words(row["class"]) for row in _first(coefficients) if row["column"] == "unused"],
    }  # fmt: skip


def _of(rows: Rows) -> list[str]:
    """The scores of one family from one start; of several components or angles, the worst."""
    components = [row for row in rows if row["target"].startswith("direction_")]
    angles = [
        row for row in rows if row["metric"] == "r2" and not row["target"].startswith("direction")
    ]
    single = {row["metric"]: interval_of(row) for row in rows}
    return [
        _worst(components),
        # A direction on a line has one component and no angle.
        NEEDS_TWO_UNITS if len(components) == 1 and not angles else _worst(angles),
        *(single.get(name, DASH) for name in ("median_error_degrees", "p95_error_degrees", "agreement")),
    ]  # fmt: skip


def _worst(rows: Rows) -> str:
    known = [row for row in rows if not isnan(row["value"])]
    return interval_of(min(known, key=lambda row: row["value"])) if known else DASH


def _outputs(coefficients: Rows) -> list[str]:
    return list(dict.fromkeys(row["output"] for row in coefficients))


def _first(coefficients: Rows) -> list[Json]:
    """A row for each class."""
    return list({row["class"]: row for row in coefficients if row["class"] != INTERCEPT}.values())


def _by_class(coefficients: Rows, traits: list[str]) -> Table:
    """Each class with its users, its column, and its coefficient for each trait."""
    values = {(row["class"], row["output"]): row["value"] for row in coefficients}
    rows = [
        (words(row["class"]), int(row["users"]), row["column"], *(values[row["class"], name] for name in traits))
        for row in _first(coefficients)
    ]  # fmt: skip
    return Table(("class", "users", "coefficient", *map(words, traits)), rows)


def _with_error(row: Json) -> str:
    error = row["standard_error"]
    return number(row["value"]) if isnan(error) else f"{number(row['value'])} ± {number(error)}"


def cells(cells: Rows, metrics: Json, naming: Json) -> dict[str, Any]:
    """Which orders of traits exist, how large they are, and who is in them; few customers are not counted out."""
    # The page's table is read at every start of Snakemake, which needs no arrays.
    from spendscape.explanation.cells import cover_count

    levels: dict[int, list[Json]] = {}
    for row in cells:
        levels.setdefault(int(row["level"]), []).append(row)
    traits = max(levels, default=0)
    flat = any(isnan(row["solid_angle"]) for row in cells)
    rows = []
    for level, group in levels.items():
        exist = [row for row in group if row["exists"]]
        empty = sum(row["customers"] == 0 for row in exist)
        possible = perm(traits, level)
        rows.append((level, possible, len(exist), possible - len(exist), len(exist) - empty, empty))
    return {
        "traits": traits,
        "units": int(metrics["units"]),
        "orders": factorial(traits),
        "exist": sum(bool(row["exists"]) for row in levels.get(traits, [])),
        "beside": sum(
            int(row["customers"]) for row in levels.get(traits, []) if not row["exists"]
        ),
        "by_formula": None if flat or not traits else cover_count(traits, int(metrics["units"])),
        "levels": Table(
            ("level", "orders", "exist", "impossible", "occupied", "empty"), rows
        ),
        "by_level": [
            {"level": level, "cells": _cells(group, naming["minimum_customers"])}
            for level, group in levels.items()
            if level in (1, 2, traits)
        ],
    }  # fmt: skip


def _cells(rows: Rows, minimum: int) -> Table:
    """The cells of a level, the largest first, and the impossible ones last."""
    order = sorted(rows, key=lambda row: (not row["exists"], -row["customers"]))
    total = sum(row["customers"] for row in rows)
    return Table(
        ("order", "is", "share of all directions", "customers", "share of customers"),
        [
            (
                row["order"],
                _kind(row),
                _angle(row),
                *_counted(int(row["customers"]), total, minimum),
            )
            for row in order
        ],
    )


def _counted(customers: int, total: int, minimum: int) -> tuple[int | str, str]:
    """How many customers, and their share; of a few only that they are few, so that nobody is pointed at."""
    if 0 < customers < minimum:
        return f"fewer than {minimum}", DASH
    return customers, share(customers, total)


def _angle(row: Json) -> str:
    """To two decimals, because a cell may be small and not empty."""
    known = row["exists"] and not isnan(row["solid_angle"])
    return f"{100 * row['solid_angle']:.2f} %" if known else DASH


def _kind(row: Mapping[str, Any]) -> str:
    if not row["exists"]:
        return "beside the directions" if row["customers"] else "impossible"
    return "occupied" if row["customers"] else "empty"


PAGES = (
    Page(
        name="surrogate",
        category="Explanation",
        label="the surrogate models and the coefficients",
        inputs={"scores": "surrogate/scores.csv", "coefficients": "surrogate/coefficients.csv"},
        context=surrogate,
        caption="surrogate.rst",
    ),
    Page(
        name="cells",
        category="Segments",
        label="which segments exist",
        inputs={
            "cells": "segments/cells.csv",
            "metrics": "model/metrics.json",
            "naming": "segments/naming.json",
        },
        context=cells,
        caption="cells.rst",
    ),
)
