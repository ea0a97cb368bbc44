"""The results contract: every file that a run can give, when it does, and what the file holds.

The rules, the tests and results/README.md all read this one list.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Literal

from spendscape.running.figure_table import FIGURES

When = Literal[
    "recent", "simulated", "sliding", "shards", "kept", "score", "audited", "steps", "demand"
]

# What must be so for a file to be there, in the words of results/README.md.
CONDITIONS: dict[When, str] = {
    "recent": "only with a recent window (`tensors.recent`)",
    "simulated": "only with `source: simulated`",
    "sliding": "only with `tensors.long.sliding`",
    "kept": "only where the sums of each file are kept (`ingest.keep_sums`)",
    "shards": "only with `ingest.shards` above 1",
    "score": "only with `score.run`, instead of the report and what only it needs",
    "audited": "only with attributes to audit (`audit.table` or `simulate.protected`)",
    "steps": "only with more than one step (`tensors.long.steps`)",
    "demand": "on demand",
}


@dataclass(frozen=True)
class Result:
    """A results file.

    path : below the results folder; `{…}` stands for what differs between several files
    holds : what it holds, for a reader
    columns : names of its columns, or of a JSON object's keys, with the shape of a tensor in
        brackets; "…" where more follow that depend on the run. Empty where nobody should rely on them
    when : what must be so for the file to be there; None where it always is
    category : where the report shows it; empty where it does not
    """

    path: str
    holds: str
    columns: str = ""
    when: When | None = None
    category: str = ""


CONTRACT = (
    Result("config.yaml", "the config of this run, every key"),
    Result("report.html", "the report: numbers, tables, figures and cards of this run in one file"),
    Result(
        "paper.html",
        "the run as a paper: abstract, figures, claims, segments, limits and methods on one page, to read or to print",
    ),
    Result("report/summary.html", "the report's first paragraph: this run in numbers"),
    Result(
        "report/recovery.html",
        "`recovery.csv` as a page of the report",
        when="simulated",
        category="Recovery",
    ),
    Result("report/{page}.html", "the report's other tables, each a page of its own"),
    Result(
        "report/captions/{figure}.html",
        "this run's numbers, with which the report's caption of a figure ends",
    ),
    Result(
        "claims.csv",
        "every claim of the study beside what this run measured, and what it measured besides (`table`); "
        "`evidence` names a file",
        "table, id, section, claim, paper, ours, low, high, verdict, rule, evidence, retrained",
    ),
    Result(
        "recovery.csv",
        "what the run found of what the simulator planted",
        "quantity, value, low, high, target",
        "simulated",
    ),
    Result(
        "explorer.html",
        "customers' directions on a globe and their states in 3-D, to turn, filter, search and click",
    ),
    *(
        Result(f"figures/{name}.{kind}", shows, category="Figures" if kind == "png" else "")
        for name, figure in FIGURES.items()
        for kind, shows in (("png", figure.shows), ("svg", "the same, as vectors"))
    ),
    Result(
        "explain/{customer}.html",
        "the card of a customer, which says why the customer is where it is; any customer's on demand",
        category="Cards",
    ),
    Result(
        "simulate/transactions_{year}.parquet",
        "the simulated transactions",
        "transaction_id, customer_id, booked, class, amount, currency, merchant_category_code",
        "simulated",
    ),
    Result(
        "simulate/truth.parquet",
        "what the simulator knows of each customer",
        "customer_id, …",
        "simulated",
    ),
    Result(
        "simulate/messy/{year}.csv",
        "the simulated transactions as a bank exports them, some of them broken",
        when="demand",
    ),
    Result("simulate/defects.parquet", "file, line and reason of each broken row", when="demand"),
    Result(
        "ingest/monthly.parquet",
        "what each customer spent, month by month; month is its first day, spending is positive",
        "customer_id, month, class, amount, transactions",
    ),
    Result(
        "ingest/quarantine.parquet",
        "the rows that cannot be read, line only of text files; never their text unless "
        "`privacy.keep_rejected_text`",
        "file, row, line, reason",
    ),
    Result(
        "ingest/ledger.json",
        "rows and amounts, read = accepted + quarantined + excluded, by reason, per file and in total",
        "total, files, …",
    ),
    Result("ingest/classes.json", "the classes in the tensors' order"),
    Result(
        "ingest/kept.json",
        "where the sums of each raw file are, in the folder `kept` beside it",
        when="kept",
    ),
    Result(
        "ingest/shards/{shard}.parquet",
        "what a shard of the raw files adds up to; beside it its quarantine and its survey",
        when="shards",
    ),
    Result(
        "tensors/spending.parquet",
        "the long window: fractions of the spending by step, and the totals",
        "customer_id, spending [T, C], total [T], last_month",
    ),
    Result(
        "tensors/recent.parquet",
        "the same of the recent window",
        "customer_id, spending [T, C], total [T], last_month",
        "recent",
    ),
    Result(
        "tensors/training.parquet",
        "every complete window of the training customers",
        when="sliding",
    ),
    Result("tensors/training_traits.parquet", "the targets of these windows", when="sliding"),
    Result(
        "tensors/customers.parquet",
        'every customer\'s verdict in each window, "in" or why not, and how many steps of its history are complete, '
        "partial (the first or the last), thin (too few postings) and negative (a total not above 0)",
        "customer_id, long, …, long_complete, long_partial, long_thin, long_negative, …",
    ),
    Result("tensors/summary.json", "these verdicts counted", "long, …"),
    Result(
        "tensors/traits.parquet",
        "the targets; split is train, validation, test or unmeasured, and of unmeasured customers "
        "traits are NaN and dominant is empty",
        "customer_id, traits [P], dominant, split",
    ),
    Result(
        "tensors/traits.json",
        "the formula behind the traits, or the one fitted to measured traits with its R² and the "
        "number of measured customers",
        "traits, classes, coefficients, mean, deviation, scale, measured",
    ),
    Result(
        "tensors/coverage.csv",
        "every class with its share of the money, and whether it has a coefficient in the formula",
        "class, share, coefficient",
    ),
    Result("model/lstm.keras", "the trained network"),
    Result(
        "model/weights.json",
        "the trained network's weights as numbers",
        "kernel, recurrent, bias, output, output_bias, traits, classes",
    ),
    Result(
        "model/history.csv",
        "the training, epoch by epoch",
        "epoch, loss, validation_loss, learning_rate",
    ),
    Result("model/metrics.json", "R² of each trait on the test customers", "r2, …"),
    Result(
        "model/ensemble.csv",
        "every quantity over networks with other seeds, and of one that is supervised the other way",
        "quantity, value, lowest, highest, deviation, seeds, other_supervision_value, "
        "other_supervision_low, other_supervision_high",
    ),
    Result(
        "model/networks/{name}.json",
        "the weights of these networks but the run's own, beside their losses",
    ),
    Result(
        "model/retraining.csv",
        "what each of these networks says",
        "supervision, seed, quantity, value, low, high",
    ),
    Result(
        "model/elbow.csv",
        "R² by number of units and seed, and the ceiling",
        "units, seed, r2, ceiling, …",
    ),
    Result(
        "model/elbow.json",
        "how many units are enough, and how many customers of all this was tried on",
        "enough, rank_ceiling, customers, of",
    ),
    Result("model/elbow/{name}.json", "the weights of the networks behind it, beside their losses"),
    Result(
        "model/baselines.parquet",
        "the codes of a feed-forward network and of an auto-encoder",
        "customer_id, feed_forward [M], feed_forward_directions [M], auto_encoder [M]",
    ),
    Result(
        "model/baselines.csv",
        "R² of the network and of the baselines on the test customers",
        "model, trait, r2, low, high",
    ),
    Result(
        "model/calibration.csv",
        "the line of true on predicted traits",
        "trait, slope, slope_low, slope_high, intercept, intercept_low, intercept_high, bias_lowest, "
        "bias_highest",
    ),
    Result(
        "states/long.parquet",
        "the trajectories in the long window",
        "customer_id, state [T, M], cell [T, M]",
    ),
    Result(
        "states/recent.parquet",
        "the trajectories in the recent window",
        "customer_id, state [T, M], cell [T, M]",
        "recent",
    ),
    Result(
        "states/extended.parquet",
        "the trajectories under each customer's mean spending, for T′ steps",
        "customer_id, state [T′, M]",
    ),
    Result(
        "surrogate/scores.csv",
        "how well each family of models predicts the trajectories' directions",
        "family, start, target, split, metric, value, low, high",
    ),
    Result(
        "surrogate/coefficients.csv",
        "the linear model of the state, by class: for each unit, and for each trait through the output layer",
        "class, output, value, standard_error, nonzero, users, column",
    ),
    Result(
        "surrogate/directions_{window}.parquet",
        "each trajectory's direction (a unit vector, its angles in radians, its distance from the start), "
        "and the one that the surrogate predicts",
        "customer_id, direction [M], azimuth, elevation, distance, predicted_direction [M], "
        "predicted_azimuth, predicted_elevation, predicted_distance",
    ),
    Result(
        "surrogate/state.json",
        "the same linear model, exact, and the training customers' mean spending in each step",
        "intercept, coefficients, standard_errors, average, users, column, penalty, average_steps",
    ),
    Result(
        "surrogate/chart.json", "the rotation and the start behind the angles", "rotation, start"
    ),
    Result(
        "space/reachable.parquet",
        "a grid of states s1 … sM and the traits that the output layer gives there",
        "s1, …",
    ),
    Result(
        "space/inverse.json",
        "the output layer, its inverse (P × M) and the axes of the traits (P × M)",
        "traits, weights, bias, inverse, origin, extent, axes, steepest, rank, singular_values, literal",
    ),
    Result(
        "dynamics/fixed_points.parquet",
        "where each customer's trajectory ends, with its stability and certificate",
        "customer_id, state [M], cell [M], residual, spectral_radius, time_constant, steps, "
        "fixed_points, stable, certified_radius, certified_error, spectral_radius_bound, verdict, "
        "label, location_traits [P], location_output [P], extended_distance",
    ),
    Result(
        "dynamics/attractors.json",
        "what the fixed points of each trait form: kind, locations with intervals, polynomial, "
        "customers, agreement of labels",
        "traits, slow_manifold, left_out",
    ),
    Result(
        "dynamics/convergence.csv",
        "whether the trajectories end at their predicted final locations",
        "quantity, value, low, high",
    ),
    Result(
        "segments/segments.parquet",
        "every customer's segment, level by level, how clear it is, the trait behind its nearest border, and its trajectory's angles",
        "customer_id, segment, level_1, …, margin, neutral, border_degrees, behind, distance, azimuth, elevation",
    ),
    Result(
        "segments/naming.json",
        "from which margin on a label holds (customers below it are neutral), and the segments that are large enough to be named",
        "neutral_margin, by_comparison, minimum_customers, published, customers, neutral, kept",
    ),
    Result(
        "segments/margins.csv",
        "the share of test customers that keep their label, for each margin",
        "comparison, low, high, customers, kept, kept_low, kept_high",
    ),
    Result(
        "segments/table.csv",
        "every named segment at each level: its size, how long customers stay in it, its nearest attractor, and what sets it apart from its parent",
        "level, segment, parent, customers, share, parent_share, solid_angle, neutral, margin, stayed, stayed_low, "
        "stayed_high, recent, attractor, attractor_distance, more, less, unnamed",
    ),
    Result(
        "segments/profiles.csv",
        "the classes in which each segment differs most from its parent; money is a customer's mean in a year",
        "level, segment, class, share, parent_share, effect, money, parent_money",
    ),
    Result(
        "segments/exemplars.csv",
        "the customers nearest to the middle of each segment; it holds ids, so no page shows it",
        "level, segment, rank, customer_id, degrees",
    ),
    Result(
        "segments/cells.csv",
        "every order of traits: whether a direction can have it, its share of all directions, its customers",
        "level, order, parent, exists, solid_angle, customers, share",
    ),
    Result(
        "explain/contributions.parquet",
        "why each customer has its label: its margin by class and by step, and each trait's by class",
        "customer_id, first, second, margin, baseline, contributions [C], remainder, step_values [T], "
        "step_baseline, trait_contributions [P, C]",
    ),
    Result(
        "explain/swap_classes.csv",
        "which classes may give and which may take in a swap, by `explain.unmovable` and `explain.never_suggest`",
        "class, gives, takes",
    ),
    Result(
        "explain/counterfactuals.parquet",
        "the cheapest swap of spending (money a year) that changes each customer's label, as the network has it",
        "customer_id, from, to, fraction, money, from_2, to_2, fraction_2, money_2, label_before, "
        "label_after, verified",
    ),
    Result(
        "explain/contributions.csv",
        "how much each class decides over all customers: mean magnitude and mean of its contribution, and the share of "
        "customers for whom it is the largest",
        "class, size, mean, largest",
    ),
    Result(
        "explain/swaps.json",
        "the customers with a verified swap, what it costs in the median, and the most frequent swaps",
        "customers, verified, two_swaps, fraction, money, fewest, swaps, not_listed",
    ),
    Result(
        "segments/movers.parquet",
        "the customers whose dominant trait differs between the windows or whose traits changed by more than customers' traits "
        "did in earlier steps (likely), how far they turned and since when, and the classes whose money (a year) rose and fell most; "
        "empty without a recent window",
        "customer_id, long, recent, change, likely, turn_degrees, noise_degrees, month, more, more_money, less, less_money",
    ),
    Result(
        "segments/moves.csv",
        "how many moved from which trait to which, if they are enough to be named; empty without a recent window",
        "from, to, customers, likely, turn_degrees, noise_degrees, month, more, less",
    ),
    Result(
        "segments/stability.json",
        "agreement between the windows and between the steps, level by level",
        "customers, within_long, across_windows, movers",
    ),
    Result(
        "segments/purity.csv",
        "how well the levels separate, and in which space",
        "level, parent, space, metric, value, low, high, customers, classes",
    ),
    Result(
        "audit/audit.csv",
        "what the run says of attributes that nothing was trained on: what predicts them, the groups' labels and errors, "
        "and the classes that carry them",
        "attribute, kind, what, group, customers, score, chance, low, high, p, verdict",
        when="audited",
    ),
    Result(
        "score.parquet",
        "each new customer's segment, with the model of a finished run",
        when="score",
    ),
    Result(
        "monitor/drift.csv",
        "what has changed from the finished run of `score.run` to this period, each check with its verdict: alarm, watch, "
        "ok, shown (no threshold) or not measured",
        "what, of, window, value, low, high, threshold, verdict, unit, customers, note",
        "demand",
    ),
    Result(
        "monitor/last_step.csv",
        "what has changed from the last step but one of the run's long window to the last, each check with its verdict as in `monitor/drift.csv`",
        "what, of, window, value, low, high, threshold, verdict, unit, customers, note",
        "steps",
    ),
    Result("monitor/drift.html", "`monitor/drift.csv` as a page", when="demand"),
    Result("monitor/passed", "that no check is an alarm (`monitor.fail`)", when="demand"),
    Result("logs/{job}.log", "what each job said"),
    Result("benchmarks/{job}.tsv", "each job's seconds, memory and load"),
)
# Between them a page has the table.
BEGIN = (
    "<!-- results: generated from workflow/spendscape/running/contract.py by `make generated` -->"
)
END = "<!-- end of results -->"
# The report rule makes these from all others.
LAST = ("config.yaml", "report.html")


def paths(holding: Collection[When]) -> list[str]:
    """The files that a run gives under these conditions, but those that the report makes.

    Files with a wildcard are left out: others are made of them, or a user asks for them by name.

    Parameters
    ----------
    holding : the conditions that the config fulfils; with "score" only what scoring gives
    """
    if "score" in holding:
        return [result.path for result in CONTRACT if result.when == "score"]
    return [
        result.path
        for result in CONTRACT
        if "{" not in result.path
        and result.path not in LAST
        and (result.when is None or result.when in holding)
    ]


def column_names(result: Result) -> list[str]:
    """The names in `columns`, without shapes and without "…"."""
    names = re.sub(r" \[[^]]*\]", "", result.columns).split(", ")
    return [name for name in names if name not in ("", "…")]


def with_table(page: str) -> str:
    """A Markdown page with the contract as a table between its two markers.

    Raises
    ------
    ValueError
        When the page does not hold each marker once.
    """
    if page.count(BEGIN) != 1 or page.count(END) != 1:
        raise ValueError(f"the page must hold {BEGIN!r} and {END!r} once each")
    before, rest = page.split(BEGIN)
    rows = "\n".join(["| file | holds |", "|---|---|", *_rows()])
    return f"{before}{BEGIN}\n\n{rows}\n\n{END}{rest.split(END)[1]}"


def _rows() -> Iterator[str]:
    for result in CONTRACT:
        parts = [result.holds]
        if result.columns:
            parts.append(f"`{result.columns}`")
        if result.when:
            parts.append(CONDITIONS[result.when])
        yield f"| `{result.path}` | {'; '.join(parts)} |"
