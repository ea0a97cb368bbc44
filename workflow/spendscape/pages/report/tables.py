"""The tables of the report: numbers of a run as HTML pages that explain themselves.

Every function takes what a results file holds and returns HTML; all text from data or config is
escaped, and no table has a row for a customer.
"""

import html
import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

from spendscape.traits.formula import TraitFormula
from spendscape.traits.split import UNMEASURED
from spendscape.traits.words import meaning

# A longer list of files or categories is cut, with a word on where the rest is.
MOST_ROWS = 200

STYLE = """\
<style>
.spendscape {font: 15px/1.5 system-ui, sans-serif; color: #1f2933; max-width: 80rem; margin: 0 auto; padding: 1rem}
.spendscape h1 {font-size: 1.35rem; margin: 0 0 .5rem}
.spendscape p {max-width: 46rem; margin: .5rem 0}
.spendscape table {border-collapse: collapse; margin: 0 0 .4rem; font-size: 14px}
.spendscape h2 {font-size: 1rem; margin: 1.6rem 0 .3rem}
.spendscape th {text-align: left; border-bottom: 2px solid #52606d; vertical-align: bottom; max-width: 9rem}
.spendscape td {border-bottom: 1px solid #d9e2ec; vertical-align: top}
.spendscape th, .spendscape td {padding: .3rem .9rem .3rem 0}
.spendscape .number {text-align: right; font-variant-numeric: tabular-nums}
.spendscape td.number {white-space: nowrap}
.spendscape .long {min-width: min(14rem, 30vw)}
.spendscape .note {color: #52606d; font-size: 13px}
.spendscape .good {color: #05603a; font-weight: 600; white-space: nowrap}
.spendscape .bad {color: #9b1c1c; font-weight: 600; white-space: nowrap}
.spendscape .open {color: #7a4a00; font-weight: 600; white-space: nowrap}
</style>
"""

BY_CONSTRUCTION = (
    "Least squares from the mean fractions is nearly exact by construction: the traits are a linear "
    "formula of just these (what is missing is the clipping at ±1). No network can beat it; the network "
    "is there for its states, which are low in dimension and move in time. "
)

# How the words of a verdict look, wherever they stand in a table.
VERDICTS = {"confirmed": "good", "not confirmed": "bad", "not tested": "open"}

# What `number` and `interval` write.
NUMERIC = re.compile(r"–|−?\d[\d,.]*(e[−+]?\d+)?( %| \([−\d,.–to ]+\))?")


def number(value: Any) -> str:
    """A number for reading: thousands apart, as many decimals as matter, a dash where there is none."""
    if value is None or (isinstance(value, float | np.floating) and math.isnan(value)):
        return "–"
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    size = abs(float(value))
    if isinstance(value, int | np.integer) or (size >= 1 and float(value).is_integer()):
        text = f"{int(value):,}"
    elif 0 < size < 1e-3 or size >= 1e9:
        text = f"{value:.2g}"
    else:
        text = f"{value:,.{3 if size < 1 else 2 if size < 100 else 1}f}"
    return text.replace("-", "−")


# A location of dynamics/attractors.json and its interval.
ENDS = ("position", "low", "high")


def interval(value: float, low: float | None, high: float | None) -> str:
    """A value with its 95 % interval, `0.983 (0.982–0.985)`, to decimals that tell the ends apart."""
    if low is None or high is None or math.isnan(low) or math.isnan(high):
        return number(value)
    width = high - low
    decimals = min(max(math.ceil(-math.log10(width)), 2), 4) if width > 0 else 3
    between = " to " if low < 0 else "–"
    middle, left, right = (f"{part:,.{decimals}f}".replace("-", "−") for part in (value, low, high))
    return f"{middle} ({left}{between}{right})"


