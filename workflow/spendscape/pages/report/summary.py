"""The first page of the report, and the claims of the study."""

import math
from typing import Any

from spendscape.core.text import NEEDS_TWO_UNITS
from spendscape.pages.numbers import DASH, interval, interval_of, number, percent
from spendscape.pages.report.data import with_money, without_coefficient
from spendscape.pages.report.page import Page
from spendscape.pages.report.tables import VERDICTS, Json, Rows, Table, counts, verdict_words


def summary(
    ledger: Json,
    coverage: Rows,
    windows: Json,
    metrics: Json,
    scores: Rows,
    fixed_points: Json,
    claims: Rows,
) -> dict[str, Any]:
    """The run in numbers."""
    total, long, recent = ledger["total"], windows["long"], windows.get("recent")
    rows = {kind: number(total[kind]["rows"]) for kind in total}
    worst_trait = min(metrics["r2"], key=lambda name: metrics["r2"][name]["value"])
    linear = [row for row in scores if _is_angle_of_linear_model(row)]
    worst = min(linear, key=lambda row: row["value"], default=None)
    which, angle = (f" ({worst['target']})", interval_of(worst)) if worst else ("", NEEDS_TWO_UNITS)
    found = counts(row["verdict"] for row in claims if row["table"] == "study")
    state = [row for row in scores if _is_of_the_explanation(row)]
    parts = [
        row for row in state if row["metric"] == "r2" and row["target"].startswith("direction_")
    ]
    facts = {
        "rows read": f"{rows['read']} = {rows['accepted']} accepted + {rows['quarantined']} quarantined"
        f" + {rows['excluded']} excluded",
        "months": f"{ledger['first_month']} to {ledger['last_month']}",
        "spending classes with money": with_money(ledger, coverage),
        "money in classes without a coefficient": percent(
            sum(row["share"] for row in without_coefficient(coverage))
        ),
        "customers in the long window": _of(long),
        "customers in the recent window": _of(recent) if recent else "no recent window",
        f"test R² of the network, worst trait ({worst_trait})": interval_of(
            metrics["r2"][worst_trait]
        ),
        "test R² over all traits, beside its ceiling": f"{number(metrics['r2_all_traits'])} of at most "
        f"{number(metrics['rank_ceiling'])}",
        "test R² of the surrogate's direction, worst component": _lowest(parts),
        "share of test customers with the surrogate's label": _lowest(
            [row for row in state if row["metric"] == "agreement"]
        ),
        f"test R² of the linear model of angles, worse angle{which}": angle,
        "fixed points": ", ".join(
            f"{number(count)} {verdict}" for verdict, count in fixed_points["verdict"].items()
        ),
        "claims of the study": ", ".join(
            f"{number(found.get(v, 0))} {verdict_words(v)}" for v in VERDICTS
        ),
    }
    return {
        "facts": Table(("quantity", "this run"), list(facts.items())),
        "recent_window": recent is not None,
    }


def claims(claims: Rows) -> dict[str, Any]:
    """Every claim of the study beside what this run measured, and what it measured besides."""
    parts: dict[str, list[Json]] = {"study": [], "explanation": [], "other supervision": []}
    for row in claims:
        parts[row["table"]].append(row)
    return {name.replace(" ", "_"): _claims(rows) for name, rows in parts.items()}


def _claims(rows: Rows) -> Table:
    columns = ("claim", "verdict", "the study", "this run", "confirmed when", "after retraining", "evidence")  # fmt: skip
    return Table(
        columns,
        [
            (
                row["claim"],
                verdict_words(row["verdict"]),
                row["paper"],
                claimed(row["ours"], row["low"], row["high"]),
                row["rule"],
                row["retrained"] if isinstance(row["retrained"], str) else "",
                row["evidence"],
            )
            for row in rows
        ],
    )


def _is_angle_of_linear_model(row: Json) -> bool:
    """The study's own measure: directions from the zero state."""
    return (
        (row["split"], row["family"], row["metric"], row["start"])
        == ("test", "linear", "r2", "zero")
        and not row["target"].startswith("direction")
        and not math.isnan(row["value"])
    )


def _is_of_the_explanation(row: Json) -> bool:
    return (row["split"], row["family"], row["start"]) == ("test", "state", "origin")


def _lowest(rows: Rows) -> str:
    return interval_of(min(rows, key=lambda row: row["value"])) if rows else DASH


def _of(window: Json) -> str:
    return f"{number(window['in'])} of {number(window['customers'])}"


def claimed(ours: Any, low: float, high: float) -> str:
    """What a claim measured: words as they are, numbers with their interval."""
    try:
        value = float(ours)
    except ValueError:
        return str(ours)
    return interval(value, low, high)


PAGES = (
    Page(
        name="summary",
        category=None,
        label="this run in numbers",
        inputs={
            "ledger": "ingest/ledger.json",
            "coverage": "tensors/coverage.csv",
            "windows": "tensors/summary.json",
            "metrics": "model/metrics.json",
            "scores": "surrogate/scores.csv",
            "fixed_points": "dynamics/fixed_points.parquet",
            "claims": "claims.csv",
        },
        context=summary,
    ),
    Page(
        name="claims",
        category="Summary",
        label="claims of the study",
        inputs={"claims": "claims.csv"},
        context=claims,
        caption="claims.rst",
    ),
)
