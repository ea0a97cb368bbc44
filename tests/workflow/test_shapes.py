"""Runs of other numbers of units, traits, classes and steps than the defaults', from the raw rows to the cards."""

from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest
from in_process import run_whole
from shaped_run import CUSTOMERS, HOSTILE, prepare
from small_run import kept

from spendscape.explanation.cells import cover_count
from spendscape.explanation.chart import angle_names


@pytest.mark.parametrize(
    ("units", "traits", "classes", "steps"),
    [(1, 2, 2, 1), HOSTILE, (1, 1, 3, 2), (3, 1, 2, 1)],
)
def test_a_run_of_any_shape_goes_through_and_says_what_needs_more(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    units: int,
    traits: int,
    classes: int,
    steps: int,
) -> None:
    # The one with hostile names is for the tests in a browser, too.
    hostile = (units, traits, classes, steps) == HOSTILE
    folder = kept("hostile", tmp_path) if hostile else tmp_path
    config = prepare(folder, units, traits, classes, steps, hostile)
    results = run_whole(folder, config, monkeypatch)
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
        # One unit has a picture of its own: an interval, not a plane or a space.
        assert "needs 2 units" not in drawn, name
        own = "hidden state" if units == 1 else "hidden state 1"
        assert f"<!-- {own} -->" in drawn or name in ("figure_2", "flow"), name
    pairs = (results / "figures/figure_5.svg").read_text()
    assert ("This figure needs 2 traits; this run has 1." in pairs) == (traits == 1)
    for page in ("summary", "surrogate"):
        said = (results / f"report/{page}.html").read_text()
        assert ("needs 2 units" in said) == (units == 1), page
    for page in ("stability", "decisions"):
        said = (results / f"report/{page}.html").read_text()
        assert ("needs 2 traits" in said) == (traits == 1), page
    cards = list((results / "explain").glob("*.html"))
    assert len(cards) == 2
    for card in cards:
        assert ("needs 2 units" in card.read_text()) == (units == 1)