def html_table(frame: pd.DataFrame, caption: str, note: str = "") -> str:
    """A table; texts are escaped, numbers formatted and set right, verdicts coloured.

    Parameters
    ----------
    frame : its column names become the head, its index is left out
    caption : what the table holds
    note : how to read it, shown below
    """
    shown = frame.head(MOST_ROWS)
    columns = [
        [value if isinstance(value, str) else number(value) for value in shown[name]]
        for name in shown.columns
    ]
    # A column is set right when all of it is numbers, so that its head stands above them.
    right = [all(map(NUMERIC.fullmatch, column)) for column in columns]
    classes = [
        ["number" if flag else VERDICTS.get(text, "long" if len(text) > 40 else "") for text in column]
        for flag, column in zip(right, columns, strict=True)
    ]  # fmt: skip
    head = "".join(
        _cell("th", str(name), "number" if flag else "")
        for name, flag in zip(shown.columns, right, strict=True)
    )
    cells = [
        [_cell("td", *pair) for pair in zip(*column, strict=True)]
        for column in zip(columns, classes, strict=True)
    ]
    rows = "".join(f"<tr>{''.join(row)}</tr>\n" for row in zip(*cells, strict=True))
    if len(frame) > len(shown):
        note = f"{note} The first {len(shown)} of {len(frame):,} rows.".strip()
    below = f'<p class="note">{html.escape(note)}</p>\n' if note else ""
    return (
        f"<h2>{html.escape(caption)}</h2>\n<table><thead><tr>{head}</tr></thead>\n"
        f"<tbody>\n{rows}</tbody></table>\n{below}"
    )


def paragraph(text: str) -> str:
    """A paragraph of escaped text."""
    return f"<p>{html.escape(text)}</p>\n"


def fragment(*parts: str) -> str:
    """Parts with their own style, to stand inside another page."""
    return f'{STYLE}<div class="spendscape">\n{"".join(parts)}</div>\n'


def page(title: str, *parts: str) -> str:
    """A whole page, which asks nothing of the network."""
    name = html.escape(title)
    head = f'<meta charset="utf-8"><title>{name}</title>'
    body = fragment(f"<h1>{name}</h1>\n", *parts)
    return f'<!doctype html>\n<html lang="en"><head>{head}</head><body>\n{body}</body></html>\n'


def summary(
    ledger: Mapping[str, Any],
    windows: Mapping[str, Mapping[str, Any]],
    metrics: Mapping[str, Any],
    scores: pd.DataFrame,
    fixed_points: Mapping[str, int],
    claims: pd.DataFrame,
    why_no_recent_window: str,
    meaning: str,
) -> str:
    """The run in numbers, for the first page: a fragment.

    Parameters
    ----------
    ledger, windows, metrics : ingest/ledger.json, tensors/summary.json, model/metrics.json
    scores, claims : surrogate/scores.csv, claims.csv
    fixed_points : customers by the verdict on their fixed point
    why_no_recent_window : shown when `windows` has none
    meaning : of the traits (`traits.meaning`)
    """
    total, long, recent = ledger["total"], windows["long"], windows.get("recent")
    worst_trait = min(metrics["r2"], key=lambda name: metrics["r2"][name]["value"])
    linear = _test_scores(scores, "linear", "r2")
    linear = linear[linear["target"] != "states"]
    worst = linear.sort_values("value").iloc[0]
    found = counts(claims["verdict"])
    facts = [
        (
            "rows read",
            f"{number(total['read']['rows'])} = {number(total['accepted']['rows'])} accepted + "
            f"{number(total['quarantined']['rows'])} quarantined + {number(total['excluded']['rows'])} excluded",
        ),
        ("months", f"{ledger['first_month']} to {ledger['last_month']}"),
        ("spending classes", number(len(ledger["classes"]))),
        ("customers in the long window", _of(long["in"], long["customers"])),
        (
            "customers in the recent window",
            _of(recent["in"], recent["customers"]) if recent else "no recent window",
        ),
        (
            f"test R² of the network, worst trait ({worst_trait})",
            interval(*_ends(metrics["r2"][worst_trait])),
        ),
        (
            "test R² over all traits, beside its ceiling",
            f"{number(metrics['r2_all_traits'])} of at most {number(metrics['rank_ceiling'])}",
        ),
        (
            f"test R² of the linear surrogate, worst angle ({worst['target']})",
            interval(*_ends(worst)),
        ),
        ("fixed points", ", ".join(f"{number(n)} {name}" for name, n in fixed_points.items())),
        (
            "claims of the study",
            ", ".join(f"{number(found.get(name, 0))} {name}" for name in VERDICTS),
        ),
    ]
    table = html_table(
        pd.DataFrame(facts, columns=["quantity", "this run"]),
        "This run in numbers",
        "In brackets: 95 % intervals. Test: customers that neither training nor early stopping saw.",
    )
    why = "" if recent else paragraph(why_no_recent_window)
    return fragment(table, why, paragraph(meaning))


