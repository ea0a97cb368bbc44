"""The pages on the network: the model card, the number of units, and what survives retraining."""

from collections.abc import Mapping
from typing import Any

from spendscape.pages.numbers import interval, interval_of, number
from spendscape.pages.report.page import Page
from spendscape.pages.report.tables import Json, Rows, Table, pivot, words


def model(
    metrics: Json, ledger: Json, windows: Json, baselines: Rows, calibration: Rows, formula: Json
) -> dict[str, Any]:
    """The model card: what the network learned from, how well it predicts unseen customers, its limits."""
    window, customers = windows["long"], metrics["customers"]
    data = {
        "transactions": f"{ledger['total']['accepted']['rows']:,}, {ledger['first_month']} to {ledger['last_month']}",
        "customers": f"{window['in']:,} of {window['customers']:,} have the window",
        "window": f"{window['steps']} steps of {window['months_per_step']} months",
    } | {f"{side} customers": number(count) for side, count in sorted(customers.items())}
    scores = [(trait, interval_of(entry)) for trait, entry in metrics["r2"].items()]
    settings = [
        (words(key), value)
        for key, value in metrics.items()
        if not isinstance(value, Mapping) and not key.startswith(("r2", "rank"))
    ] + list(metrics.get("versions", {}).items())
    beside = [
        (row["model"], row["trait"], interval(row["r2"], row["low"], row["high"]))
        for row in baselines
    ]
    lines = [
        (
            row["trait"],
            *(interval(row[name], row[f"{name}_low"], row[f"{name}_high"]) for name in ("slope", "intercept")),
            row["bias_lowest"],
            row["bias_highest"],
        )
        for row in calibration
    ]  # fmt: skip
    calibrated = ("trait", "slope", "intercept", "error, lowest tenth", "error, highest tenth")
    return {
        "data": Table(("data", "value"), list(data.items())),
        "scores": Table(("trait", "test R²"), scores),
        "tested": customers["test"],
        "r2_all_traits": metrics["r2_all_traits"],
        "units": metrics["units"],
        "rank_ceiling": metrics["rank_ceiling"],
        "baselines": pivot(beside, "model"),
        "measured": formula["measured"] is not None,
        "calibration": Table(calibrated, lines),
        "settings": Table(("setting", "value"), settings),
    }


def elbow(elbow: Rows, choice: Json) -> dict[str, Any]:
    """How many units are enough."""
    networks: dict[int, list[Json]] = {}
    for row in sorted(elbow, key=lambda row: row["units"]):
        networks.setdefault(row["units"], []).append(row)
    columns = ("units", "networks", "mean test R²", "lowest", "highest", "rank ceiling")
    rows = []
    for units, group in networks.items():
        r2 = [row["r2"] for row in group]
        mean = sum(r2) / len(r2)
        rows.append((units, len(r2), mean, min(r2), max(r2), group[0]["ceiling"]))
    used = {name: choice[name] for name in ("enough", "customers", "of")}
    return {**used, "networks": Table(columns, rows)}


def ensemble(ensemble: Rows) -> dict[str, Any]:
    """What survives another seed, and the other supervision."""
    own, same = [], []
    for row in ensemble:
        quantity, span = (
            words(row["quantity"]),
            f"{number(row['lowest'], 3)} to {number(row['highest'], 3)}",
        )
        if row["quantity"].startswith(("segment_level_", "aligned_")):
            same.append((quantity, span))
        else:
            other = interval(*(row[f"other_supervision_{end}"] for end in ("value", "low", "high")))
            own.append((quantity, number(row["value"], 3), span, other))
    return {
        "seeds": max((int(row["seeds"]) for row in ensemble), default=0),
        "spread": Table(("quantity", "this run", "over seeds", "other supervision"), own),
        "agreement": Table(("agreement with this run", "over seeds"), same),
    }


PAGES = (
    Page(
        name="model",
        category="Model",
        label="model card",
        inputs={
            "metrics": "model/metrics.json",
            "ledger": "ingest/ledger.json",
            "windows": "tensors/summary.json",
            "baselines": "model/baselines.csv",
            "calibration": "model/calibration.csv",
            "formula": "tensors/traits.json",
        },
        context=model,
        caption="model.rst",
    ),
    Page(
        name="elbow",
        category="Model",
        label="the number of units",
        inputs={"elbow": "model/elbow.csv", "choice": "model/elbow.json"},
        context=elbow,
        caption="elbow.rst",
    ),
    Page(
        name="ensemble",
        category="Model",
        label="what survives retraining",
        inputs={"ensemble": "model/ensemble.csv"},
        context=ensemble,
        caption="ensemble.rst",
    ),
)
