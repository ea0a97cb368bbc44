"""A hundred million customers on paper: python benchmarks/scale.py RUN [--write].

Measured costs (benchmarks/measured/growth_*.json) are carried to 100 million customers, and the plans behind the figures are made
by the real Snakefile: dry runs over raw files that have the size, but not the content, of those of so many customers.
RUN is a finished run's results folder, which the scoring of the second plan needs. With --write it writes
benchmarks/measured/plan.json, from which docs/explanation/scale.md has its tables.
"""

import argparse
import json
import math
import re
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT)]

import pyarrow as pa  # noqa: E402
import pyarrow.parquet as pq  # noqa: E402
from benchmarks.growth import BY_ROWS, Growth, fits  # noqa: E402
from benchmarks.measure import machine, run  # noqa: E402

CUSTOMERS, PART = 100_000_000, 1_000_000
YEARS, A_YEAR = 6, 200
ROWS = YEARS * A_YEAR
# A file a month and hundred, as a bank's warehouse exports them.
FILES, SHARDS, SHARDS_OF_PART = YEARS * 12 * 100, 1_800, 20
# What a common cluster gives a job.
NODE_GB, QUEUE_HOURS, NODES = 256, 24, 50
# More customers than this are no limit.
MOST = 1e11


def _with_size(path: Path, size: int) -> None:
    """A Parquet file of one row and so many bytes, most of them a hole, because a dry run looks into the first lines."""
    row = {"customer_id": ["C1"], "booked": [date(2024, 1, 31)], "class": ["rent"], "amount": [1.0]}
    pq.write_table(pa.table(row), path)
    whole = path.read_bytes()
    # Places in the file are counted from its beginning, and the footer from its end.
    footer = whole[-8 - int.from_bytes(whole[-8:-4], "little") :]
    with path.open("wb") as file:
        file.write(whole[: -len(footer)])
        file.seek(max(size, len(whole)) - len(footer))
        file.write(footer)


def dry_run(
    folder: Path, config: dict[str, Any], files: int, each: int, *targets: str
) -> dict[str, Any]:
    """Plan a run over `files` raw files of `each` bytes: its jobs by rule, seconds and memory."""
    raw = folder / "raw"
    raw.mkdir(parents=True)
    for number in range(files):
        _with_size(raw / f"part-{number:05}.parquet", each)
    config |= {"source": "files"}
    config["ingest"] = {"folder": "raw", "files": ["part-*.parquet"], **config["ingest"]}
    (folder / "config.yaml").write_text(json.dumps(config))
    command = [sys.executable, "-m", "snakemake", *targets, "--snakefile", str(ROOT / "Snakefile")]
    command += ["--configfile", "config.yaml", "--cores", "2", "--dry-run", "--quiet", "rules"]
    log = folder / "plan.log"
    used = run(command, folder, log)
    jobs = {
        found[1]: int(found[2])
        for found in re.finditer(r"^(\w+) +(\d+)$", log.read_text(), re.MULTILINE)
        if found[1] != "total"
    }
    return {"jobs": jobs, "total": sum(jobs.values()), "files": files, **asdict(used)}


def plans(results: Path, bytes_a_row: float) -> dict[str, Any]:
    """The plan of one run over everything, and of scoring one part with a finished run."""
    with tempfile.TemporaryDirectory() as name:
        every = Path(name, "every")
        whole = math.ceil(CUSTOMERS * ROWS * bytes_a_row / FILES)
        one = dry_run(every, {"ingest": {"shards": SHARDS}}, FILES, whole)
        part = Path(name, "part")
        config = {
            "ingest": {"shards": SHARDS_OF_PART},
            "score": {"run": str(results.resolve())},
            "results": "scored",
        }
        own = math.ceil(PART * ROWS * bytes_a_row / SHARDS_OF_PART)
        score = dry_run(part, config, SHARDS_OF_PART, own, "score")
    return {"one": one, "score": score}