def no_recent_window(posting_months: int) -> str:
    """Why a run has no recent window; `posting_months` as in the config."""
    reason = (
        f"a posting covers {posting_months} months (tensors.posting_months), so that spending cannot be "
        "told apart within that time"
        if posting_months > 1
        else "tensors.recent is null in the config"
    )
    return (
        f"There is no recent window: {reason}. What compares the windows is left out: the recent "
        "trajectories of figure 1, the agreement of segments across windows, and the movers."
    )


def claims_page(claims: pd.DataFrame, meaning: str) -> str:
    """claims.csv: every claim of the study beside what this run measured; `meaning` of the traits."""
    shown = pd.DataFrame(
        {
            "claim": claims["claim"],
            "the study": claims["paper"],
            "this run": [_claimed(*row) for row in claims[["ours", "low", "high"]].itertuples(index=False)],
            "verdict": claims["verdict"],
            "confirmed when": claims["rule"],
            "after retraining": claims["retrained"].fillna(""),
            "evidence": claims["evidence"],
        }
    )  # fmt: skip
    return page(
        "Claims of the study",
        paragraph(
            "Each claim, what the study reports, what this run measured with its 95 % interval, and the verdict by "
            "the stated rule. A claim that this run does not confirm may hold on the study's own data."
        ),
        html_table(shown, "Claims", "Evidence: the results file that the number was read from."),
        paragraph(meaning),
    )


def ledger_page(ledger: Mapping[str, Any]) -> str:
    """ingest/ledger.json: where every row and all money went."""
    total = ledger["total"]
    read = total["read"]
    accounts = [("accepted", "", total["accepted"])]
    for verdict in ("quarantined", "excluded"):
        reasons = total[verdict]["reasons"]
        accounts += [(verdict, reason, entry) for reason, entry in reasons.items()]
    accounts.append(("read", "", read))
    verdicts = pd.DataFrame(
        [
            (verdict, reason.replace("_", " "), entry["rows"], _share(entry["rows"], read["rows"]),
             _money(entry["amount"]))
            for verdict, reason, entry in accounts
        ],
        columns=["verdict", "reason", "rows", "share", "amount"],
    )  # fmt: skip
    kinds = ("read", "accepted", "quarantined", "excluded")
    files = pd.DataFrame(
        [
            (name, *(entry[kind]["rows"] for kind in kinds), _money(entry["accepted"]["amount"]))
            for name, entry in ledger["files"].items()
        ],
        columns=["file", *kinds, "accepted amount"],
    )
    categories = pd.DataFrame(
        [
            (
                entry["category"],
                entry["class"] or "(excluded)",
                entry["rows"],
                _money(entry["amount"]),
            )
            for entry in sorted(ledger["categories"], key=lambda entry: -entry["rows"])
        ],
        columns=["category in the files", "class", "rows", "amount"],
    )
    return page(
        "Ledger",
        paragraph(
            "Every row that was read is accepted, quarantined (it cannot be understood) or excluded (it is no "
            "spending, or has no amount). Rows and amounts add up, or the run stops."
        ),
        html_table(
            verdicts,
            "Rows and amounts by verdict",
            "Spending is positive. A dash: no amount could be read.",
        ),
        html_table(files, "Rows by file"),
        html_table(categories, "Categories and their classes", "The most frequent first."),
    )


