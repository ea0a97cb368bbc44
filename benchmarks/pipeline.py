"""All benchmarks with one command: python benchmarks/pipeline.py [PART ...] [--quick] [--resume].

A PART is a name of the list below, or how names begin, such as `notebook`; without one all are run but the
million, and `explanations` where --peers is not given. Each writes benchmarks/measured/PART.json and its tables in docs/benchmarks.md, so that a long row of parts
can be cut and gone on with: `--resume` skips what was measured in the last day. `--quick` tries the same with 600
customers and keeps nothing in the repository.

notebook_N      the notebook that one would write, and `snakemake --cores 2 surrogate figure_1 … figure_6`, in turn, with N customers
growth_N        every rule of the whole pipeline with N customers: seconds and memory
overhead        what Snakemake and imports take
ingest, training, fixed_points, explanations, simulate   the scripts beside this one of these names
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT)]

from benchmarks.documents import write_documents  # noqa: E402
from benchmarks.measure import Usage, machine, run  # noqa: E402

MEASURED = ROOT / "benchmarks/measured"
NOTEBOOK, GROWTH, QUICK, MILLION = (
    (2_600, 26_000, 260_000),
    (2_600, 26_000, 260_000),
    600,
    1_000_000,
)
ROUNDS = {2_600: 2, 26_000: 2}
# Transactions a customer and year; a million customers have fewer, so that they have 300 million, too.
TRANSACTIONS = {MILLION: 50}
CORES = "2"
# What the notebook makes, too.
OUTPUTS = ("surrogate", *(f"figure_{k}" for k in range(1, 7)))
DAY = 86_400
IMPORTS = (
    "numpy", "pandas", "pyarrow.parquet", "duckdb", "sklearn.linear_model", "matplotlib.pyplot",
    "keras", "snakemake.api",
)  # fmt: skip


@dataclass(frozen=True)
class Place:
    """Where the runs are: a folder with one for each number of customers."""

    folder: Path
    quick: bool
    peers: Path | None

    def of(self, customers: int) -> Path:
        """The folder of a run, with its config and raw files, which are simulated once."""
        folder = self.folder / str(customers)
        folder.mkdir(parents=True, exist_ok=True)
        rate = 60 if self.quick else TRANSACTIONS.get(customers, 200)
        config: dict[str, Any] = {
            "simulate": {"customers": customers, "transactions_per_year": rate}
        }
        if self.quick:
            config |= {"model": {"epochs": 10}, "elbow": {"units": [2, 3], "epochs": 3}}
        text = json.dumps(config)
        file = folder / "config.yaml"
        if not file.exists() or file.read_text() != text:
            file.write_text(text)
        return folder

    def snakemake(self, customers: int, *targets: str) -> Usage:
        """What a Snakemake on two cores takes."""
        folder = self.of(customers)
        command = [sys.executable, "-m", "snakemake", *targets, "--cores", CORES]
        command += ["--snakefile", str(ROOT / "Snakefile"), "--configfile", "config.yaml"]
        return run(command, folder, folder / "log.txt")


def raw_files(folder: Path) -> list[Path]:
    """The simulator's files, one a year."""
    return sorted(folder.glob("results/simulate/transactions_*.parquet"))


def read_through(files: list[Path]) -> None:
    """Read the files once, so that everybody finds them in memory."""
    for path in files:
        with path.open("rb") as file:
            while file.read(2**24):
                pass


def clear(folder: Path, raw: bool = False) -> None:
    """Take away what was computed, but the raw files, unless they are to go, too."""
    for path in folder.glob("results/*"):
        if path.is_file():
            path.unlink()
        elif raw or path.name not in ("simulate", "benchmarks", "logs"):
            shutil.rmtree(path)
    for path in folder.glob("results/benchmarks/*"):
        if not path.name.startswith("simulate"):
            path.unlink()
    (folder / "walls.json").unlink(missing_ok=True)


def walls(folder: Path, name: str, usage: Usage | None = None) -> dict[str, Any]:
    """What the commands of a run took so far, with one more."""
    file = folder / "walls.json"
    found: dict[str, Any] = json.loads(file.read_text()) if file.exists() else {}
    if usage:
        found[name] = asdict(usage)
        file.write_text(json.dumps(found))
    return found


