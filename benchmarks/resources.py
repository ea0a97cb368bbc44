"""What each rule took in a finished run, as a profile's `set-resources`: python benchmarks/resources.py [results].

Memory is one and a half times the largest peak of the rule's jobs, and Snakemake's own beside it; a
second and third attempt get two and three times as much. Run it on a run of your own size.
"""

import csv
import math
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
# Snakemake itself inside a cluster job, in megabytes, and the least that is worth a request.
SNAKEMAKE, LEAST = 150, 1000


def peaks(results: Path) -> dict[str, float]:
    """The largest resident memory of each rule's jobs, in megabytes."""
    text = "\n".join(path.read_text() for path in sorted((ROOT / "rules").glob("*.smk")))
    found: dict[str, float] = {}
    rule = ""
    for line in text.splitlines():
        if start := re.match(r" *(?:rule|checkpoint|use rule \w+ as) (\w+)", line):
            rule = start[1]
        if name := re.match(r'\s+"<benchmarks>/(.+)\.tsv"', line):
            for path in (results / "benchmarks").glob(re.sub(r"{\w+}", "*", name[1]) + ".tsv"):
                rows = list(csv.DictReader(path.open(), delimiter="\t"))
                # Psutil samples; a job shorter than a sample has no figure.
                peak = max(
                    (float(row["max_rss"]) for row in rows if row["max_rss"] != "NA"), default=0
                )
                found[rule] = max(found.get(rule, 0), peak)
    return found


def main() -> None:
    """Print the block."""
    print("set-resources:")
    for rule, peak in sorted(peaks(Path(sys.argv[1] if len(sys.argv) > 1 else "results")).items()):
        megabytes = max(LEAST, math.ceil((1.5 * peak + SNAKEMAKE) / 100) * 100)
        print(f'  {rule}: {{mem_mb: "{megabytes} * attempt"}}')


if __name__ == "__main__":
    main()