def customers_page(
    ledger: Mapping[str, Any],
    windows: Mapping[str, Mapping[str, Any]],
    verdicts: Mapping[str, Mapping[str, int]],
    splits: Mapping[str, int],
    why_no_recent_window: str,
) -> str:
    """Every customer with a verdict, counted.

    Parameters
    ----------
    ledger, windows : ingest/ledger.json, tensors/summary.json
    verdicts : per window, customers by verdict ("in" or the reason), from tensors/customers.parquet
    splits : customers by side of the split
    why_no_recent_window : shown when `windows` has none

    Raises
    ------
    RuntimeError
        When the counts do not add up, which no input may bring about.
    """
    read, accepted = ledger["customers"]["read"], ledger["customers"]["accepted"]
    parts = []
    for name, counts in verdicts.items():
        if sum(counts.values()) != accepted or counts.get("in", 0) != windows[name]["in"]:
            raise RuntimeError(f"the {name} window's customers do not add up to {accepted}")
        order = sorted(counts, key=lambda verdict: (verdict != "in", -counts[verdict], verdict))
        frame = pd.DataFrame(
            [(verdict, counts[verdict], _share(counts[verdict], accepted)) for verdict in order],
            columns=["verdict", "customers", "share"],
        )
        window = windows[name]
        parts.append(
            html_table(
                frame,
                f"The {name} window: {window['steps']} steps of {window['months_per_step']} months",
                f"Months {window['first_month']} to {window['last_month']}, end: {window['end']}. "
                f"Negative classes set to 0: {number(window['negative_classes_zeroed']['count'])}.",
            )
        )
    if "recent" not in verdicts:
        parts.append(paragraph(why_no_recent_window))
    split = pd.DataFrame(
        [(side, count, _share(count, sum(splits.values()))) for side, count in splits.items()],
        columns=["side", "customers", "share"],
    )
    return page(
        "Customers",
        paragraph(
            f"{number(read)} customers were read, {number(accepted)} have at least one accepted row. Each of "
            "them is in a window or has one reason why it is not."
        ),
        *parts,
        html_table(
            split,
            "The split",
            "A customer's side is a hash of its id, so it never changes."
            + (
                " Unmeasured: without all traits in the table of measured ones, in no training and no score."
                if UNMEASURED in splits
                else ""
            ),
        ),
    )


