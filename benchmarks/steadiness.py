"""Why labels of the recent window differ from those of the long one, and what would make them steadier.

    python benchmarks/steadiness.py [results]

For the test customers of a finished run: how much of a trait's variance within a window is the noise of short
steps, and how often the dominant trait of both windows is the same with each remedy. Each step's spending is
added up from `ingest/monthly.parquet`; the network is the run's own. Simulated runs tell those who did not move
(`simulate/truth.parquet`), for whom every difference is noise.
"""

import json
import sys
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "workflow"))

from spendscape.core.arrays import Array, Bools, Floats  # noqa: E402
from spendscape.core.statistics import share_interval  # noqa: E402
from spendscape.network.trajectories import trajectories  # noqa: E402
from spendscape.network.weights import Weights  # noqa: E402
from spendscape.segments.naming import margin_of, smallest_margin  # noqa: E402
from spendscape.traits.formula import formula_from_json  # noqa: E402

# How far another trait must lead before a label changes, in trait units.
LEADS = (0.02, 0.05, 0.1)


def monthly(results: Path, customers: Array, classes: list[str], months: int) -> Floats:
    """Money of each customer, month and class, of the last `months`; what is negative in a step counts as 0 later."""
    names = pa.table({"customer_id": customers, "n": np.arange(len(customers))})
    places = pa.table({"class": classes, "c": np.arange(len(classes))})
    path = str(results / "ingest/monthly.parquet")
    database = duckdb.connect()
    database.register("names", names)
    database.register("places", places)
    found = database.sql(f"""
        SELECT n, c, datediff('month', month, (SELECT max(month) FROM '{path}')) AS ago, amount
        FROM '{path}' JOIN names USING (customer_id) JOIN places USING (class)
    """).fetchnumpy()
    money = np.zeros((len(customers), months, len(classes)))
    inside = found["ago"] < months
    np.add.at(
        money,
        (found["n"][inside], months - 1 - found["ago"][inside], found["c"][inside]),
        found["amount"][inside],
    )
    return money


def steps(money: Floats, ends: range, length: int) -> Floats:
    """Fractions of the steps of `length` months that end with these months (1 is the first)."""
    sums = np.stack([np.maximum(money[:, e - length : e].sum(axis=1), 0) for e in ends], axis=1)
    return np.asarray(sums / np.maximum(sums.sum(axis=2, keepdims=True), 1e-9))


def said(name: str, same: Bools, among: Bools, of: Bools) -> None:
    """A row of the table: the remedy, its agreement, and for how many there is one."""
    low, high = share_interval(int(same[among].sum()), int(among.sum()))
    share = 100 * among.sum() / of.sum()
    print(f"| {name} | {same[among].mean():.3f} ({low:.3f}–{high:.3f}) | {share:.0f} % |")


def main() -> None:
    """Print both tables."""
    results = Path(sys.argv[1] if len(sys.argv) > 1 else "results")
    weights = Weights.from_json((results / "model/weights.json").read_text())
    formula = formula_from_json((results / "tensors/traits.json").read_text())
    known = pq.read_table(results / "tensors/traits.parquet", columns=["customer_id", "split"])
    side = known["split"].to_numpy()
    chosen = known["customer_id"].to_numpy()[side != "validation"]
    test = side[side != "validation"] == "test"
    # A third of the training customers is enough to set a margin.
    chosen, test = (np.concatenate([part[test], part[~test][::3]]) for part in (chosen, test))
    truth = pq.read_table(results / "simulate/truth.parquet", columns=["customer_id", "mover"])
    moved = dict(zip(truth["customer_id"].to_pylist(), truth["mover"].to_pylist(), strict=True))
    stayed = test & ~np.array([moved[name] for name in chosen])
    summary = json.loads((results / "tensors/summary.json").read_text())["long"]
    count, length = summary["steps"], summary["months_per_step"]
    months = count * length
    money = monthly(results, chosen, weights.classes, months)

    print(
        "| months in a step | deviation of a trait from step to step, mean over traits | × that of a year |"
    )
    print("|---|---|---|")
    year = None
    for size in (12, 6, 4, 2, 1):
        traits = formula(steps(money[stayed], range(size, months + 1, size), size))
        noise = float(np.sqrt(np.diff(traits, axis=1).var(axis=(0, 1)).mean() / 2))
        year = year or noise
        print(
            f"| {size} | {noise:.3f} | {noise / year:.2f} (1/√months: {np.sqrt(12 / size):.2f}) |"
        )

    def outputs(fractions: Floats) -> Floats:
        return np.asarray(weights.outputs(trajectories(weights.cell, fractions)[0][:, -1]))

    long = outputs(steps(money, range(length, months + 1, length), length))
    two = 2
    recent = outputs(steps(money, range(months - (count - 1) * two, months + 1, two), two))
    rolling = outputs(steps(money, range(months - (count - 1) * two, months + 1, two), length))
    once = np.repeat(steps(money, range(months, months + 1), length), count, axis=1)
    label, now = long.argmax(axis=1), recent.argmax(axis=1)
    same, train = label == now, ~test
    print("\n| labels of both windows | the same | of the test customers |")
    print("|---|---|---|")
    kept = np.take_along_axis(recent, label[:, None], axis=1)[:, 0]
    lead = recent.max(axis=1) - kept
    margin = margin_of(long)
    limit = smallest_margin(margin[train], same[train], 0.93)
    for name, agrees, among in (
        ("as they are", same, test),
        ("as they are, of those who did not move", same, stayed),
        ("the last year as one step, six times", label == outputs(once).argmax(axis=1), test),
        ("six steps of a year each, two months apart", label == rolling.argmax(axis=1), test),
        (f"customers with a margin of {limit:.3f} or more", same, test & (margin >= limit)),
        *((f"hysteresis: another trait must lead by {least:g}", lead < least, test) for least in LEADS),
    ):  # fmt: skip
        said(name, agrees, among, test)
    movers = test & ~stayed & ~same
    for least in LEADS:
        hidden = 100 * (lead < least)[movers].mean()
        print(
            f"\nA lead of {least:g} hides {hidden:.0f} % of the {movers.sum()} movers whose label differs."
        )


if __name__ == "__main__":
    main()