def first_limits(found: dict[str, Growth]) -> list[tuple[float, str, str]]:
    """At how many customers each rule meets the memory of a node or the end of a queue, the first one first."""
    met = []
    for name, fit in found.items():
        per = ROWS if name in BY_ROWS else 1
        if fit.megabytes_each:
            customers = (NODE_GB * 1000 - fit.peaks[-1]) / fit.megabytes_each / per
            met.append((customers + fit.sizes[-1] / per, name, f"{NODE_GB} GB"))
        jobs = SHARDS if name == "ingest_shard" else max(1, fit.jobs)
        customers = _until(lambda n, fit=fit, per=per, jobs=jobs: fit.at(n * per) / jobs)  # type: ignore[misc]
        if customers < MOST:
            met.append((customers, name, f"{QUEUE_HOURS} hours"))
    return sorted(met)


def _until(seconds: Callable[[float], float]) -> float:
    """How many customers take a job to the end of the queue."""
    low, high = 1.0, MOST
    while high / low > 1.001:
        middle = math.sqrt(low * high)
        low, high = (low, middle) if seconds(middle) > QUEUE_HOURS * 3600 else (middle, high)
    return high


def core_hours(name: str, fit: Growth, customers: float) -> float:
    """What all jobs of a rule compute."""
    return fit.at(_size(name, customers)) / 3600


def _size(name: str, customers: float) -> float:
    return customers * (ROWS if name in BY_ROWS else 1)


def plan_tables(parts: Sequence[dict[str, Any]], plan: dict[str, Any] | None) -> list[str]:
    """The page's tables."""
    found = {k: fit for k, fit in fits(parts).items() if not k.startswith("simulate")}
    last = parts[-1]
    lines = ["### As the rules are", ""]
    lines += [
        "| rule | exponent | processor hours | GB | the first limit, at customers |",
        "|---|---|---|---|---|",
    ]
    limits: dict[str, tuple[float, str]] = {}
    for customers, name, what in first_limits(found):
        limits.setdefault(name, (customers, what))
    for name, fit in sorted(found.items(), key=lambda item: -item[1].at(_size(item[0], CUSTOMERS))):
        size = _size(name, CUSTOMERS)
        hours, memory = fit.at(size) / 3600, fit.memory(size) / 1000
        if hours < 1 and memory < 16:
            continue
        at, what = limits.get(name, (MOST, "none"))
        power = "1 (not seen)" if fit.exponent is None else f"{fit.exponent:.2f}"
        lines.append(
            f"| `{name}` | {power} | {hours:,.1f} | {memory:,.0f} | {what}, {_millions(at)} |"
        )
    at, name, what = first_limits(found)[0]
    lines += [
        "",
        f"**The first bottleneck** is `{name}`: it meets {what} at {_millions(at)} customers.",
        "",
    ]
    lines += [_storage(last)]
    if plan:
        lines += ["", *_plan(found, parts, plan)]
    return lines


def _storage(last: dict[str, Any]) -> str:
    """What rows and results take on a disk."""
    rows = CUSTOMERS * ROWS
    raw = last["raw_bytes"] / last["rows"] * rows / 1e12
    kept = sum(
        size
        for folder, size in last["result_bytes"].items()
        if folder not in ("simulate", "benchmarks", "logs")
    )
    results = kept / last["customers"] * CUSTOMERS / 1e12
    return (
        f"Storage: {rows / 1e9:,.0f} billion transactions are {raw:.2f} TB of the simulator's Parquet "
        f"({last['raw_bytes'] / last['rows']:.1f} bytes a row), results {results:.2f} TB "
        f"({kept / last['customers']:,.0f} bytes a customer)."
    )