def model_page(
    metrics: Mapping[str, Any],
    ledger: Mapping[str, Any],
    windows: Mapping[str, Any],
    baselines: pd.DataFrame,
    calibration: pd.DataFrame,
    formula: TraitFormula,
) -> str:
    """The model card: what the network learned from, how well it predicts unseen customers, its limits.

    Parameters
    ----------
    metrics : model/metrics.json
    ledger, windows : ingest/ledger.json, tensors/summary.json
    baselines, calibration : model/baselines.csv, model/calibration.csv
    formula : tensors/traits.json
    """
    window, customers = windows["long"], metrics["customers"]
    data = [
        ("transactions", f"{ledger['total']['accepted']['rows']:,}, {ledger['first_month']} to {ledger['last_month']}"),
        ("customers", f"{window['in']:,} of {window['customers']:,} have the window"),
        ("window", f"{window['steps']} steps of {window['months_per_step']} months"),
        *((f"{side} customers", number(count)) for side, count in sorted(customers.items())),
    ]  # fmt: skip
    scores = [(trait, interval(*_ends(entry))) for trait, entry in metrics["r2"].items()]
    settings = [
        (key.replace("_", " "), value if isinstance(value, str) else number(value))
        for key, value in metrics.items()
        if not isinstance(value, Mapping) and not key.startswith(("r2", "rank"))
    ] + list(metrics.get("versions", {}).items())
    shown = baselines.assign(
        r2=[interval(*ends) for ends in zip(baselines["r2"], baselines["low"], baselines["high"], strict=True)]
    )  # fmt: skip
    beside = shown.pivot(index="model", columns="trait", values="r2")
    beside = beside.loc[list(dict.fromkeys(shown["model"])), list(dict.fromkeys(shown["trait"]))]
    lines = pd.DataFrame(
        [
            (
                row["trait"],
                interval(row["slope"], row["slope_low"], row["slope_high"]),
                interval(row["intercept"], row["intercept_low"], row["intercept_high"]),
                number(row["bias_lowest"]),
                number(row["bias_highest"]),
            )
            for row in calibration.to_dict("records")
        ],
        columns=["trait", "slope", "intercept", "error, lowest tenth", "error, highest tenth"],
    )
    return page(
        "Model card",
        html_table(pd.DataFrame(data, columns=["data", "value"]), "What it learned from"),
        html_table(
            pd.DataFrame(scores, columns=["trait", "test R²"]),
            f"Test R² on {number(customers['test'])} unseen customers",
            f"Over all traits, weighted by variance: {number(metrics['r2_all_traits'])}. A read-out of "
            f"{metrics['units']} units cannot exceed {number(metrics['rank_ceiling'])}, the share of the "
            "traits' variance in their first principal components.",
        ),
        html_table(
            beside.reset_index(),
            "Beside what it must beat: test R² on the same customers",
            ("" if formula.measured else BY_CONSTRUCTION) + "Codes are read out by least squares.",
        ),
        html_table(
            lines,
            "Calibration: the line of the true trait on the predicted one, unseen customers",
            "Slope 1 and intercept 0: a prediction means what it says. Errors are means of true minus predicted.",
        ),
        html_table(pd.DataFrame(settings, columns=["setting", "value"]), "How it was trained"),
        paragraph(
            "Made for describing how groups of customers spend, and for research on how such networks can be "
            "explained. Not made for decisions about one person: no credit, price, insurance or employment. "
            "Protected attributes were not looked at, so a segment may stand for one of them."
        ),
        paragraph(meaning(formula, metrics["r2"])),
        paragraph(
            "It holds for customers like those above. Other years, countries, banks or classes need a new run; "
            "scoring flags customers far from the training range."
        ),
    )


def elbow_page(scores: pd.DataFrame, enough: int) -> str:
    """model/elbow.csv and the chosen number of units: how many units are enough."""
    rows = []
    for units, group in scores.groupby("units"):
        r2, ceiling = group["r2"], group["ceiling"].iloc[0]
        rows.append((units, len(group), r2.mean(), r2.min(), r2.max(), ceiling))
    columns = ["units", "networks", "mean test R²", "lowest", "highest", "rank ceiling"]
    return page(
        "The number of units",
        html_table(
            pd.DataFrame(rows, columns=columns),
            f"Test R² by number of units; by the criterion {enough} are enough",
            "The rank ceiling is what a linear read-out of that many units can reach at most.",
        ),
    )


def ensemble_page(ensemble: pd.DataFrame) -> str:
    """model/ensemble.csv: what survives another seed, and the other supervision."""
    compared = ensemble["quantity"].str.match("segment_level_|aligned_")
    own = ensemble[~compared]
    spread = pd.DataFrame(
        {
            "quantity": own["quantity"].str.replace("_", " "),
            "this run": own["value"].map("{:.3f}".format),
            "over seeds": [f"{low:.3f} to {high:.3f}" for low, high in zip(own["lowest"], own["highest"], strict=True)],
            "other supervision": [
                interval(*ends)
                for ends in own[[f"other_supervision_{end}" for end in ("value", "low", "high")]].itertuples(index=False)
            ],
        }
    )  # fmt: skip
    same = ensemble[compared]
    agreement = pd.DataFrame(
        {
            "agreement with this run": same["quantity"].str.replace("_", " "),
            "over seeds": [f"{low:.3f} to {high:.3f}" for low, high in zip(same["lowest"], same["highest"], strict=True)],
        }
    )  # fmt: skip
    return page(
        "What survives retraining",
        html_table(
            spread,
            f"{int(ensemble['seeds'].max())} networks that differ in their seed, and one supervised the other way",
            "In brackets: 95 % intervals over test customers.",
        ),
        html_table(
            agreement,
            "The same customers in another network",
            "Segments: share of customers with the same one. Aligned: R² of this run's states or fixed points by the "
            "other network's, rotated to fit. A low one says that places in the state space are not facts about "
            "customers; segments and labels, read from outputs, are what survives.",
        ),
    )


