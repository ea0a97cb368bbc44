"""The pages on the segments: whether customers stay in them, where they separate, and what decides them."""

import re
from collections import Counter
from collections.abc import Mapping
from math import isnan
from typing import Any

from spendscape.pages.numbers import DASH, interval, interval_of, number, percent, share
from spendscape.pages.report.page import Page
from spendscape.pages.report.tables import Json, Rows, Table, pivot, words

WORD_JOINER = "\u2060"
# Where labels come from.
LABELS = {
    "raw": "spending, by the formula",
    "states": "the network",
    "surrogate": "the explanation (surrogate)",
}
# What sets a segment apart where nothing does.
NOTHING = "nothing"
# Classes and swaps that are shown; the files have all.
MOST = 30


def segments(segment_table: Rows, naming: Json, margins: Rows) -> dict[str, Any]:
    """Every named segment, from which margin on a label holds, and how well the table hides a person.

    A segment that has all customers of its parent is the parent once more, and is left out.
    """
    levels, repeated = by_level(segment_table)
    return {
        "named": sum(map(len, levels.values())),
        "smallest": min((int(row["customers"]) for row in segment_table), default=0),
        "minimum": naming["minimum_customers"],
        "neutral": naming["neutral"],
        "neutral_margin": naming["neutral_margin"],
        "kept": {words(name): entry for name, entry in naming["kept"].items()},
        "levels": [
            {"level": level, "sizes": _sizes(rows), "profiles": _profiles(rows), "repeated": repeated[level]}
            for level, rows in levels.items()
        ],
        "margins": Table(
            ("compared with", "margin from", "to", "test customers", "same label"),
            [
                (words(row["comparison"]), row["low"], row["high"], int(row["customers"]), interval(row["kept"], row["kept_low"], row["kept_high"]))
                for row in margins
            ],
        ),
    }  # fmt: skip


def by_level(segment_table: Rows) -> tuple[dict[int, list[Mapping[str, Any]]], Counter[int]]:
    """The segments of each level, and how many of a level have all customers of their parent and are left out."""
    levels: dict[int, list[Mapping[str, Any]]] = {}
    repeated: Counter[int] = Counter()
    for row in segment_table:
        level = int(row["level"])
        if level > 1 and row["parent_share"] == 1:
            repeated[level] += 1
        else:
            levels.setdefault(level, []).append(row)
    return levels, repeated


def _sizes(rows: Rows) -> Table:
    columns = (
        "segment",
        "customers",
        "share",
        "share of all directions",
        "neutral",
        "stayed since the step before",
        "in it in the recent window",
        "nearest attractor",
        "in smaller segments",
    )
    return Table(
        columns,
        [
            (
                _order(row["segment"]),
                int(row["customers"]),
                percent(row["share"]),
                _known(row["solid_angle"]),
                percent(row["neutral"]),
                _known(row["stayed"]),
                _known(row["recent"]),
                words(_text(row["attractor"])) or DASH,
                int(row["unnamed"]),
            )
            for row in rows
        ],
    )


def _profiles(rows: Rows) -> Table:
    return Table(
        ("segment", "spends more than its parent on", "and less on"),
        [(_order(row["segment"]), *(_amounts(row[side]) or NOTHING for side in ("more", "less"))) for row in rows],
    )  # fmt: skip


def _source(labels: str) -> str:
    return LABELS.get(labels, labels)


def _order(name: str) -> str:
    return words(name).replace(">", "›")


def _known(value: float) -> str:
    return DASH if isnan(value) else percent(value)


def _amounts(value: Any) -> str:
    """Classes with amounts as words; no line begins between a sign and a currency, `−£6`."""
    return re.sub(r"(?<=[+−])(?=\D)", WORD_JOINER, words(_text(value)))


def _text(value: Any) -> str:
    """A text of a CSV file, where nothing is read as NaN."""
    return value if isinstance(value, str) else ""


