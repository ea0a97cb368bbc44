"""Small runs of any number of units, traits, classes and steps, from raw rows that are made here."""

import csv
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from in_process import run_whole

COSTS_LITTLE: dict[str, Any] = {
    "source": "files",
    "elbow": {"units": [1], "seeds": 1, "epochs": 1},
    "ensemble": {"seeds": 1, "bootstrap": 5},
    "surrogate": {"bootstrap": 5},
    "dynamics": {"bootstrap": 5},
    "segments": {"bootstrap": 5},
    "traits": {"coefficients": "coefficients.csv", "minimum_customers": 50},
}
CUSTOMERS = 240
# The numbers of units, traits, classes and steps of the run with hostile names.
HOSTILE = (2, 4, 6, 2)
IMAGE = "<img src=x onerror=alert(1)>"
# Markup, formulas, long, right to left, in scripts without spaces.
HARD = (
    IMAGE,
    "$y^2$ cost $_$ x",
    "a name of more than eighty characters, " * 2 + "and no less",
    "كرم وسخاء",
    "食料品と日用品",
    "</script>\"'&amp;",
)


def prepare(
    folder: Path, units: int, traits: int, classes: int, steps: int, hostile: bool = False
) -> dict[str, Any]:
    """Monthly postings of some years, a table of coefficients, and the config that reads them.

    Parameters
    ----------
    hostile : the names of classes, traits, customers, an attribute and its groups are those in `HARD`
    """
    random = np.random.default_rng(traits + 10 * classes)
    names = [HARD[k] if hostile else f"class {k}" for k in range(classes)]
    trait_names = [f"{HARD[-1 - k]} {k}" if hostile else f"trait {k}" for k in range(traits)]
    ids = [f"{IMAGE}{n}" if hostile else f"c{n}" for n in range(CUSTOMERS)]
    taste = np.exp(random.normal(0, 0.6, (CUSTOMERS, 1, classes)))
    money = taste * np.exp(random.normal(0, 0.2, (CUSTOMERS, 12 * steps, classes)))
    months = [f"{2020 + k // 12}-{k % 12 + 1:02d}-15" for k in range(12 * steps)]
    rows = [
        (ids[n], month, names[c], f"{money[n, k, c]:.2f}")
        for n in range(CUSTOMERS)
        for k, month in enumerate(months)
        for c in range(classes)
    ]
    _write(folder / "rows.csv", ("customer_id", "booked", "class", "amount"), rows)
    published = random.normal(0, 1, (classes, traits)).round(2)
    table = [(name, *row) for name, row in zip(names, published, strict=True)]
    _write(folder / "coefficients.csv", ("class", *trait_names), table)
    window = {"long": {"steps": steps}, "recent": {"steps": steps, "months_per_step": 2}}
    config = COSTS_LITTLE | {
        "ingest": {"files": ["rows.csv"], "taxonomy": None},
        "tensors": window,
        "model": {"units": units, "epochs": 4},
    }
    if hostile:
        _write(
            folder / "people.csv",
            ("customer_id", HARD[0]),
            [(name, HARD[n % 2]) for n, name in enumerate(ids)],
        )
        config["audit"] = {"table": "people.csv", "attributes": [HARD[0]]}
    return config


def _write(path: Path, head: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([head, *rows])


if __name__ == "__main__":
    # The run with hostile names, in the folder that is given.
    given = Path(sys.argv[1])
    with pytest.MonkeyPatch.context() as patch:
        run_whole(given, prepare(given, *HOSTILE, hostile=True), patch)