def surrogate_page(scores: pd.DataFrame, note: str) -> str:
    """surrogate/scores.csv: the families of surrogates on unseen customers; `note` on the formula."""
    test = scores[scores["split"] == "test"].copy()
    test["shown"] = [interval(*_ends(row)) for _, row in test.iterrows()]
    test["score"] = (test["target"] + ": " + test["metric"]).str.replace("_", " ")
    angles = test[test["target"] != "states"]
    wide = angles.pivot(index="family", columns="score", values="shown")
    wide = wide.loc[angles["family"].unique(), angles["score"].unique()].fillna("–").reset_index()
    wide["family"] = wide["family"].str.replace("_", " ")
    other = scores[(scores["target"] == "states") | (scores["metric"].str.contains("correlation"))]
    rest = pd.DataFrame(
        [
            (row["family"], row["target"], row["metric"].replace("_", " "), row["split"], interval(*_ends(row)))
            for _, row in other.iterrows()
        ],
        columns=["family", "target", "metric", "customers", "value"],
    )  # fmt: skip
    return page(
        "The surrogate models",
        paragraph(
            "How well a transparent model of a customer's mean spending reproduces the direction of its "
            "trajectory. The study reports R² 0.78 for the linear and 0.79 for the polynomial family."
        ),
        html_table(wide, "Families on the same unseen customers", "Errors in degrees of arc."),
        html_table(
            rest, "All states from all fractions, and the coefficients beside the formula's", note
        ),
    )


