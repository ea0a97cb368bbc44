"""Runs of other numbers of units, traits, classes and steps than the defaults', from the raw rows to the cards."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from in_process import run_whole

from spendscape.explanation.cells import cover_count
from spendscape.explanation.chart import angle_names

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


def prepare(folder: Path, units: int, traits: int, classes: int, steps: int) -> dict[str, Any]:
    """Monthly postings of some years, a table of coefficients, and the config that reads them."""
    random = np.random.default_rng(traits + 10 * classes)
    names = [f"class {k}" for k in range(classes)]
    taste = np.exp(random.normal(0, 0.6, (CUSTOMERS, 1, classes)))
    money = taste * np.exp(random.normal(0, 0.2, (CUSTOMERS, 12 * steps, classes)))
    months = [f"{2020 + k // 12}-{k % 12 + 1:02d}-15" for k in range(12 * steps)]
    rows = [
        f"c{n},{month},{names[c]},{money[n, k, c]:.2f}"
        for n in range(CUSTOMERS)
        for k, month in enumerate(months)
        for c in range(classes)
    ]
    (folder / "rows.csv").write_text("\n".join(["customer_id,booked,class,amount", *rows]) + "\n")
    published = random.normal(0, 1, (classes, traits)).round(2)
    table = [
        f"{name},{','.join(map(str, row))}" for name, row in zip(names, published, strict=True)
    ]
    head = ",".join(["class", *(f"trait {k}" for k in range(traits))])
    (folder / "coefficients.csv").write_text("\n".join([head, *table]) + "\n")
    window = {"long": {"steps": steps}, "recent": {"steps": steps, "months_per_step": 2}}
    return COSTS_LITTLE | {
        "ingest": {"files": ["rows.csv"], "taxonomy": None},
        "tensors": window,
        "model": {"units": units, "epochs": 4},
    }


@pytest.mark.parametrize(
    ("units", "traits", "classes", "steps"),
    [(1, 2, 2, 1), (2, 3, 3, 2), (1, 1, 3, 2), (3, 1, 2, 1)],
)
def test_a_run_of_any_shape_goes_through_and_says_what_needs_more(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    units: int,
    traits: int,
    classes: int,
    steps: int,
) -> None:
    results = run_whole(tmp_path, prepare(tmp_path, units, traits, classes, steps), monkeypatch)
    claims = pd.read_csv(results / "claims.csv").set_index("id")["ours"]
    angles = claims["linear_reproduces_directions"]
    assert (angles == "not measured: needs 2 units") == (units == 1)
    apart = claims["directions_separate_level_1"]
    assert apart.startswith("not measured: needs 2 traits") == (traits == 1)
    directions = pq.read_schema(results / "surrogate/directions_long.parquet").names
    assert [name for name in directions if name in ("azimuth", "elevation")] == angle_names(units)
    segments = pd.read_parquet(results / "segments/segments.parquet")
    assert [name for name in segments.columns if name.startswith("level_")] == [
        f"level_{k + 1}" for k in range(traits)
    ]
    assert segments["border_degrees"].isna().all() == (units == 1 or traits == 1)
    assert segments["behind"].isna().all() == (traits == 1)
    cells = pd.read_csv(results / "segments/cells.csv")
    orders = cells[cells["level"] == traits]
    assert orders["customers"].sum() == len(segments) == CUSTOMERS
    assert 1 <= orders["exists"].sum() <= cover_count(traits, units)
    for name in ("figure_1", "figure_2", "figure_3", "figure_4", "figure_6", "flow"):
        drawn = (results / f"figures/{name}.svg").read_text()
        assert ("This figure needs 2 units; this run has 1." in drawn) == (units == 1), name
    pairs = (results / "figures/figure_5.svg").read_text()
    assert ("This figure needs 2 traits; this run has 1." in pairs) == (traits == 1)
    for page in ("summary", "surrogate"):
        said = (results / f"report/{page}.html").read_text()
        assert ("needs 2 units" in said) == (units == 1), page
    for page in ("stability", "decisions"):
        said = (results / f"report/{page}.html").read_text()
        assert ("needs 2 traits" in said) == (traits == 1), page
    cards = list((results / "explain").glob("c*.html"))
    assert len(cards) == 2
    for card in cards:
        assert ("needs 2 units" in card.read_text()) == (units == 1)