def notebook(place: Place, customers: int) -> dict[str, Any]:
    """The notebook and our pipeline in turn, from the same raw files to the same outputs."""
    import pandas as pd
    import pyarrow.parquet as pq

    folder = place.of(customers)
    place.snakemake(customers, "simulate")
    raw = raw_files(folder)
    took: dict[str, list[dict[str, float]]] = {"notebook": [], "pipeline": []}
    for _ in range(1 if place.quick else ROUNDS.get(customers, 1)):
        out = folder / "notebook"
        shutil.rmtree(out, ignore_errors=True)
        read_through(raw)
        command = [sys.executable, str(ROOT / "benchmarks/notebook.py"), str(raw[0].parent)]
        quiet = {"TF_CPP_MIN_LOG_LEVEL": "3"}
        took["notebook"].append(
            asdict(run([*command, str(out)], folder, folder / "log.txt", quiet))
        )
        clear(folder)
        read_through(raw)
        usage = place.snakemake(customers, *OUTPUTS)
        walls(folder, "outputs", usage)
        took["pipeline"].append(asdict(usage))
    own = json.loads((out / "found.json").read_text())
    scores = pd.read_csv(folder / "results/surrogate/scores.csv")
    angles = scores.query(
        "family == 'linear' and start == 'zero' and split == 'test' and metric == 'r2' "
        "and target.isin(['azimuth', 'elevation'])"
    )
    metrics = json.loads((folder / "results/model/metrics.json").read_text())["r2"]
    worst = {
        "notebook": {
            "customers": own["customers"],
            "network_r2": min(own["network_r2"].values()),
            "linear_r2": min(own["surrogate_r2"]["linear"]),
        },
        "pipeline": {
            "customers": pq.read_metadata(folder / "results/tensors/spending.parquet").num_rows,
            "network_r2": min(one["value"] for one in metrics.values()),
            "linear_r2": float(angles["value"].min()),
        },
    }
    rows = sum(pq.read_metadata(path).num_rows for path in raw)
    return {"customers": customers, "rows": rows, "took": took, "found": worst}


def growth(place: Place, customers: int) -> dict[str, Any]:
    """Every rule's seconds and memory; goes on with the run of the notebook's part if that was the last."""
    import pyarrow.parquet as pq
    from benchmarks.resources import costs

    folder = place.of(customers)
    done = walls(folder, "outputs")
    if set(done) != {"outputs"}:
        clear(folder, raw=True)
        walls(folder, "outputs", place.snakemake(customers, *OUTPUTS))
    took = walls(folder, "all", place.snakemake(customers, "all"))
    return {
        "customers": customers,
        "rows": sum(pq.read_metadata(path).num_rows for path in raw_files(folder)),
        "raw_bytes": sum(path.stat().st_size for path in raw_files(folder)),
        "result_bytes": {
            path.name: sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
            for path in sorted((folder / "results").iterdir())
            if path.is_dir()
        },
        "took": took,
        "rules": costs(folder / "results"),
    }


