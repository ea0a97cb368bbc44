"""Simulated transactions look like real panels' (docs/explanation/simulator.md), within stated tolerances."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from spendscape.config.simulate import Simulate
from spendscape.core.errors import DataError
from spendscape.simulate import realism
from spendscape.simulate.population import build
from spendscape.simulate.transactions import transactions
from spendscape.simulate.truth import truth

ROOT = Path(__file__).parents[3]
CARDS = ROOT.parent / "shared/data/cards"
TARGETS = pd.read_csv(ROOT / "config/calibration.csv", comment="#")
TAXONOMY = pd.read_csv(ROOT / "config/taxonomy/classes.csv", comment="#")


def rows(*entries: tuple[str, int, str, float]) -> pd.DataFrame:
    return pd.DataFrame(entries, columns=realism.COLUMNS)


@pytest.fixture(scope="module")
def simulated() -> dict[str, float]:
    knobs: Any = Simulate(customers=1500)
    coefficients = pd.read_csv(ROOT / "config/coefficients/illustrative_big_five.csv", comment="#")
    model = build(knobs, 20, TAXONOMY, coefficients)
    planted, sums = truth(model), []
    years = range(knobs.first_year, model.last_year + 1)
    for year in years:
        blocks = pa.concat_tables(transactions(model, planted, year)).unify_dictionaries()
        frame = blocks.to_pandas().rename(columns={"customer_id": "customer"})
        sums.append(realism.summarise(frame.assign(year=year)))
    return realism.figures(pd.concat(sums), model.classes, years)


def test_the_default_simulation_is_inside_every_tolerance(simulated: dict[str, float]) -> None:
    table = realism.compare(simulated, TARGETS)
    assert len(table) >= 6
    assert table["inside"].all(), table[~table["inside"]].to_string()


def test_figures_of_a_panel_that_can_be_done_by_hand() -> None:
    # Two customers, two years, two classes and one unused.
    panel = rows(
        ("p", 1, "a", 30), ("p", 1, "a", 10), ("p", 2, "a", 45), ("p", 2, "a", -5),
        ("q", 1, "b", 40), ("q", 2, "b", 40), ("only once", 1, "a", 1),
    )  # fmt: skip
    found = realism.figures(realism.summarise(panel), list("abc"), [1, 2], largest=1)
    assert found["share_between_customers"] == pytest.approx(1)
    assert found["zero_share"] == pytest.approx(8 / 12)
    assert found["transactions"] == pytest.approx(1.5)
    assert found["refund_share"] == pytest.approx(1 / 6)
    assert found["concentration"] == pytest.approx(0.5)
    assert found["spend_spread"] == pytest.approx(0, abs=1e-12)
    assert found["activity_spread"] == pytest.approx(np.log(2) / 2)
    assert found["overdispersion"] == 0


def test_years_as_different_as_persons_leave_one_part_in_t() -> None:
    fractions = np.random.default_rng(1).dirichlet([1] * 5, (4000, 4))
    assert realism.share_between(fractions) == pytest.approx(1 / 4, abs=0.01)


def test_a_rate_that_stays_gives_poisson_counts() -> None:
    rng = np.random.default_rng(2)
    counts = rng.poisson(5, (800, 6))
    who, year = np.divmod(np.repeat(np.arange(counts.size), counts.ravel()), 6)
    panel = pd.DataFrame({"customer": who, "year": year, "class": "a", "amount": 1.0})
    found = realism.figures(realism.summarise(panel), ["a"], range(6))
    assert found["overdispersion"] == pytest.approx(1, abs=0.08)


def test_mistakes_are_named() -> None:
    with pytest.raises(DataError, match="no column 'amount'"):
        realism.summarise(rows(("p", 1, "a", 1)).drop(columns="amount"))
    sums = realism.summarise(rows(("p", 1, "a", 1)))
    with pytest.raises(DataError, match="1 classes are not listed, such as 'a'"):
        realism.figures(sums, ["b"], [1])
    with pytest.raises(DataError, match="no customer spent in each of 2 years"):
        realism.figures(sums, ["a"], [1, 2])


@pytest.mark.skipif(not CARDS.is_dir(), reason="the shared card data are not here")
def test_the_figures_of_real_card_clients_are_those_of_the_table() -> None:
    codes = pd.read_csv(
        ROOT / "config/taxonomy/merchant_category_codes.csv",
        comment="#", dtype=str, keep_default_na=False,
    )  # fmt: skip
    # A range stands for the codes without a row of their own.
    ranges = codes["category"].str.contains("-")
    meant: dict[int, str] = {}
    for category, name in codes.loc[ranges, ["category", "class"]].to_numpy():
        first, last = map(int, category.split("-"))
        meant |= dict.fromkeys(range(first, last + 1), name)
    single = codes.loc[~ranges]
    meant |= dict(zip(single["category"].astype(int), single["class"], strict=True))
    frames = [
        pd.read_csv(path).assign(customer=path.stem) for path in sorted(CARDS.glob("client_*.csv"))
    ]
    frame = pd.concat(frames)
    frame["class"] = frame["mcc"].astype(int).map(meant).fillna("")
    frame["year"] = pd.to_datetime(frame["date"]).dt.year
    sums = realism.summarise(frame[frame["class"] != ""])
    found = realism.figures(sums, TAXONOMY["class"].tolist(), range(2013, 2019))
    assert found["share_between_customers"] == pytest.approx(0.907, abs=0.005)
    assert found["zero_share"] == pytest.approx(0.667, abs=0.005)
    assert found["refund_share"] == pytest.approx(0.055, abs=0.002)
    assert found["overdispersion"] == pytest.approx(1.28, abs=0.02)
