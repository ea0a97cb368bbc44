"""Ingest, side by side: spendscape, a bare DuckDB `GROUP BY`, and pandas twice, on the same files.

Usage: python benchmarks/ingest.py FOLDER [--parquet ROWS] [--csv ROWS] [--large ROWS] [--added ROWS] [--rounds N]

The files are made once in FOLDER, one a year: customer, date, amount and class, 1,200 rows a customer,
exact cents. `pandas` does what spendscape does (verdicts, quarantine, exact cents, ledger, order), `notebook`
no more than the sums, of floats. Each way runs in a process of its own, one after the other, and writes the sums by customer,
month and class as Parquet; seconds count from the start of the interpreter, memory is the process's peak.
DuckDB and spendscape have two threads and the same memory limit. --large rows go through spendscape
alone, for its memory. With --added, a month of a thirtieth comes to so many rows of each kind: reading all again beside reading the
month alone with the kept sums of the rest, the same bytes required. Prints a line a measurement, ends with status 1 when a figure is missed.
"""

import argparse
import hashlib
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
YEARS, THREADS, MEMORY = range(2019, 2025), 2, 2000


def generate(
    folder: Path,
    kind: str,
    rows: int,
    years: Sequence[int] = YEARS,
    count: int | None = None,
    days: int = 365,
) -> list[Path]:
    """Files of random rows, one a year, of the first days of it; those that are there already stay."""
    import duckdb

    made = []
    for year in years:
        path = folder / f"{kind}_{rows}" / f"{year}.{kind}"
        made.append(path)
        if path.exists():
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        customers = max(1, rows // 1200)
        connection = duckdb.connect(config={"threads": THREADS, "preserve_insertion_order": False})
        connection.execute(
            f"""COPY (
                SELECT printf('C%08d', hash(i, {year}, 1) % {customers}) AS customer_id,
                    (DATE '{year}-01-01' + (hash(i, {year}, 2) % {days})::INTEGER) AS booked,
                    ((hash(i, {year}, 3) % 20000)::INTEGER / 100)::DECIMAL(9, 2) AS amount,
                    printf('class_%02d', floor(97 * pow((hash(i, {year}, 4) % 1000000) / 1e6, 2))::INTEGER) AS class
                FROM range({count or rows // len(YEARS)}) t(i)
            ) TO '{path}.new' (FORMAT {kind})"""
        )
        Path(f"{path}.new").rename(path)
    return made


def spendscape(files: list[str], kind: str, work: str) -> None:
    """As the rule `ingest` does."""
    sys.path.insert(0, str(ROOT / "workflow"))
    from spendscape.ingest.classes import ClassRules
    from spendscape.ingest.columns import Reading
    from spendscape.ingest.ingest import ingest

    ledger = ingest(
        {Path(path).name: path for path in files},
        Reading(),
        ClassRules(),
        f"{work}/monthly.parquet",
        f"{work}/quarantine.parquet",
        work,
        threads=THREADS,
        memory=MEMORY * 6 // 10,
    )
    assert not ledger["total"]["quarantined"]["rows"]


def keeping(files: list[str], kind: str, work: str) -> None:
    """As the rule `ingest` does where the sums of each file are kept, here beside the work folder."""
    sys.path.insert(0, str(ROOT / "workflow"))
    from spendscape.ingest.added_files import ingest_added
    from spendscape.ingest.classes import ClassRules
    from spendscape.ingest.columns import Reading

    ledger, _ = ingest_added(
        {Path(path).name: path for path in files},
        Reading(),
        ClassRules(),
        f"{work}/monthly.parquet",
        f"{work}/quarantine.parquet",
        work,
        str(Path(work).parent / "kept"),
        "the code of this run",
        threads=THREADS,
        memory=MEMORY * 6 // 10,
    )
    assert not ledger["total"]["quarantined"]["rows"]


def duckdb(files: list[str], kind: str, work: str) -> None:
    """The query alone: no survey, no verdicts, no check, no order."""
    import duckdb as db

    connection = db.connect(
        config={
            "threads": THREADS,
            "memory_limit": f"{MEMORY}MB",
            "temp_directory": work,
            "preserve_insertion_order": False,
        }
    )
    connection.execute(
        f"""COPY (
            SELECT customer_id, date_trunc('month', booked) AS month, class,
                sum(amount) AS amount, count(*) AS transactions
            FROM read_{kind}({files}) GROUP BY ALL
        ) TO '{work}/monthly.parquet' (FORMAT parquet, COMPRESSION zstd)"""
    )


def notebook(files: list[str], kind: str, work: str) -> None:
    """pandas as in a first notebook: sums of floats, whatever cannot be read stops it or is left out."""
    import pandas as pd

    columns = ["customer_id", "booked", "amount", "class"]
    read = pd.read_parquet if kind == "parquet" else pd.read_csv
    rows = pd.concat([read(path)[columns] for path in files])
    rows["month"] = pd.to_datetime(rows["booked"]).dt.to_period("M")
    rows["amount"] = rows["amount"].astype(float)
    sums = rows.groupby(["customer_id", "month", "class"], observed=True)["amount"].agg(
        ["sum", "count"]
    )
    sums.reset_index().assign(month=lambda t: t["month"].dt.to_timestamp()).to_parquet(
        f"{work}/monthly.parquet"
    )


def pandas(files: list[str], kind: str, work: str) -> None:
    """pandas doing the same: a verdict for every row, the rest with file and line, exact cents, a ledger, order."""
    import json

    import pandas as pd

    by, accepted, rejected = ["customer_id", "month", "class"], [], []
    ledger: dict[str, dict[str, Any]] = {}
    for path in files:
        if kind == "csv":
            rows = pd.read_csv(path, dtype=str, keep_default_na=False)
        else:
            rows = pd.read_parquet(path)
        booked = pd.to_datetime(rows["booked"], format="%Y-%m-%d", errors="coerce")
        cents = (pd.to_numeric(rows["amount"].astype("str"), errors="coerce") * 100).round()
        reason = pd.Series("", index=rows.index)
        for text, wrong in {
            "amount cannot be read": cents.isna() | cents.abs().gt(2**53),
            "date cannot be read": booked.isna(),
            "class is missing": rows["class"].fillna("").str.strip().eq(""),
            "customer is missing": rows["customer_id"].fillna("").str.strip().eq(""),
        }.items():
            reason = reason.mask(wrong, text)
        bad = reason.ne("")
        rejected.append(
            pd.DataFrame({"file": path, "line": rows.index[bad] + 2, "reason": reason[bad]})
        )
        good = rows.loc[~bad, ["customer_id", "class"]].assign(
            month=booked[~bad].dt.to_period("M"), cents=cents[~bad].astype("int64")
        )
        accepted.append(good)
        ledger[path] = {
            "rows": len(rows),
            "accepted": len(good),
            "cents": int(good["cents"].sum()),
            "quarantined": reason[bad].value_counts().to_dict(),
        }
    sums = pd.concat(accepted).groupby(by, observed=True)["cents"].agg(["sum", "count"])
    monthly = sums.reset_index()
    assert monthly["count"].sum() == sum(one["accepted"] for one in ledger.values())
    assert monthly["sum"].sum() == sum(one["cents"] for one in ledger.values())
    monthly.assign(month=monthly["month"].dt.to_timestamp()).to_parquet(f"{work}/monthly.parquet")
    pd.concat(rejected).to_parquet(f"{work}/quarantine.parquet")
    Path(work, "ledger.json").write_text(json.dumps(ledger))


def run(way: str, kind: str, files: list[Path], folder: Path) -> tuple[float, float, float, str]:
    """Seconds, processor seconds and peak GiB of one way, in a process of its own, and a digest of the sums."""
    work = tempfile.mkdtemp(dir=folder)
    for path in files:  # so that all find the files in the same cache
        with path.open("rb") as file:
            while file.read(2**24):
                pass
    started = time.perf_counter()
    pid = os.posix_spawn(
        sys.executable,
        [sys.executable, __file__, "--way", way, "--kind", kind, "--work", work, *map(str, files)],
        os.environ,
    )
    _, status, usage = os.wait4(pid, 0)
    seconds = time.perf_counter() - started
    if status:
        raise SystemExit(f"{way} failed")
    with Path(work, "monthly.parquet").open("rb") as sums:
        digest = hashlib.file_digest(sums, "sha256").hexdigest()
    shutil.rmtree(work)
    return seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 2**20, digest


def added_month(kind: str, options: argparse.Namespace, say: Callable[..., None]) -> None:
    """A month of a thirtieth of the rows comes to files whose sums are kept."""
    folder, rows = options.folder, options.added
    before = generate(folder, kind, rows)
    [month] = generate(folder, kind, rows, [YEARS[-1] + 1], max(1, rows // 30), 31)
    measured: dict[str, list[tuple[float, float, float, str]]] = {}
    for _ in range(options.rounds):
        shutil.rmtree(folder / "kept", ignore_errors=True)
        for step, way, files in (
            ("all again", "spendscape", [*before, month]),
            ("the years, keeping sums", "keeping", before),
            ("the month alone", "keeping", [*before, month]),
        ):
            measured.setdefault(step, []).append(run(way, kind, files, folder))
    shutil.rmtree(folder / "kept")
    for step, found in measured.items():
        say(
            f"{rows:,} {kind} rows and a month, {step}, seconds",
            statistics.median(f[0] for f in found),
            ".1f",
        )
        say("  processor seconds", statistics.median(f[1] for f in found), ".1f")
        say("  peak memory, GiB", max(f[2] for f in found), ".2f", 2.0)
    every, month_alone = measured["all again"], measured["the month alone"]
    pairs = list(zip(month_alone, every, strict=True))
    say(
        "  the month alone / all again",
        statistics.median(a[0] / b[0] for a, b in pairs),
        ".2f",
        0.15,
    )
    say("  the same in processor seconds", statistics.median(a[1] / b[1] for a, b in pairs), ".2f")
    if {f[3] for f in every} != {f[3] for f in month_alone}:
        raise SystemExit("the sums differ")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--parquet", type=int, default=30_000_000)
    parser.add_argument("--csv", type=int, default=10_000_000)
    parser.add_argument("--large", type=int, default=0)
    parser.add_argument("--added", type=int, default=30_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    missed = 0

    def say(
        text: str, value: float, form: str, limit: float | None = None, least: bool = False
    ) -> None:
        nonlocal missed
        fails = limit is not None and (value < limit if least else value > limit)
        missed += fails
        asked = "" if limit is None else f"{'≥' if least else '≤'} {limit:g}"
        print(f"{text:<66} {value:>8{form}}   {asked:<8}{'MISSED' if fails else ''}", flush=True)

    print(
        f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, {options.rounds} rounds, medians"
    )
    for kind, rows, bare in (("parquet", options.parquet, 1.3), ("csv", options.csv, 1.5)):
        if not rows:
            continue
        files = generate(options.folder, kind, rows)
        times: dict[str, list[float]] = {
            "spendscape": [],
            "duckdb": [],
            "pandas": [],
            "notebook": [],
        }
        memory = dict.fromkeys(times, 0.0)
        for _ in range(options.rounds):
            for way in times:
                seconds, _, peak, _ = run(way, kind, files, options.folder)
                times[way].append(seconds)
                memory[way] = max(memory[way], peak)
        for way, measured in times.items():
            median = statistics.median(measured)
            say(f"{rows:,} {kind} rows, {way}, seconds", median, ".1f")
            limit = 2.0 if way == "spendscape" and kind == "parquet" else None
            say("  peak memory, GiB", memory[way], ".2f", limit)
        pairs = {
            way: statistics.median(
                a / b for a, b in zip(times["spendscape"], times[way], strict=True)
            )
            for way in ("duckdb", "pandas", "notebook")
        }
        say("  spendscape / duckdb", pairs["duckdb"], ".2f", bare)
        say("  pandas / spendscape", 1 / pairs["pandas"], ".2f", 3, least=True)
        say("  notebook / spendscape", 1 / pairs["notebook"], ".2f", 3, least=True)
    if options.added:
        for kind in ("parquet", "csv"):
            added_month(kind, options, say)
    if options.large:
        files = generate(options.folder, "parquet", options.large)
        seconds, _, peak, _ = run("spendscape", "parquet", files, options.folder)
        say(f"{options.large:,} parquet rows, spendscape, seconds", seconds, ".1f")
        say("  peak memory, GiB", peak, ".2f", 2.0)
    return 1 if missed else 0


if __name__ == "__main__":
    if "--way" in sys.argv:
        worker = argparse.ArgumentParser()
        for name in ("--way", "--kind", "--work"):
            worker.add_argument(name)
        worker.add_argument("files", nargs="*")
        given = worker.parse_args()
        globals()[given.way](given.files, given.kind, given.work)
    else:
        sys.exit(main())