def overhead(place: Place) -> dict[str, Any]:
    """Seconds of imports and of Snakemake's own work."""
    customers = QUICK if place.quick else NOTEBOOK[0]

    def best(command: list[str], cwd: Path) -> float:
        return min(run(command, cwd, place.folder / "log.txt").wall for _ in range(3))

    bare = best([sys.executable, "-c", "pass"], place.folder)
    imports = {
        name: best([sys.executable, "-c", f"import {name}"], place.folder) - bare
        for name in IMPORTS
    }
    folder = place.of(customers)
    plan = [sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile")]
    plan += ["--configfile", "config.yaml", "--cores", CORES]
    shards = lines(place, "workflow", "shards", "check")
    return {"python": bare, "imports": imports, "plan": best([*plan, "-n"], folder), **shards}


def lines(place: Place, name: str, *arguments: str, python: Path | None = None) -> dict[str, Any]:
    """What another script of this folder prints; a figure that it misses is no failure here."""
    command = [str(python or sys.executable), str(ROOT / f"benchmarks/{name}.py"), *arguments]
    begun = time.perf_counter()
    done = subprocess.run(command, cwd=place.folder, capture_output=True, text=True, check=False)
    said = done.stdout.strip().splitlines()
    if not said:
        raise SystemExit(done.stderr)
    shown = [
        "python",
        f"benchmarks/{name}.py",
        *(a.replace(f"{place.folder}/", "") for a in arguments),
    ]
    return {
        "command": " ".join(shown),
        "lines": said,
        "status": done.returncode,
        "seconds": time.perf_counter() - begun,
    }


def parts(place: Place) -> dict[str, Callable[[], dict[str, Any]]]:
    """Each part by its name."""
    sizes = (QUICK,) if place.quick else NOTEBOOK
    run_of = str(place.folder / str(QUICK if place.quick else 26_000) / "results")
    small = place.quick
    files = str(place.folder / "ingest")
    tiny = {"--parquet": "300000", "--csv": "100000", "--added": "300000", "--rounds": "1"}

    def finished(results: str) -> str:
        if not Path(results, "dynamics/fixed_points.parquet").exists():
            raise SystemExit(
                f"{results} is no finished run: first growth_{Path(results).parent.name}"
            )
        return results

    few = [text for pair in tiny.items() for text in pair] if small else []

    def explanations() -> dict[str, Any]:
        if place.peers is None:
            raise SystemExit("explanations: --peers is missing, the Python of envs/benchmarks.lock")
        own = [finished(run_of), "--all", "--customers", "50"]
        return lines(place, "explanations", *own, python=place.peers)

    found: dict[str, Callable[[], dict[str, Any]]] = {}
    for size in sizes:
        found[f"notebook_{size}"] = lambda size=size: notebook(place, size)  # type: ignore[misc]
        found[f"growth_{size}"] = lambda size=size: growth(place, size)  # type: ignore[misc]
    if not small:
        found[f"growth_{MILLION}"] = lambda: growth(place, MILLION)
    found["overhead"] = lambda: overhead(place)
    found["ingest"] = lambda: lines(place, "ingest", files, *few)
    rounds = ["--epochs", "5", "--rounds", "1"] if small else []
    found["training"] = lambda: lines(place, "training", finished(run_of), *rounds)
    found["fixed_points"] = lambda: lines(place, "fixed_points", finished(run_of))
    found["simulate"] = lambda: lines(place, "simulate", *(["600"] if small else []))
    found["explanations"] = explanations
    return found


def chosen(names: list[str], known: list[str], peers: bool, quick: bool = False) -> Iterator[str]:
    """The parts that were asked for, in their order.

    Parameters
    ----------
    quick : whether a name's number of customers does not matter, because all parts have the same few

    Raises
    ------
    SystemExit
        No part has such a name.
    """
    wanted: set[str] = set()
    for name in names:
        name = re.sub("[0-9]+$", "", name) if quick else name
        found = [name] if name in known else [part for part in known if part.startswith(name)]
        if not found:
            raise SystemExit(f"no part {name!r}; there are {', '.join(known)}")
        wanted |= set(found)
    slow = ({f"growth_{MILLION}"} | (set() if peers else {"explanations"})) & set(known)
    if not names and slow:
        print(f"left out: {', '.join(sorted(slow))}; name them to measure them, too", flush=True)
    for part in known:
        if part in wanted if names else part not in slow:
            yield part


def main() -> None:
    """Measure what was asked for, and write it down."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("parts", nargs="*", metavar="PART")
    parser.add_argument("--folder", type=Path, default=ROOT / ".benchmarks", help="of the runs")
    parser.add_argument("--quick", action="store_true", help="600 customers, nothing written down")
    parser.add_argument("--resume", action="store_true", help="skip what was measured today")
    parser.add_argument("--peers", type=Path, help="the Python of envs/benchmarks.lock")
    options = parser.parse_args()
    folder = options.folder.resolve() / ("quick" if options.quick else "")
    folder.mkdir(parents=True, exist_ok=True)
    place = Place(folder, options.quick, options.peers)
    known = parts(place)
    written = folder / "measured" if options.quick else MEASURED
    written.mkdir(exist_ok=True)
    for part in chosen(options.parts, list(known), bool(options.peers), options.quick):
        file = written / f"{part}.json"
        if options.resume and file.exists() and time.time() - file.stat().st_mtime < DAY:
            print(f"{part}: measured already", flush=True)
            continue
        where, begun = machine(), time.perf_counter()
        measured = known[part]()
        where["load_after"] = round(os.getloadavg()[0], 1)
        file.write_text(json.dumps({"machine": where, **measured}, indent=1) + "\n")
        print(f"{part}: {time.perf_counter() - begun:.0f} s, in {file}", flush=True)
        if not options.quick:
            write_documents(MEASURED, ROOT / "docs")


if __name__ == "__main__":
    main()
