"""Rows out of PostgreSQL: `python benchmarks/database.py [--rows N] [--rounds K]`.

    alone       the same columns by ADBC, batch by batch, nothing kept
    spendscape  ingestion of them: a verdict for every row, exact sums, quarantine, ledger, order

The address of a server whose user may make tables is in SPENDSCAPE_TEST_DATABASE, its password, if it needs one, in
SPENDSCAPE_TEST_PASSWORD. The table spendscape_benchmark is made once and stays. Both ways run in processes of their
own, by turns; memory is the process's peak, the server's is not counted. Prints a line a measurement, ends with status 1
when a figure is missed. `make database` adds the driver.
"""

import argparse
import importlib
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "workflow"))
TABLE, VARIABLE, THREADS, MEMORY = "spendscape_benchmark", "SPENDSCAPE_TEST_PASSWORD", 2, 1000
# Pseudo-random rows, the same every time: 1,200 for each customer, 97 classes of which few are frequent.
ROWS = """
CREATE UNLOGGED TABLE {table} AS SELECT
    'C' || lpad((hashint8(i)::bigint & 1073741823) % {customers} || '', 8, '0') AS customer_id,
    date '2019-01-01' + ((hashint8(i + 1)::bigint & 1073741823) % 2190)::int AS booked,
    (((hashint8(i + 2)::bigint & 1073741823) % 20000) / 100.0)::numeric(9, 2) AS amount,
    'class_' || lpad((97 * power((hashint8(i + 3)::bigint & 1073741823) % 1000000 / 1e6, 2))::int % 97 || '', 2, '0') AS class
FROM generate_series(1, {rows}) i
"""


def connect() -> Any:
    """A connection of ADBC."""
    from spendscape.ingest.databases import _with_password

    uri = os.environ["SPENDSCAPE_TEST_DATABASE"]
    password = os.environ.get(VARIABLE)
    driver = importlib.import_module("adbc_driver_postgresql.dbapi")
    return driver.connect(_with_password(uri, password) if password else uri, autocommit=True)


def make(rows: int) -> None:
    """The table, unless it is there with as many rows."""
    with connect() as connection, connection.cursor() as cursor:
        cursor.execute(f"SELECT to_regclass('{TABLE}')::text")
        if cursor.fetchone()[0]:
            cursor.execute(f"SELECT count(*) FROM {TABLE}")
            if cursor.fetchone()[0] == rows:
                return
        cursor.executescript(f"DROP TABLE IF EXISTS {TABLE}")
        cursor.executescript(ROWS.format(table=TABLE, rows=rows, customers=max(1, rows // 1200)))


def alone(work: str) -> None:
    """The rows and nothing else."""
    with connect() as connection, connection.cursor() as cursor:
        cursor.execute(f"SELECT customer_id, booked, class, amount FROM {TABLE}")
        with cursor.fetch_record_batch() as reader:
            print(sum(len(batch) for batch in reader))


def spendscape(work: str) -> None:
    """As the rule `ingest` does."""
    from spendscape.ingest.classes import ClassRules
    from spendscape.ingest.columns import Reading
    from spendscape.ingest.databases import Database, database_table
    from spendscape.ingest.ingest import ingest

    own = Database(
        "postgresql",
        os.environ["SPENDSCAPE_TEST_DATABASE"],
        table=TABLE,
        password_variable=VARIABLE,
    )
    ledger = ingest(
        {},
        Reading(),
        ClassRules(),
        f"{work}/monthly.parquet",
        f"{work}/quarantine.parquet",
        work,
        threads=THREADS,
        memory=MEMORY * 6 // 10,
        tables=[database_table(own, Reading())],
    )
    assert not ledger["total"]["quarantined"]["rows"]
    print(ledger["total"]["accepted"]["rows"])


def run(way: str) -> tuple[float, float, float]:
    """Seconds, seconds of CPU and peak GiB of one way, in a process of its own."""
    with tempfile.TemporaryDirectory() as work:
        started = time.perf_counter()
        command = [sys.executable, __file__, "--way", way, "--work", work]
        pid = os.posix_spawn(sys.executable, command, os.environ)
        _, status, usage = os.wait4(pid, 0)
        seconds = time.perf_counter() - started
    if status:
        raise SystemExit(f"{way} failed")
    return seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 2**20


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=30_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    make(options.rows)
    print(
        f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, {options.rows:,} rows", flush=True
    )
    found: dict[str, list[tuple[float, float, float]]] = {"alone": [], "spendscape": []}
    for _ in range(options.rounds):
        for way, measured in found.items():
            measured.append(run(way))
            print(
                f"{way:<12}{'{:>8.1f} s {:>8.1f} s of CPU {:>6.2f} GiB'.format(*measured[-1])}",
                flush=True,
            )
    pairs = [b[0] / a[0] for a, b in zip(found["alone"], found["spendscape"], strict=True)]
    ratio = statistics.median(pairs)
    memory = max(measured[2] for measured in found["spendscape"])
    print(
        f"spendscape / alone, median of the pairs   {ratio:.2f}   ≤ 1.2{'' if ratio <= 1.2 else '   MISSED'}"
    )
    print(
        f"peak memory of spendscape, GiB            {memory:.2f}   ≤ 1{'' if memory <= 1 else '   MISSED'}"
    )
    return int(ratio > 1.2 or memory > 1)


if __name__ == "__main__":
    if "--way" in sys.argv:
        worker = argparse.ArgumentParser()
        worker.add_argument("--way")
        worker.add_argument("--work")
        given = worker.parse_args()
        globals()[given.way](given.work)
    else:
        sys.exit(main())
