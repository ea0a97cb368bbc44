"""How surely the monitor finds a planted shift of spending, and how often it raises an alarm without one.

Usage: python benchmarks/drift.py RUN [--customers 2000] [--pairs 50] [--shift 0.05] [--seed 1]

A finished run's customers are drawn as a finished run and a new period, over and over: other customers (`apart`), or the same
ones (`both`), of whom each period has half of the steps, chosen by chance for each customer. `shift` of all spending moves from
one class to another in the new period, both chosen by chance, the first among the classes that have as much. States and
fixed points are the network's own, and what is measured is `drift_table`, all of it, as rule drift calls it. Ends with status 1
when fewer than 90 % of the shifted pairs raise an alarm, or more than 5 % of the others.
"""

import argparse
import json
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "workflow")]

import pyarrow.parquet as pq  # noqa: E402
from benchmarks.measure import machine  # noqa: E402

from spendscape.config.monitor import Monitor  # noqa: E402
from spendscape.config.segments import Segments  # noqa: E402
from spendscape.core.arrays import Array, Floats, Indices  # noqa: E402
from spendscape.core.parquet import PARQUET, table, tensor_values  # noqa: E402
from spendscape.dynamics.fixed_points import fixed_points  # noqa: E402
from spendscape.evaluation.drift import ALARM  # noqa: E402
from spendscape.evaluation.drift_data import drift_table  # noqa: E402
from spendscape.network.trajectories import trajectories  # noqa: E402
from spendscape.network.weights import Weights  # noqa: E402
from spendscape.running.job import namespace  # noqa: E402
from spendscape.segments.naming import naming  # noqa: E402
from spendscape.segments.window_data import read_outputs  # noqa: E402

POWER, FALSE_ALARMS = 0.9, 0.05


@dataclass(frozen=True)
class Finished:
    """What is drawn from: a finished run's long window, its network, and the files that the monitor needs of it."""

    ids: Array
    spending: Array
    total: Floats
    weights: Weights
    files: dict[str, str]


def main() -> int:
    """Draw, plant, monitor, count; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)  # fmt: skip
    parser.add_argument("run", type=Path)
    parser.add_argument("--customers", type=int, default=2000)
    parser.add_argument("--pairs", type=int, default=50)
    parser.add_argument("--shift", type=float, default=0.05)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    print(json.dumps(machine()))
    failed = False
    with tempfile.TemporaryDirectory() as name:
        finished = read(given.run, Path(name))
        for kind in ("apart", "both"):
            for shift in (given.shift, 0.0):
                begun, raised = time.process_time(), Counter[str]()
                found = 0
                for pair in range(given.pairs):
                    seed = [given.seed, pair]
                    alarms = one(finished, kind, shift, given.customers, seed, Path(name))
                    raised.update(alarms)
                    found += bool(alarms)
                share = found / given.pairs
                failed |= share < POWER if shift else share > FALSE_ALARMS
                seconds = (time.process_time() - begun) / given.pairs
                print(
                    f"{kind}, shift {shift:.0%}: alarms in {found} of {given.pairs} pairs, "
                    f"{seconds:.1f} processor seconds a pair; by check {dict(raised.most_common())}",
                    flush=True,
                )
    return int(failed)


def read(run: Path, folder: Path) -> Finished:
    """A finished run; its naming.json is made anew where an older run has none."""
    weights = Weights.from_json((run / "model/weights.json").read_text())
    named = run / "segments/naming.json"
    if not named.is_file():
        states = [str(run / f"states/{w}.parquet") for w in ("long", "recent")]
        _, long, recent = read_outputs([p for p in states if Path(p).is_file()], weights)
        side = pq.read_table(run / "tensors/traits.parquet")["split"].to_numpy()
        limit = naming(long, recent, side, weights.traits, namespace(Segments().model_dump()))[0][
            "neutral_margin"
        ]
        named = folder / "naming.json"
        named.write_text(json.dumps({"neutral_margin": limit}))
    data = pq.read_table(run / "tensors/spending.parquet")
    files = {
        "weights": str(run / "model/weights.json"),
        "naming": str(named),
        "range": str(run / "explain/reference.json"),
    }
    ids, spending = data["customer_id"].to_numpy(), tensor_values(data["spending"])
    return Finished(ids, spending, tensor_values(data["total"]), weights, files)


def one(
    finished: Finished, kind: str, shift: float, customers: int, seed: list[int], folder: Path
) -> list[str]:
    """The alarms of one pair of periods."""
    random = np.random.default_rng(seed)
    rows = random.permutation(len(finished.ids))[: customers * (1 + (kind == "apart"))]
    parts = (rows[:customers], rows[-customers:])
    steps = finished.spending.shape[1]
    chosen = np.tile(np.arange(steps), (customers, 1))
    if kind == "both":
        chosen = random.permuted(chosen, axis=1)
    halves = (np.sort(chosen[:, : steps // 2]), np.sort(chosen[:, steps // 2 :])) if kind == "both" else (chosen, chosen)  # fmt: skip
    files: dict[str, Any] = dict(finished.files)
    for prefix, own, when in zip(("trained_", ""), parts, halves, strict=True):
        order = np.argsort(finished.ids[own])
        place = own[order][:, None], when[order]
        spending, total = finished.spending[place], finished.total[place]
        if shift and not prefix:
            spending = shifted(spending, shift, random)
        files |= write(finished, prefix, own[order], spending, total, folder)
    found = drift_table(files, namespace(Monitor().model_dump()), 3, 30, seed[1])
    alarms: list[str] = found["what"][found["verdict"] == ALARM].unique().tolist()
    return alarms


def shifted(spending: Array, shift: float, random: np.random.Generator) -> Array:
    """Spending of which `shift`, in the mean of all customers, moved from one class to another."""
    mean = spending.mean(axis=(0, 1))
    giving = random.choice(np.flatnonzero(mean > shift))
    taking = random.choice(np.delete(np.arange(len(mean)), giving))
    moved = spending[..., giving] * (shift / mean[giving])
    made = spending.copy()
    made[..., giving] -= moved
    made[..., taking] += moved
    return made


def write(
    finished: Finished, prefix: str, rows: Indices, spending: Array, total: Floats, folder: Path
) -> dict[str, Any]:
    """The files of a period that the monitor reads."""
    ids, weights = finished.ids[rows].tolist(), finished.weights
    states, _ = trajectories(weights.cell, spending)
    points = fixed_points(weights.cell, weights.drive(spending.mean(axis=1, dtype=np.float64)))
    money = np.einsum("ntc,nt->c", spending, total)
    tables = {
        "spending": {"customer_id": ids, "spending": spending, "total": total},
        "states": {"customer_id": ids, "state": states.astype(np.float32)},
        "fixed_points": {"customer_id": ids, "state": points.state},
        "monthly": {"customer_id": [ids[0]] * len(money), "class": weights.classes, "amount": money},
    }  # fmt: skip
    for name, columns in tables.items():
        pq.write_table(table(columns), folder / f"{prefix}{name}.parquet", **PARQUET)
    paths = {name: str(folder / f"{prefix}{name}.parquet") for name in tables}
    return {
        f"{prefix}{name}": [path] if name in ("spending", "states") else path
        for name, path in paths.items()
    }


if __name__ == "__main__":
    sys.exit(main())
