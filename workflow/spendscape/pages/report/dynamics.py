"""The page on fixed points and attractors."""

from typing import Any

from spendscape.pages.numbers import DASH, interval, interval_of
from spendscape.pages.report.page import Page
from spendscape.pages.report.tables import Json, Rows, Table, words


def attractors(attractors: Json, fixed_points: Json, convergence: Rows) -> dict[str, Any]:
    """The verdicts on the fixed points, what they form for each label, and where they are."""
    traits = attractors["traits"]
    slow = ("spectral_radius", "time_constant", "slow")
    return {
        "verdicts": Table(("verdict", "customers"), list(fixed_points["verdict"].items())),
        "labels": Table(LABEL_COLUMNS, [_label(*item) for item in traits.items()]),
        "places": _places(traits),
        "polynomials": _polynomials(traits),
        "slow": Table(
            ("mean input of", "spectral radius", "time constant (steps)", "slow manifold"),
            [
                (name, *(entry[key] for key in slow))
                for name, entry in attractors["slow_manifold"].items()
            ],
        ),
        "convergence": Table(
            ("quantity", "value"),
            [(words(row["quantity"]), interval_of(row)) for row in convergence],
        ),
    }


LABEL_COLUMNS = (
    "label",
    "kind",
    "customers",
    "locations",
    "customers with one attractor",
    "random starts that end there too",
    "share with this true dominant trait",
    "share with this trait at the last step",
)


def _label(name: str, entry: Json) -> tuple[Any, ...]:
    basin, agreement = entry.get("basin", {}), entry["agreement"]
    return (
        name,
        entry.get("kind", "no customers"),
        entry["customers"],
        len(entry.get("locations", [])) or None,
        _known(basin.get("customers_with_one_attractor")),
        _known(basin.get("starts_that_end_here")),
        _known(agreement.get("true")),
        _known(agreement.get("final")),
    )


def _known(entry: Json | None) -> str:
    return interval_of(entry) if entry and entry["value"] is not None else DASH


def _places(traits: Json) -> Table:
    """The centre of each place, with its interval in every unit."""
    rows = [
        (name, str(k + 1), place["customers"], *map(interval, place["position"], place["low"], place["high"]))
        for name, entry in traits.items()
        for k, place in enumerate(entry.get("locations", []))
    ]  # fmt: skip
    units = len(rows[0]) - 3 if rows else 0
    hidden = [f"hidden state {m + 1}" for m in range(units)]
    return Table(["label", "place", "customers", *hidden], rows)


def _polynomials(traits: Json) -> Table:
    """The coefficients of each label's second-order polynomial, a row for every unit."""
    rows = []
    for name, entry in traits.items():
        if polynomial := entry.get("polynomial"):
            ends = [polynomial[f"coefficients{end}"] for end in ("", "_low", "_high")]
            r2 = interval(*(polynomial[f"r2{end}"] for end in ("", "_low", "_high")))
            for m in range(len(polynomial["centre"])):
                coefficients = [interval(*(end[k][m] for end in ends)) for k in range(3)]
                component = f"hidden state {m + 1}"
                rows.append((name, component, *coefficients, *polynomial["range"], r2))
    columns = ("label", "component", "constant", "t", "t²", "t from", "t to", "R²")
    return Table(columns, rows)


PAGES = (
    Page(
        name="attractors",
        category="Dynamics",
        label="fixed points and attractors",
        inputs={
            "attractors": "dynamics/attractors.json",
            "fixed_points": "dynamics/fixed_points.parquet",
            "convergence": "dynamics/convergence.csv",
        },
        context=attractors,
        caption="attractors.rst",
    ),
)
