"""Has something become slow? python benchmarks/guard.py [NAME ...] [--record]: a few seconds, part of .ci/run.

Each pair is something of ours and something plain of the same size, in turn on one machine. What counts is the ratio of
their least processor times, because seconds differ from machine to machine. A ratio that is 30 % above the one of
benchmarks/ratios.json gives a warning and no failure. --record writes the ratios of this run.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "workflow")]
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
# Threads that wait for each other are processor time, too.
os.environ["OPENBLAS_NUM_THREADS"] = "1"

import numpy as np  # noqa: E402
from benchmarks import ingest  # noqa: E402
from benchmarks.measure import machine  # noqa: E402

RECORDED = ROOT / "benchmarks/ratios.json"
TOLERANCE = 1.3
STEPS, CLASSES, TRAITS, UNITS = 6, 97, 5, 3
Pair = tuple[Callable[[], Any], Callable[[], Any]]


def processor() -> float:
    """Processor seconds of this process and of those that it has waited for."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def ratio(pair: Pair, rounds: int) -> float:
    """The least processor time of the first, divided by that of the second."""
    least = [np.inf, np.inf]
    for _ in range(rounds):
        for k, work in enumerate(pair):
            begun = processor()
            work()
            least[k] = min(least[k], processor() - begun)
    return float(least[0] / least[1])


def spending(customers: int) -> Any:
    """Fractions of customers who do not exist, N × T × C."""
    random = np.random.default_rng(1)
    taste = random.gamma(0.3, size=(customers, 1, CLASSES))
    values = taste * random.gamma(2.0, size=(customers, STEPS, CLASSES)) + 1e-9
    return (values / values.sum(axis=2, keepdims=True)).astype(np.float32)


def of_ingest(folder: Path) -> Pair:
    """Two million rows of Parquet, beside a bare query of DuckDB."""
    files = [str(path) for path in ingest.generate(folder, "parquet", 2_000_000)]
    return tuple(  # type: ignore[return-value]
        lambda way=way: way(files, "parquet", tempfile.mkdtemp(dir=folder))
        for way in (ingest.spendscape, ingest.duckdb)
    )


def of_training(folder: Path) -> Pair:
    """An epoch of 8,192 customers, beside ten times the product of their inputs with the weights."""
    from spendscape.network.training import Examples, Member, Training, start_tensorflow, train

    start_tensorflow()
    inputs = spending(8192 + 512)
    targets = np.clip(
        inputs.mean(axis=1) @ np.random.default_rng(2).normal(size=(CLASSES, TRAITS)), -1, 1
    )
    first, last = (
        Examples(inputs[rows], targets[rows]) for rows in (slice(8192), slice(8192, None))
    )
    names = ([f"t{k}" for k in range(TRAITS)], [f"c{k}" for k in range(CLASSES)])

    marks: list[float] = []
    train(first, last, [Member("every_step", UNITS, 20)], Training(5, 256, 0.005, 5, 20), names,
          lambda *_: marks.append(processor()))  # fmt: skip
    epoch = float(np.diff(marks).min())
    rows, weights = first.inputs.reshape(-1, CLASSES), np.ones((CLASSES, 4 * UNITS), np.float32)

    def products() -> None:
        for _ in range(10):
            rows @ weights

    # The first of the pair is measured already: it is a part of a training.
    return (lambda: _compute_for(epoch)), products


def _compute_for(seconds: float) -> None:
    end = processor() + seconds
    while processor() < end:
        pass