def dynamics_page(
    attractors: Mapping[str, Any], fixed_points: Mapping[str, int], convergence: pd.DataFrame
) -> str:
    """dynamics/attractors.json, the verdicts on the fixed points and dynamics/convergence.csv."""
    traits = pd.DataFrame(
        [
            {
                "label": name,
                "kind": entry.get("kind", "no customers"),
                "customers": entry["customers"],
                "locations": len(entry.get("locations", [])) or None,
                "customers with one attractor": _basin(entry, "customers_with_one_attractor"),
                "random starts that end there too": _basin(entry, "starts_that_end_here"),
                "share with this true dominant trait": _agreed(entry, "true"),
                "share with this trait at the last step": _agreed(entry, "final"),
            }
            for name, entry in attractors["traits"].items()
        ]
    )
    places = pd.DataFrame(
        [
            {"label": name, "place": str(k + 1), "customers": place["customers"]}
            | {
                f"hidden state {m + 1}": interval(*ends)
                for m, ends in enumerate(zip(*(place[key] for key in ENDS), strict=True))
            }
            for name, entry in attractors["traits"].items()
            for k, place in enumerate(entry.get("locations", []))
        ]
    )
    polynomials = pd.DataFrame(
        [
            {"label": name, "component": f"hidden state {m + 1}"}
            | {
                words: interval(
                    *(polynomial[f"coefficients{end}"][k][m] for end in ("", "_low", "_high"))
                )
                for k, words in enumerate(("constant", "t", "t²"))
            }
            | {"t from": polynomial["range"][0], "t to": polynomial["range"][1]}
            | {"R²": interval(*(polynomial[f"r2{end}"] for end in ("", "_low", "_high")))}
            for name, entry in attractors["traits"].items()
            if (polynomial := entry.get("polynomial"))
            for m in range(len(polynomial["centre"]))
        ]
    )
    slow = pd.DataFrame(
        [
            (name, entry["spectral_radius"], entry["time_constant"], entry["slow"])
            for name, entry in attractors["slow_manifold"].items()
        ],
        columns=["mean input of", "spectral radius", "time constant (steps)", "slow manifold"],
    )
    verdicts = pd.DataFrame(list(fixed_points.items()), columns=["verdict", "customers"])
    measured = pd.DataFrame(
        [(row["quantity"].replace("_", " "), interval(*_ends(row))) for _, row in convergence.iterrows()],
        columns=["quantity", "value"],
    )  # fmt: skip
    return page(
        "Attractors",
        html_table(
            verdicts,
            "Every customer's fixed point under its mean spending",
            "Certified: proved, with every rounding error counted, to exist, to attract and to be where the rollout "
            "was heading. Verified: the same to rounding error. Other verdicts are left out of the attractors.",
        ),
        html_table(
            traits,
            "What the fixed points of each label form",
            "Kinds: one point, several points, a curve, a sheet or a volume, chosen by criterion. "
            "A locus of many customers' fixed points is not an attractor of one system. The starts are random "
            "states under the customer's own mean spending.",
        ),
        html_table(
            places,
            "Where they are",
            "The centre of each place, with its 95 % interval over resampled customers.",
        ),
        html_table(
            polynomials,
            "The study's second-order polynomials through each locus",
            "Along its first principal axis, t = 0 at its centre; the last column is the share of the locus's "
            "variance that lies on the curve. Intervals over resampled customers.",
        ),
        html_table(
            slow,
            "Is there a continuum of fixed points at one input?",
            "A spectral radius near 1 would say so: the study's lines would then be line attractors.",
        ),
        html_table(measured, "Do trajectories end at their predicted final locations?"),
    )


def stability_page(stability: Mapping[str, Any], why_no_recent_window: str, note: str) -> str:
    """segments/stability.json: do customers stay in their segments; `note` on the formula."""
    within = pd.DataFrame(
        [
            (row["labels"], row["comparison"].replace("_", " "), row["step"], interval(*_ends(row)))
            for row in stability["within_long"]
        ],
        columns=["label from", "compared with", "step", "share that agrees"],
    )
    parts = [
        html_table(
            within,
            f"Inside the long window, {number(stability['customers'])} test customers",
            "Previous step: the label one step before. Whole window: the label of all steps' traits by the "
            f"formula. {note}".strip(),
        )
    ]
    across = stability["across_windows"]
    if across is None:
        parts.append(paragraph(why_no_recent_window))
    else:
        levels = pd.DataFrame(
            {name: {row["level"]: interval(*_ends(row)) for row in rows} for name, rows in across.items()}
        )  # fmt: skip
        levels.insert(0, "level", levels.index)
        movers = stability["movers"]
        parts.append(
            html_table(
                levels,
                "Across windows: share of customers with the same segment in both",
                f"{number(movers['customers'])} customers ({_percent(movers['share'])}) have another "
                "dominant trait in the recent window, by the network's output. "
                + _likely_movers(movers),
            )
        )
    return page("Stability of the segments", *parts)


def _likely_movers(movers: Mapping[str, Any]) -> str:
    """A sentence on those whose change stands out from chance."""
    if "likely" not in movers:
        return "The long window has too little before the recent one to tell their changes from chance."
    return (
        f"Many of them by chance: {number(movers['likely'])} customers ({_percent(movers['likely_share'])}) "
        "have changed by more than they and others did in earlier years, "
        f"{_percent(movers['false_discovery_rate'])} of these expected by chance. They are the likely "
        "movers of segments/movers.parquet."
    )