def _dry_runs(plan: dict[str, Any]) -> str:
    """What the real Snakefile planned."""
    one, score = plan["one"], plan["score"]
    return (
        f"The dry run of everything in one run, {one['files']:,} files in {SHARDS:,} shards: {one['total']:,} jobs "
        f"({one['jobs'].get('ingest_shard', 0):,} of them `ingest_shard`), planned in {one['wall']:.0f} s with {one['largest'] / 1000:.1f} GB. "
        f"Of one scoring, {score['files']} files: {score['total']} jobs in {score['wall']:.0f} s. "
        f"{plan['machine']['date'][:10]}, commit {plan['machine']['commit']}, load {plan['machine']['load_before']}."
    )


def too_few(parts: Sequence[dict[str, Any]], plan: dict[str, Any] | None) -> list[str]:
    """What can be said before three sizes were measured."""
    sizes = " and ".join(f"{part['customers']:,}" for part in parts)
    said = (
        f"**Not measured yet:** how a rule grows needs three sizes, and {sizes} customers were measured, at loads so different that "
        "their seconds cannot be carried on. `make benchmark PART=growth_260000` adds the third, and the tables of hours, memory and "
        "core-hours appear here, with the first bottleneck."
    )
    return [said, "", _storage(parts[-1]), *(["", _dry_runs(plan)] if plan else [])]


def _plan(
    found: dict[str, Growth], parts: Sequence[dict[str, Any]], plan: dict[str, Any]
) -> list[str]:
    """The second plan: one run on a sample, and a hundred that score."""
    score = plan["score"]
    count = CUSTOMERS // PART
    scoring = {name: found[name] for name in score["jobs"] if name in found}
    # A shard does what `ingest` does where there is one job, of its share of the rows.
    ingest = found["ingest"]
    read = core_hours("ingest", ingest, PART)
    train = sum(core_hours(name, fit, PART) for name, fit in found.items())
    part_hours = read + sum(core_hours(k, fit, PART) for k, fit in scoring.items() if k != "ingest")
    wall = sum(fit.at(_size(k, PART)) for k, fit in scoring.items() if k != "ingest") / 3600
    wall += ingest.at(PART * ROWS) / 3600 / SHARDS_OF_PART
    train_wall = sum(fit.at(_size(k, PART)) for k, fit in found.items()) / 3600
    memory = max(fit.memory(_size(k, PART)) for k, fit in found.items()) / 1000
    rounds = math.ceil(count / NODES)
    partition = read * count
    return [
        "### A run on a sample, and scores for all",
        "",
        "| step | runs | jobs | largest job, GB | core-hours | hours |",
        "|---|---|---|---|---|---|",
        f"| raw rows put into {count} parts by a hash of the customer, each row read and written once | 1 | {SHARDS:,} | 2 | "
        f"{partition:,.1f} | {partition / NODES:,.1f} |",
        f"| the whole pipeline on a sample of {PART:,} customers | 1 | {sum(f.jobs for f in found.values())} | {memory:,.1f} | "
        f"{train:,.1f} | {train_wall:,.1f}, one job after the other |",
        f"| `score` of each part with that run | {count} | {count * score['total']:,} | {memory:,.1f} | {part_hours * count:,.1f} | "
        f"{wall * rounds:,.1f} on {NODES} nodes |",
        f"| together | | | | {partition + train + part_hours * count:,.1f} | {partition / NODES + train_wall + wall * rounds:,.1f} |",
        "",
        _dry_runs(plan),
    ]


def _millions(customers: float) -> str:
    return f"{customers / 1e6:,.0f} million"


def main() -> None:
    """Print the tables, and write the plan down."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run", type=Path, metavar="RUN")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    folder = ROOT / "benchmarks/measured"
    parts = sorted(
        (json.loads(path.read_text()) for path in folder.glob("growth_*.json")),
        key=lambda part: int(part["customers"]),
    )
    last = parts[-1]
    where = machine()
    plan = {"machine": where, **plans(options.run, last["raw_bytes"] / last["rows"])}
    print("\n".join(plan_tables(parts, plan)))
    if options.write:
        (folder / "plan.json").write_text(json.dumps(plan, indent=1) + "\n")


if __name__ == "__main__":
    main()
