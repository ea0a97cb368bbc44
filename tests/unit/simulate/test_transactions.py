"""Transactions show what the truth plants, in the same bytes each time."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from simulated import CODE_TABLE, CODES, TAXONOMY, World, built, digest, drawn

from spendscape.core.errors import DataError
from spendscape.core.parquet import tensor_values
from spendscape.ingest.classes import ClassRules
from spendscape.ingest.columns import Columns, Reading
from spendscape.ingest.ingest import ingest
from spendscape.simulate.population import BLOCK
from spendscape.simulate.transactions import SCHEMA, transactions
from spendscape.simulate.truth import truth


def test_the_same_seed_gives_the_same_bytes_in_any_order_of_years(tmp_path: Path) -> None:
    model = built(customers=300, years=3, transactions_per_year=40)
    years = range(model.knobs.first_year, model.last_year + 1)
    first = {year: digest(model, year, tmp_path) for year in years}
    again = built(customers=300, years=3, transactions_per_year=40)
    assert {year: digest(again, year, tmp_path) for year in reversed(years)} == first
    assert len(set(first.values())) == 3
    other = built(seed=21, customers=300, years=3, transactions_per_year=40)
    assert digest(other, years[0], tmp_path) != first[years[0]]
    assert truth(model).equals(truth(again), check_metadata=True)


def test_movers_change_nothing_before_the_last_year(tmp_path: Path) -> None:
    knobs: dict[str, Any] = {"customers": 300, "years": 2, "transactions_per_year": 30}
    none, many = built(movers=0, **knobs), built(movers=0.5, **knobs)
    first, last = none.knobs.first_year, none.last_year
    assert digest(none, first, tmp_path) == digest(many, first, tmp_path)
    assert digest(none, last, tmp_path) != digest(many, last, tmp_path)
    assert truth(none)["moved"].null_count == 300


def test_years_are_drawn_anew_even_when_nothing_changes() -> None:
    model = built(customers=300, years=2, yearly_drift=0, yearly_noise=0, movers=0)
    one, two = (drawn(model, year)["amount"].to_numpy()[:1000] for year in (2019, 2020))
    assert (one == two).mean() < 0.1


def test_rows_are_a_banks(world: World) -> None:
    model, planted, _, _ = world
    year = drawn(model, 2020)
    assert year.schema == SCHEMA
    frame = year.to_pandas()
    assert frame.drop(columns="merchant_category_code").notna().all(axis=None)
    assert set(frame["currency"]) == {"EUR"}
    assert frame["transaction_id"].is_unique and frame["transaction_id"].is_monotonic_increasing
    booked = pd.to_datetime(frame["booked"])
    # 2020 has a 29 February.
    assert set(booked.dt.day_of_year) == set(range(1, 367)) and set(booked.dt.year) == {2020}
    assert set(frame["class"]) <= set(model.classes)
    cents = frame["amount"] * 100
    np.testing.assert_allclose(cents, cents.round(), atol=1e-6)
    assert (frame["amount"].abs() >= 0.01).all()
    order = booked.dt.month * 10_000 + frame["customer_id"].astype(str).str[1:].astype(int)
    assert order.is_monotonic_increasing
    ids = planted["customer_id"].to_pylist()
    assert ids == sorted(ids) and ids[0] == "C0000001" and set(frame["customer_id"]) <= set(ids)


def test_a_row_has_a_code_of_its_class_where_there_is_one(world: World) -> None:
    model, planted, _, _ = world
    frame = drawn(model, 2020).to_pandas()
    code = frame["merchant_category_code"].astype("string")
    assert set(frame["class"][code.isna()]) == set(model.classes) - set(CODES)
    known = frame[code.notna()]
    found = code[code.notna()].unique()
    meant = known["merchant_category_code"].map({name: CODE_TABLE.lookup(name) for name in found})
    assert (meant.astype(str) == known["class"].astype(str)).all()
    assert all(len(name) == 4 for name in found) and any(name.startswith("0") for name in found)
    # Every code of a class is as likely as the others.
    groceries = code[frame["class"] == "groceries"].value_counts()
    assert set(groceries.index) == set(CODES["groceries"])
    assert np.abs(groceries / groceries.mean() - 1).max() < 6 / np.sqrt(groceries.mean())
    # They have random numbers of their own: without codes all else is the same.
    plain = pa.concat_tables(transactions(model, planted, 2020)).unify_dictionaries()
    assert plain["merchant_category_code"].null_count == len(plain)
    columns = ["transaction_id", "customer_id", "booked", "class", "amount", "currency"]
    assert plain.select(columns).equals(drawn(model, 2020).select(columns))


def test_ingesting_by_code_gives_the_classes_that_were_simulated(tmp_path: Path) -> None:
    model = built(customers=300, years=1)
    path = str(tmp_path / "rows.parquet")
    pq.write_table(drawn(model, model.last_year), path)

    def monthly(column: str, **rules: Any) -> tuple[dict[str, Any], pd.DataFrame]:
        out, work = tmp_path / column, tmp_path / f"{column}.work"
        out.mkdir()
        work.mkdir()
        ledger = ingest(
            {"rows.parquet": path}, Reading(columns=Columns(category=column)),
            ClassRules(taxonomy=model.classes, **rules),
            str(out / "monthly.parquet"), str(out / "quarantine.parquet"), str(work),
        )  # fmt: skip
        return ledger, pq.read_table(out / "monthly.parquet").to_pandas().astype({"class": str})

    by_code, found = monthly("merchant_category_code", class_table=CODE_TABLE, unmapped="exclude")
    by_class, wanted = monthly("class")
    wanted = wanted[wanted["class"].isin(list(CODES))].reset_index(drop=True)
    pd.testing.assert_frame_equal(found, wanted)
    lost = by_class["total"]["accepted"]["rows"] - by_code["total"]["accepted"]["rows"]
    assert lost == drawn(model, model.last_year)["merchant_category_code"].null_count > 0


def test_counts_and_refunds_are_those_asked_for(world: World) -> None:
    model, _, _, counts = world
    asked = model.knobs.transactions_per_year
    # Activity is log-normal: the mean of 800 customers lies within four standard errors.
    error = asked * np.sqrt(np.expm1(model.knobs.activity_spread**2) / 800 + 1 / (asked * 800 * 6))
    assert abs(counts.mean() - asked) < 4 * error
    persons = np.log(counts.mean(axis=1)).std()
    assert persons == pytest.approx(model.knobs.activity_spread, rel=0.15)
    refunds = (drawn(model, 2021)["amount"].to_numpy() < 0).mean()
    assert refunds == pytest.approx(model.knobs.refunds, abs=0.003)


def test_amounts_follow_the_tickets() -> None:
    model = built(customers=500, years=1, taste=0.01, income_spread=0, refunds=0)
    frame = drawn(model, model.last_year).to_pandas()
    amounts = frame.groupby("class", observed=True)["amount"]
    means = amounts.mean().reindex(model.classes).to_numpy()
    errors = (amounts.std() / np.sqrt(amounts.count())).reindex(model.classes).to_numpy()
    assert (np.abs(means - model.tickets) < 5 * errors + 0.01).all()


def test_without_tastes_spending_is_the_shares() -> None:
    everyone = TAXONOMY.drop(columns=["users", "household"])
    still: dict[str, Any] = {
        "taste": 0.01,
        "own_taste": 0,
        "yearly_noise": 0,
        "season": 0,
        "concentration": 1,
    }
    model = built(taxonomy=everyone, customers=6000, years=1, refunds=0, **still)
    np.testing.assert_allclose(model.shares, TAXONOMY["share"], atol=1e-12)
    frame = drawn(model, model.last_year).to_pandas()
    spend = frame.groupby("class", observed=True)["amount"].sum().reindex(model.classes)
    assert np.abs(spend / spend.sum() - model.shares).max() < 0.002


def test_yearly_fractions_differ_between_customers_as_on_real_panels(world: World) -> None:
    """maths §7 and the calibration: persistence of a class's fraction, and of the year's label."""
    model, planted, fractions, _ = world
    stays = fractions[~planted["mover"].to_numpy()]
    between = (
        stays.mean(axis=1).var(axis=0).sum() / stays.reshape(-1, stays.shape[2]).var(axis=0).sum()
    )
    # The diary has 0.40, card clients 0.89 (docs/explanation/simulator.md).
    assert 0.60 < between < 0.85
    traits = stays @ model.coefficients
    center = traits.mean(axis=1)
    labels = ((traits - center.mean(axis=0)) / center.std(axis=0)).argmax(axis=2)
    assert 0.68 < (labels[:, 1:] == labels[:, :-1]).mean() < 0.84


def test_those_who_join_or_leave_pay_nothing_before_or_after() -> None:
    model = built(customers=400, years=2, short_histories=0.5, transactions_per_year=100)
    frame = truth(model).to_pandas(ignore_metadata=True).set_index("customer_id")
    joined, left = pd.to_datetime(frame["joined"]), pd.to_datetime(frame["left"])
    assert (joined.notna() | left.notna()).mean() == pytest.approx(0.5, abs=0.1)
    assert not (joined.notna() & left.notna()).any()
    for year in (2019, 2020):
        rows = drawn(model, year).to_pandas()
        who, booked = rows["customer_id"].astype(str), pd.to_datetime(rows["booked"])
        assert not (booked < who.map(joined)).any() and not (booked >= who.map(left)).any()


def test_amounts_grow_with_prices_and_incomes() -> None:
    model = built(customers=500, years=2, inflation=0.1, income_growth=0.2, refunds=0)
    first, second = (
        drawn(model, year).to_pandas().query("`class` == 'groceries'")["amount"].mean()
        for year in (2019, 2020)
    )
    assert second / first == pytest.approx(1.1 * 1.2, rel=0.04)


def test_any_classes_any_traits_and_more_than_one_block() -> None:
    rng = np.random.default_rng(3)
    names = list("abcdefg")
    taxonomy = pd.DataFrame({"class": names, "share": rng.dirichlet([3] * 7), "ticket": 20.0})
    coefficients = pd.DataFrame(rng.normal(size=(5, 4)), columns=["p", "q", "r", "s"])
    coefficients.insert(0, "class", names[:5])
    total = BLOCK + 100
    model = built(
        taxonomy=taxonomy,
        coefficients=coefficients,
        customers=total,
        years=1,
        transactions_per_year=20,
        label_rank=2,
    )
    planted = truth(model)
    assert tensor_values(planted["tastes_before"]).shape == (total, 2)
    assert tensor_values(planted["traits_before"]).shape == (total, 4)
    blocks = list(transactions(model, planted, model.last_year))
    assert len(blocks) == 2
    frame = pa.concat_tables(blocks).unify_dictionaries().to_pandas()
    assert frame["transaction_id"].is_unique and set(frame["class"]) == set(names)
    ids = planted["customer_id"].to_pylist()
    counts = frame["customer_id"].astype(str).value_counts()
    assert set(counts.index) <= set(ids) and len(counts) > 0.99 * total
    later = frame["customer_id"].astype(str).iloc[len(blocks[0]) :]
    assert set(later) <= set(ids[BLOCK:])


def test_a_year_outside_is_refused() -> None:
    model = built(customers=300)
    with pytest.raises(DataError, match="the year 2031 was asked for; the years are 2019 to 2024"):
        next(transactions(model, truth(model), 2031))
