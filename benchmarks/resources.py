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


def peak(path: Path) -> float:
    """The largest resident memory of a job, in megabytes; 0 for one too short to be measured."""
    with path.open() as file:
        return max(
            (
                float(row["max_rss"])
                for row in csv.DictReader(file, delimiter="\t")
                if row["max_rss"] != "NA"
            ),
            default=0,
        )


def peaks(results: Path) -> dict[str, float]:
    """The largest peak of each row of the table."""
    patterns = {
        rule.name: re.compile(regex_from_filepattern(Path(str(rule.benchmark)).name))
        for kind in rules().values()
        for rule in kind.values()
    }
    found: dict[str, float] = {}
    for path in sorted(results.glob("benchmarks/*.tsv")):
        for rule, pattern in patterns.items():
            if pattern.fullmatch(path.name):
                name = "figures" if rule in FIGURES else rule
                found[name] = max(found.get(name, 0), peak(path))
    return found


def main() -> None:
    """Print the rows, or write them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("results", nargs="?", default="results", type=Path)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    text = TABLE.read_text()
    asked = yaml.safe_load(text)
    for name, value in sorted(peaks(options.results).items()):
        megabytes = max(LEAST, math.ceil((1.5 * value + SNAKEMAKE) / 100) * 100)
        print(f"{name}: {megabytes} MB, asks for {asked[name]['mem_mb']}")
        text = re.sub(rf"(?m)^({name}: {{mem_mb: )\d+", rf"\g<1>{megabytes}", text)
    if options.write:
        TABLE.write_text(text)


if __name__ == "__main__":
    main()
