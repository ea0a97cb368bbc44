"""The simulator's pace: transactions a second written to Parquet, and its memory.

Usage: python benchmarks/simulate.py [CUSTOMERS ...] [--years N] [--jobs N] [--pace N]

For each number of customers (default 26000) simulates that many years, each in a process of its own
as the rule does, at most `--jobs` (2) at a time, into a temporary folder. Seconds count from the start of
the first interpreter to the end of the last, without the truth, which is drawn once. Ends with status 1 when fewer
than `--pace` (1,000,000) transactions a second were written. Memory is the peak of one process.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from spendscape.simulate.population import Model

ROOT = Path(__file__).resolve().parents[1]


def model(customers: int, years: int) -> "Model":
    """The world of the config's defaults, with the illustrative coefficients."""
    sys.path.insert(0, str(ROOT / "workflow"))
    import pandas as pd

    from spendscape.config.simulate import Simulate
    from spendscape.simulate.population import build

    # Frozen, and so no `Knobs` to a type checker.
    knobs: Any = Simulate(customers=customers, years=years)
    taxonomy = pd.read_csv(ROOT / knobs.taxonomy, comment="#")
    table = ROOT / "config/coefficients/illustrative_big_five.csv"
    return build(knobs, 20, taxonomy, pd.read_csv(table, comment="#"))


def plan(folder: Path, customers: int, years: int) -> None:
    """As the rule `simulate_truth`."""
    world = model(customers, years)
    import pyarrow.parquet as pq

    from spendscape.core.parquet import PARQUET
    from spendscape.simulate.truth import truth

    pq.write_table(truth(world), folder / "truth.parquet", **PARQUET)


def one_year(folder: Path, customers: int, years: int, year: int) -> None:
    """As the rule `simulate_transactions`; prints rows and the peak of memory in MB."""
    world = model(customers, years)
    knobs: Any = world.knobs
    import pyarrow.parquet as pq

    from spendscape.ingest.class_tables import codes_by_class, read_class_table
    from spendscape.simulate.transactions import PARQUET, PLAN, SCHEMA, transactions

    table = read_class_table(str(ROOT / knobs.merchant_category_codes), "codes")
    codes = codes_by_class(table)
    planted = pq.read_table(folder / "truth.parquet", columns=PLAN)
    rows = 0
    with pq.ParquetWriter(folder / f"{year}.parquet", SCHEMA, **PARQUET) as writer:
        for block in transactions(world, planted, year, codes):
            writer.write_table(block)
            rows += len(block)
    print(rows, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)


def measure(customers: int, years: int, jobs: int) -> float:
    """Transactions a second; prints a line."""
    with tempfile.TemporaryDirectory() as folder:
        plan(Path(folder), customers, years)

        def run(year: int) -> list[int]:
            call = [sys.executable, __file__, "--child", folder, str(customers), str(years)]
            done = subprocess.run([*call, str(year)], check=True, capture_output=True, text=True)
            return [int(number) for number in done.stdout.split()]

        start = time.perf_counter()
        with ThreadPoolExecutor(jobs) as pool:
            results = list(pool.map(run, range(2019, 2019 + years)))
        seconds = time.perf_counter() - start
    rows = sum(result[0] for result in results)
    peak = max(result[1] for result in results)
    load = os.getloadavg()[0]
    print(
        f"{customers:>9,} customers {rows:>12,} transactions {seconds:6.1f} s "
        f"{rows / seconds:>11,.0f} a second, {peak} MB a process (load {load:.1f})"
    )
    return rows / seconds


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        one_year(Path(sys.argv[2]), *map(int, sys.argv[3:]))
        sys.exit()
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("customers", type=int, nargs="*", default=[26_000])
    parser.add_argument("--years", type=int, default=6)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--pace", type=float, default=1e6)
    chosen = parser.parse_args()
    paces = [measure(customers, chosen.years, chosen.jobs) for customers in chosen.customers]
    sys.exit(min(paces) < chosen.pace)
