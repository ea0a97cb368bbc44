"""What each rule took in a finished run, beside what it asks for: python benchmarks/resources.py [results] [--write].

Memory is one and a half times the largest peak of the rule's jobs, and Snakemake's own beside it; a
second and third attempt get two and three times as much. --write puts it into rules/resources.yaml,
for the rules that ran; run it on a run of your own size.
"""

import argparse
import csv
import math
import re
import sys
from pathlib import Path

import yaml
from snakemake.io import regex_from_filepattern

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "workflow"), str(ROOT / "tests/workflow")]

from plans import rules  # noqa: E402

from spendscape.running.figure_table import FIGURES  # noqa: E402

TABLE = ROOT / "rules/resources.yaml"
# Snakemake itself inside a cluster job, in megabytes, and the least that is worth a request.
SNAKEMAKE, LEAST = 150, 1000


def costs(results: Path) -> dict[str, dict[str, float]]:
    """What the jobs of each row of the table took: their number, seconds, processor seconds, and the largest peak in MB.

    A job too short to be measured has no peak and no processor seconds; those count as 0.
    """
    patterns = {
        rule.name: re.compile(regex_from_filepattern(Path(str(rule.benchmark)).name))
        for kind in rules().values()
        for rule in kind.values()
    }
    found: dict[str, dict[str, float]] = {}
    for path in sorted(results.glob("benchmarks/*.tsv")):
        with path.open() as file:
            rows = list(csv.DictReader(file, delimiter="\t"))
        for rule, pattern in patterns.items():
            if pattern.fullmatch(path.name):
                name = "figures" if rule in FIGURES else rule
                own = found.setdefault(name, {"jobs": 0, "seconds": 0, "cpu": 0, "peak": 0})
                own["jobs"] += 1
                own["seconds"] += sum(float(row["s"]) for row in rows)
                own["cpu"] += sum(_number(row["cpu_time"]) for row in rows)
                own["peak"] = max(own["peak"], *(_number(row["max_rss"]) for row in rows))
    return found


def _number(text: str) -> float:
    return 0.0 if text == "NA" else float(text)


def main() -> None:
    """Print the rows, or write them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("results", nargs="?", default="results", type=Path)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    text = TABLE.read_text()
    asked = yaml.safe_load(text)
    for name, cost in sorted(costs(options.results).items()):
        megabytes = max(LEAST, math.ceil((1.5 * cost["peak"] + SNAKEMAKE) / 100) * 100)
        print(f"{name}: {megabytes} MB, asks for {asked[name]['mem_mb']}")
        text = re.sub(rf"(?m)^({name}: {{mem_mb: )\d+", rf"\g<1>{megabytes}", text)
    if options.write:
        TABLE.write_text(text)


if __name__ == "__main__":
    main()
