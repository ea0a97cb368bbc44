"""The audit's power and its false alarms, on attributes that are planted in a finished simulated run.

    python benchmarks/audit.py [results] [--populations 50] [--customers 2000] [--correlation 0.2]

Each population is so many customers of the run, drawn at random. For each an attribute is drawn anew as the
simulator draws `simulate.protected`, once at the correlation and once at 0, and audited by itself. An alarm is
an attribute that segments, traits, states or spending are found to predict. The network is the run's own.
"""

import argparse
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "workflow"))

from spendscape.config.audit import Audit  # noqa: E402
from spendscape.core.arrays import Array  # noqa: E402
from spendscape.core.parquet import read_tensor, tensor_values  # noqa: E402
from spendscape.core.statistics import share_interval  # noqa: E402
from spendscape.evaluation.attributes import Groups  # noqa: E402
from spendscape.evaluation.audit import (  # noqa: E402
    FOUND,
    Run,
    holm,
    one_hot,
    predictability,
    verdict_of,
)
from spendscape.network.weights import Weights  # noqa: E402
from spendscape.segments.names import order, segment_names  # noqa: E402

SETTINGS: Any = Audit()


def read(results: Path) -> tuple[Run, Array]:
    """The run's predictors, and each customer's first taste before any move."""
    weights = Weights.from_json((results / "model/weights.json").read_text())
    spending = pq.read_table(
        results / "tensors/spending.parquet", columns=["customer_id", "spending"]
    )
    fractions = np.asarray(tensor_values(spending["spending"]).mean(axis=1, dtype=np.float64))
    last = read_tensor(str(results / "states/long.parquet"), "state")[:, -1].astype(np.float64)
    outputs = weights.outputs(last)
    levels = order(outputs, weights.traits)
    names = np.array(segment_names(levels, 3))
    truth = pq.read_table(
        results / "simulate/truth.parquet", columns=["customer_id", "tastes_before"]
    )
    place = {name: k for k, name in enumerate(truth["customer_id"].to_pylist())}
    rows = np.array([place[name] for name in spending["customer_id"].to_pylist()])
    predictors = {
        "segments": one_hot(names),
        "traits": outputs,
        "states": last,
        "spending": fractions,
    }
    run = Run(predictors, levels[:, 0], {}, fractions, weights.classes)
    return run, tensor_values(truth["tastes_before"])[rows, 0]


def part(run: Run, rows: Array) -> Run:
    """Some customers of a run."""
    predictors = {name: values[rows] for name, values in run.predictors.items()}
    return Run(predictors, run.labels[rows], {}, run.fractions[rows], run.classes)


def main() -> None:
    """Print how many of the populations raise an alarm, at the correlation and at 0."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("results", nargs="?", default="results", type=Path)
    parser.add_argument("--populations", default=50, type=int)
    parser.add_argument("--customers", default=2000, type=int)
    parser.add_argument("--correlation", default=0.2, type=float)
    asked = parser.parse_args()
    run, taste = read(asked.results)
    random = np.random.default_rng(0)
    size = min(asked.customers, len(taste))
    drawn = [random.choice(len(taste), size, replace=False) for _ in range(asked.populations)]
    for correlation, wanted in ((asked.correlation, "≥ .9"), (0.0, "≤ .05")):
        started, alarms = time.perf_counter(), dict.fromkeys(["any", *run.predictors], 0)
        for rows in drawn:
            own = random.standard_normal(len(rows))
            has = correlation * taste[rows] + np.sqrt(1 - correlation**2) * own > 0
            groups = Groups("planted", ["no", "yes"], has.astype(np.int64), 0, 0)
            table = pd.DataFrame(predictability(part(run, rows), groups, SETTINGS, 0))
            pairs = zip(holm(table["p"].to_numpy()), table["effect"], strict=True)
            found = table["what"][[verdict_of(*pair, SETTINGS) == FOUND for pair in pairs]]
            alarms["any"] += len(found) > 0
            for name in found:
                alarms[name] += 1
        low, high = share_interval(alarms["any"], asked.populations)
        print(
            f"correlation {correlation:g}: {alarms['any']} of {asked.populations} populations of {size} "
            f"customers ({low:.2f}–{high:.2f}; asked {wanted}); by predictor "
            + ", ".join(f"{name} {count}" for name, count in alarms.items() if name != "any")
            + f"; {(time.perf_counter() - started) / asked.populations:.2f} s each"
        )


if __name__ == "__main__":
    main()