def purity_page(purity: pd.DataFrame) -> str:
    """segments/purity.csv: in which spaces the levels of the segments separate."""
    means = purity[purity["parent"] == "(mean)"].copy()
    means["shown"] = [interval(*_ends(row)) for _, row in means.iterrows()]
    means["column"] = (
        means["metric"].str.replace("_", " ") + ", level " + means["level"].astype(str)
    )
    wide = means.pivot(index="space", columns="column", values="shown")
    wide = wide.loc[means["space"].unique()].fillna("–").reset_index()
    wide["space"] = wide["space"].str.replace("_", " ")
    return page(
        "Purity of the segments",
        paragraph(
            "Within each parent segment: do neighbours in a space share the next trait? The study says "
            "they do for the trajectories' angles and not for raw data, feed-forward networks or auto-encoders."
        ),
        html_table(
            wide,
            "Mean over parents, test customers",
            "Balanced accuracy of a vote of the nearest training customers; silhouette from −1 to 1. "
            "Each parent's own row is in segments/purity.csv.",
        ),
    )


def recovery_page(recovery: pd.DataFrame, note: str) -> str:
    """recovery.csv: what the run found of what the simulator planted; `note` on the formula."""
    shown = pd.DataFrame(
        {
            "quantity": recovery["quantity"].str.replace("_", " "),
            "found": [interval(*_ends(row)) for _, row in recovery.iterrows()],
            "target": recovery["target"],
        }
    )
    return page(
        "Recovery of the planted truth",
        paragraph(
            "These customers are simulated, so what the run says of them can be held against what was "
            "planted. Movers are customers whose taste changed for good in the last year; the observer "
            "knows who moved when it measures how much the others change."
        ),
        html_table(
            shown,
            "Planted and found",
            "Trait: squared correlation with the planted trait. Dominant trait, segment and attractor label: "
            "share of customers. All three on test customers who did not move. Movers: of those with another "
            "dominant trait in the recent window; movers likely: of those whose change stands out from chance. "
            "Movers top: of as many "
            "customers as there are movers, those with the largest change, how many are movers; of the "
            "network's output, beside it, without regard to a customer's own past. Movers recall "
            "without noise: what the windows' averaging leaves visible. Coefficients: multiple correlation "
            f"with the formula's. 95 % bootstrap intervals. {note}".strip(),
        ),
    )


def counts(values: Iterable[Any]) -> dict[str, int]:
    """How often each value occurs, the most frequent first."""
    return {str(name): int(n) for name, n in Counter(values).most_common()}


def _cell(tag: str, text: str, kind: str) -> str:
    mark = f' class="{kind}"' if kind else ""
    return f"<{tag}{mark}>{html.escape(text)}</{tag}>"


def _ends(row: Any) -> tuple[float, float | None, float | None]:
    """Value, low and high of a row."""
    return row["value"], row["low"], row["high"]


def _claimed(ours: Any, low: float, high: float) -> str:
    """What a claim measured: words as they are, numbers with their interval."""
    try:
        value = float(ours)
    except ValueError:
        return str(ours)
    return interval(value, low, high)


def _basin(entry: Mapping[str, Any], name: str) -> str:
    return interval(*_ends(entry["basin"][name])) if "basin" in entry else "–"


def _agreed(entry: Mapping[str, Any], name: str) -> str:
    found = entry["agreement"].get(name)
    return interval(*_ends(found)) if found and found["value"] is not None else "–"


def _test_scores(scores: pd.DataFrame, family: str, metric: str) -> pd.DataFrame:
    """The rows of one family and metric on unseen customers."""
    chosen = (scores["split"] == "test") & (scores["family"] == family)
    return scores[chosen & (scores["metric"] == metric)]


def _of(part: int, whole: int) -> str:
    return f"{number(part)} of {number(whole)}"


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _share(part: int, whole: int) -> str:
    return _percent(part / whole) if whole else "–"


def _money(amount: str | None) -> str:
    return "–" if amount is None else f"{Decimal(amount):,.2f}".replace("-", "−")