def stability(stability: Json) -> dict[str, Any]:
    """Whether customers stay in their segments, inside the long window and across windows."""
    within = [
        (_source(row["labels"]), words(row["comparison"]), row["step"], interval_of(row))
        for row in stability["within_long"]
    ]
    across, levels = stability["across_windows"], None
    if across is not None:
        shown = {
            _source(name): {str(row["level"]): interval_of(row) for row in rows}
            for name, rows in across.items()
        }
        entries = [
            (level, name, text) for name, column in shown.items() for level, text in column.items()
        ]
        levels = pivot(entries, "level", list(shown))
    return {
        "customers": stability["customers"],
        "within": Table(("label from", "compared with", "step", "share that agrees"), within),
        "levels": levels,
        "movers": stability.get("movers"),
    }


def movers(stability: Json, moves: Rows, naming: Json) -> dict[str, Any]:
    """From which trait to which customers moved, when, and what changed; no customer's row."""
    return {
        "movers": stability.get("movers"),
        "minimum": naming["minimum_customers"],
        "moves": Table(
            (
                "from",
                "to",
                "customers",
                "likely movers",
                "turn (degrees)",
                "turn of a usual step",
                "most often since",
                "spend more on",
                "and less on",
            ),
            [
                (
                    words(row["from"]),
                    words(row["to"]),
                    int(row["customers"]),
                    number(row["likely"]),
                    number(row["turn_degrees"], 1),
                    number(row["noise_degrees"], 1),
                    _text(row["month"]) or DASH,
                    *(_amounts(row[side]) or DASH for side in ("more", "less")),
                )
                for row in moves
            ],
        ),
    }


def purity(purity: Rows) -> dict[str, Any]:
    """In which spaces the levels of the segments separate, the mean over parents."""
    means = [
        (words(row["space"]), f"{words(row['metric'])}, level {row['level']}", interval_of(row))
        for row in purity
        if row["parent"] == "(mean)"
    ]
    return {"means": pivot(means, "space", sorted({column for _, column, _ in means}))}


def decisions(contributions: Rows, swaps: Json) -> dict[str, Any]:
    """Which classes decide the segments, and which swaps of spending would change them; no customer's row."""
    classes = [
        (
            words(row["class"]),
            number(row["size"], 4),
            number(row["mean"], 4),
            percent(row["largest"]),
        )
        for row in contributions[:MOST]
    ]
    frequent = [
        (
            words(row["from"]),
            words(row["to"]),
            row["customers"],
            percent(row["fraction"]),
            f"{row['money']:,.0f}",
        )
        for row in swaps["swaps"][:MOST]
    ]
    found = swaps["verified"] > 0
    return {
        "classes": Table(("class", "mean size", "mean", "largest for"), classes),
        "swaps": Table(
            ("from", "to", "customers", "median share", "median money a year"), frequent
        ),
        "customers": swaps["customers"],
        "verified": share(swaps["verified"], swaps["customers"]),
        "two_swaps": share(swaps["two_swaps"], swaps["customers"]),
        "fraction": percent(swaps["fraction"]) if found else None,
        "money": swaps["money"] if found else None,
        "fewest": swaps["fewest"],
        "not_listed": swaps["not_listed"],
    }


PAGES = (
    Page(
        name="segments",
        category="Segments",
        label="the micro-segments",
        inputs={
            "segment_table": "segments/table.csv",
            "naming": "segments/naming.json",
            "margins": "segments/margins.csv",
        },
        context=segments,
        caption="segments.rst",
    ),
    Page(
        name="stability",
        category="Segments",
        label="stability of the segments",
        inputs={"stability": "segments/stability.json"},
        context=stability,
        caption="stability.rst",
    ),
    Page(
        name="movers",
        category="Segments",
        label="customers who moved",
        inputs={
            "stability": "segments/stability.json",
            "moves": "segments/moves.csv",
            "naming": "segments/naming.json",
        },
        context=movers,
        caption="movers.rst",
        when="recent",
    ),
    Page(
        name="purity",
        category="Segments",
        label="purity of the segments",
        inputs={"purity": "segments/purity.csv"},
        context=purity,
        caption="purity.rst",
    ),
    Page(
        name="decisions",
        category="Explanation",
        label="what decides the segments, and what would change them",
        inputs={"contributions": "explain/contributions.csv", "swaps": "explain/swaps.json"},
        context=decisions,
        caption="decisions.rst",
    ),
)