def of_fixed_points(folder: Path) -> Pair:
    """Those of 2,000 customers with proofs, beside a hundred plain steps of an LSTM, which are none of our code."""
    from spendscape.dynamics.fixed_points import fixed_points
    from spendscape.network.lstm import Lstm

    random = np.random.default_rng(3)
    shapes = (CLASSES, 4 * UNITS), (UNITS, 4 * UNITS), (4 * UNITS,)
    cell = Lstm.from_keras(*(0.5 * random.normal(size=shape) for shape in shapes))
    drive = cell.drive(spending(2000).mean(axis=1, dtype=np.float64) * 10)
    recurrent, constant = random.normal(size=(UNITS, 4 * UNITS)), np.asarray(drive)

    def plain() -> None:
        hidden = memory = np.zeros((len(constant), UNITS))
        for _ in range(100):
            gates = constant + hidden @ recurrent
            opened = 1 / (1 + np.exp(-gates))
            memory = opened[:, UNITS : 2 * UNITS] * memory + opened[:, :UNITS] * np.tanh(
                gates[:, 2 * UNITS : 3 * UNITS]
            )
            hidden = opened[:, 3 * UNITS :] * np.tanh(memory)

    return lambda: fixed_points(cell, drive), plain


def of_surrogate(folder: Path) -> Pair:
    """The fit of the state to 8,000 customers, beside one least squares."""
    from spendscape.explanation.state_surrogate import fit_state

    fractions = spending(8000).mean(axis=1, dtype=np.float64)
    random = np.random.default_rng(4)
    states = np.tanh(fractions @ random.normal(size=(CLASSES, UNITS)))
    return lambda: fit_state(fractions, states, 10), lambda: np.linalg.lstsq(fractions, states)


def of_plan(folder: Path) -> Pair:
    """`snakemake -n` of the default run, beside the import of Snakemake."""
    (folder / "config.yaml").write_text("{}\n")
    plan = ["-m", "snakemake", "-n", "--quiet", "--snakefile", str(ROOT / "Snakefile")]
    plan += ["--configfile", "config.yaml", "--cores", "1"]

    def python(*arguments: str) -> Callable[[], Any]:
        command = [sys.executable, *arguments]
        return lambda: subprocess.run(command, cwd=folder, check=True, capture_output=True)

    return python(*plan), python("-c", "import snakemake.cli")


PAIRS: dict[str, tuple[Callable[[Path], Pair], int]] = {
    "ingest": (of_ingest, 3),
    "fixed_points": (of_fixed_points, 5),
    "surrogate": (of_surrogate, 7),
    "plan": (of_plan, 2),
    "training": (of_training, 5),
}


def told(found: Mapping[str, float], recorded: Mapping[str, float]) -> list[str]:
    """A line for each ratio; the warnings begin with WARNING."""
    lines = []
    for name, value in found.items():
        before = recorded.get(name)
        says = f"{name}: {value:.2f} times as long as the plain thing, recorded {before or float('nan'):.2f}"
        if before is None:
            says = f"WARNING: {says}; record it: python benchmarks/guard.py --record"
        elif value > before * TOLERANCE:
            what = PAIRS[name][0].__doc__ or ""
            says = f"WARNING: {says}, {value / before - 1:.0%} slower. {what} If it is meant, record it: python benchmarks/guard.py --record"
        lines.append(says)
    return lines


def main() -> None:
    """Measure, and say what became slower."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--record", action="store_true")
    parser.add_argument("--recorded", type=Path, default=RECORDED, help=argparse.SUPPRESS)
    options = parser.parse_args()
    kept = json.loads(options.recorded.read_text()) if options.recorded.exists() else {}
    found: dict[str, float] = {}
    for name in options.names or PAIRS:
        make, rounds = PAIRS[name]
        with tempfile.TemporaryDirectory() as folder:
            found[name] = ratio(make(Path(folder)), rounds)
    print("\n".join(told(found, kept.get("ratios", {}))))
    if options.record:
        ratios = kept.get("ratios", {}) | {name: round(value, 3) for name, value in found.items()}
        made = {
            "command": "python benchmarks/guard.py --record",
            "machine": machine(),
            "ratios": ratios,
        }
        options.recorded.write_text(json.dumps(made, indent=1) + "\n")


if __name__ == "__main__":
    main()
