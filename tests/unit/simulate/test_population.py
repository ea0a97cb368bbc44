"""The simulator: what it plants is what its transactions show."""

import hashlib
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from spendscape.config.simulate import Simulate
from spendscape.core.errors import DataError
from spendscape.core.parquet import names_of, tensor_values
from spendscape.ingest.class_tables import codes_by_class, read_class_table
from spendscape.ingest.classes import ClassRules
from spendscape.ingest.columns import Columns, Reading
from spendscape.ingest.ingest import ingest
from spendscape.simulate import population as simulate

CONFIG = Path(__file__).parents[3] / "config"
TAXONOMY = pd.read_csv(CONFIG / "taxonomy/classes.csv", comment="#")
COEFFICIENTS = pd.read_csv(CONFIG / "coefficients/illustrative_big_five.csv", comment="#")
CODE_TABLE = read_class_table(str(CONFIG / "taxonomy/merchant_category_codes.csv"), "codes")
CODES = codes_by_class(CODE_TABLE)


def built(seed=20, taxonomy=TAXONOMY, coefficients=COEFFICIENTS, **knobs):
    return simulate.build(Simulate(**knobs), seed, taxonomy, coefficients)


def drawn(model, year):
    plan = simulate.truth(model).select(simulate.PLAN)
    return pa.concat_tables(simulate.transactions(model, plan, year, CODES)).unify_dictionaries()


def digest(model, year, folder):
    path = folder / f"{year}.parquet"
    plan = simulate.truth(model).select(simulate.PLAN)
    with pq.ParquetWriter(path, simulate.SCHEMA, **simulate.PARQUET) as writer:
        for block in simulate.transactions(model, plan, year, CODES):
            writer.write_table(block)
    return hashlib.sha256(path.read_bytes()).hexdigest()


def yearly(model):
    """Fractions [N, T, C] and transactions [N, T] of all years."""
    customers, classes = model.knobs.customers, len(model.classes)
    names = {name: place for place, name in enumerate(model.classes)}
    fractions, counts = [], []
    for year in range(model.knobs.first_year, model.last_year + 1):
        frame = drawn(model, year).to_pandas()
        who = frame["customer_id"].astype(str).str[1:].astype(int).to_numpy() - 1
        place = who * classes + frame["class"].astype(str).map(names).to_numpy()
        spend = np.bincount(place, frame["amount"], customers * classes).clip(min=0)
        spend = spend.reshape(customers, classes)
        fractions.append(spend / spend.sum(axis=1, keepdims=True))
        counts.append(np.bincount(who, minlength=customers))
    return np.stack(fractions, axis=1), np.stack(counts, axis=1)


def standard(values):
    return (values - values.mean(axis=0)) / values.std(axis=0)


@pytest.fixture(scope="module")
def world():
    model = built(customers=800, transactions_per_year=150, short_histories=0)
    return model, simulate.truth(model), *yearly(model)


def test_the_tables_are_those_of_the_study():
    assert len(TAXONOMY) == TAXONOMY["class"].nunique() == 97
    assert TAXONOMY["share"].sum() == pytest.approx(1, abs=1e-12)
    values = COEFFICIENTS.set_index("class")
    assert (values != 0).any(axis=1).sum() == len(values) == 61
    assert set(values.index) <= set(TAXONOMY["class"])
    assert "ILLUSTRATIVE" in (CONFIG / "coefficients/illustrative_big_five.csv").read_text()


@pytest.mark.parametrize(
    ("trait", "sign", "classes"),
    [
        ("extraversion", 1, "pubs airlines travel_agencies entertainment"),
        ("extraversion", -1, "home_insurance accountant_fees"),
        ("neuroticism", 1, "gambling traffic_fines"),
        ("neuroticism", -1, "stationery hotels"),
        ("openness", 1, "entertainment hair_and_beauty"),
        ("openness", -1, "residential_mortgage traffic_fines"),
        ("conscientiousness", 1, "home_insurance health fitness"),
        ("conscientiousness", -1, "pubs"),
        ("agreeableness", 1, "charities pets"),
        ("agreeableness", -1, "gambling traffic_fines"),
    ],
)
def test_signs_follow_the_sources(trait, sign, classes):
    assert (np.sign(COEFFICIENTS.set_index("class").loc[classes.split(), trait]) == sign).all()


def test_the_same_seed_gives_the_same_bytes_in_any_order_of_years(tmp_path):
    model = built(customers=300, years=3, transactions_per_year=40)
    years = range(model.knobs.first_year, model.last_year + 1)
    first = {year: digest(model, year, tmp_path) for year in years}
    again = built(customers=300, years=3, transactions_per_year=40)
    assert {year: digest(again, year, tmp_path) for year in reversed(years)} == first
    assert len(set(first.values())) == 3
    other = built(seed=21, customers=300, years=3, transactions_per_year=40)
    assert digest(other, years[0], tmp_path) != first[years[0]]
    assert simulate.truth(model).equals(simulate.truth(again), check_metadata=True)


def test_movers_change_nothing_before_the_last_year(tmp_path):
    knobs = {"customers": 300, "years": 2, "transactions_per_year": 30}
    none, many = built(movers=0, **knobs), built(movers=0.5, **knobs)
    first, last = none.knobs.first_year, none.last_year
    assert digest(none, first, tmp_path) == digest(many, first, tmp_path)
    assert digest(none, last, tmp_path) != digest(many, last, tmp_path)
    assert simulate.truth(none)["moved"].null_count == 300


def test_years_are_drawn_anew_even_when_nothing_changes():
    model = built(customers=300, years=2, yearly_drift=0, yearly_noise=0, movers=0)
    one, two = (drawn(model, year)["amount"].to_numpy()[:1000] for year in (2019, 2020))
    assert (one == two).mean() < 0.1


def test_whose_dominant_trait_cannot_change_is_no_mover():
    # One taste, two opposite traits: one time in 2^4 no draw changes the dominant one.
    opposite = COEFFICIENTS[["class", "extraversion"]].assign(
        introversion=-COEFFICIENTS["extraversion"]
    )
    model = built(coefficients=opposite, customers=4000, label_rank=1, movers=0.5)
    frame = simulate.truth(model).to_pandas(ignore_metadata=True)
    assert frame["mover"].mean() == pytest.approx(0.5 * 15 / 16, abs=0.015)
    assert ((frame["dominant_before"] != frame["dominant_after"]) == frame["mover"]).all()


def test_rows_are_a_banks(world):
    model, truth, _, _ = world
    year = drawn(model, 2020)
    assert year.schema == simulate.SCHEMA
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
    ids = truth["customer_id"].to_pylist()
    assert ids == sorted(ids) and ids[0] == "C0000001" and set(frame["customer_id"]) <= set(ids)


def test_a_row_has_a_code_of_its_class_where_there_is_one(world):
    model, truth, _, _ = world
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
    plain = pa.concat_tables(simulate.transactions(model, truth, 2020)).unify_dictionaries()
    assert plain["merchant_category_code"].null_count == len(plain)
    columns = ["transaction_id", "customer_id", "booked", "class", "amount", "currency"]
    assert plain.select(columns).equals(drawn(model, 2020).select(columns))


def test_ingesting_by_code_gives_the_classes_that_were_simulated(tmp_path):
    model = built(customers=300, years=1)
    path = str(tmp_path / "rows.parquet")
    pq.write_table(drawn(model, model.last_year), path)

    def monthly(column, **rules):
        out, work = tmp_path / column, tmp_path / f"{column}.work"
        out.mkdir(), work.mkdir()
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


def test_counts_and_refunds_are_those_asked_for(world):
    model, _, _, counts = world
    asked = model.knobs.transactions_per_year
    # Activity is log-normal: the mean of 800 customers lies within four standard errors.
    error = asked * np.sqrt(np.expm1(model.knobs.activity_spread**2) / 800 + 1 / (asked * 800 * 6))
    assert abs(counts.mean() - asked) < 4 * error
    persons = np.log(counts.mean(axis=1)).std()
    assert persons == pytest.approx(model.knobs.activity_spread, rel=0.15)
    refunds = (drawn(model, 2021)["amount"].to_numpy() < 0).mean()
    assert refunds == pytest.approx(model.knobs.refunds, abs=0.003)


def test_amounts_follow_the_tickets():
    model = built(customers=500, years=1, taste=0.01, income_spread=0, refunds=0)
    frame = drawn(model, model.last_year).to_pandas()
    amounts = frame.groupby("class", observed=True)["amount"]
    means = amounts.mean().reindex(model.classes).to_numpy()
    errors = (amounts.std() / np.sqrt(amounts.count())).reindex(model.classes).to_numpy()
    assert (np.abs(means - model.tickets) < 5 * errors + 0.01).all()


def test_without_tastes_spending_is_the_shares():
    everyone = TAXONOMY.drop(columns=["users", "household"])
    still = {"taste": 0.01, "own_taste": 0, "yearly_noise": 0, "season": 0, "concentration": 1}
    model = built(taxonomy=everyone, customers=6000, years=1, refunds=0, **still)
    np.testing.assert_allclose(model.shares, TAXONOMY["share"], atol=1e-12)
    frame = drawn(model, model.last_year).to_pandas()
    spend = frame.groupby("class", observed=True)["amount"].sum().reindex(model.classes)
    assert np.abs(spend / spend.sum() - model.shares).max() < 0.002


def test_movers_move_to_another_trait(world):
    model, truth, fractions, _ = world
    frame = truth.select(["mover", "moved", "dominant_before", "dominant_after"]).to_pandas()
    mover = frame["mover"].to_numpy()
    assert mover.mean() == pytest.approx(model.knobs.movers, abs=2 / 800)
    assert (frame["moved"].notna() == mover).all()
    assert set(pd.to_datetime(frame["moved"][mover]).dt.strftime("%Y-%m-%d")) <= {
        f"{model.last_year}-{month:02d}-01" for month in range(1, 7)
    }
    assert ((frame["dominant_before"] != frame["dominant_after"]) == mover).all()
    for what in ("tastes", "traits"):
        before, after = (tensor_values(truth[f"{what}_{when}"]) for when in ("before", "after"))
        assert ((before != after).any(axis=1) == mover).all()
    traits = names_of(truth.schema, "traits")
    scores = fractions @ model.coefficients
    scores = (scores - scores.mean(axis=(0, 1))) / scores.std(axis=(0, 1))
    new = frame["dominant_after"].map(traits.index).to_numpy()
    rows = np.arange(len(new))
    gain = scores[rows, -1, new] - scores[:, :-1].mean(axis=1)[rows, new]
    assert gain[mover].mean() > 1 and abs(gain[~mover].mean()) < 0.2


def test_traits_have_the_planted_rank_and_values(world):
    model, truth, fractions, _ = world
    traits = standard(fractions.mean(axis=1) @ model.coefficients)
    _, sizes, right = np.linalg.svd(traits, full_matrices=False)
    shares = np.cumsum(sizes**2) / (sizes**2).sum()
    rank = model.knobs.label_rank
    assert shares[rank - 1] > 0.98 and shares[rank - 2] < 0.9
    kept = traits @ right[:rank].T @ right[:rank]
    assert ((kept**2).mean(axis=0) > 0.98).all()
    assert (np.bincount(traits.argmax(axis=1)) / len(traits) > 0.08).all()
    stays = ~truth["mover"].to_numpy()
    planted = tensor_values(truth["traits_before"])
    assert np.abs(planted).max() == 1
    for trait in range(traits.shape[1]):
        assert np.corrcoef(planted[stays, trait], traits[stays, trait])[0, 1] > 0.97


def test_yearly_fractions_differ_between_customers_as_on_real_panels(world):
    """MATHS §7 and the calibration: persistence of a class's fraction, and of the year's label."""
    model, truth, fractions, _ = world
    stays = fractions[~truth["mover"].to_numpy()]
    between = (
        stays.mean(axis=1).var(axis=0).sum() / stays.reshape(-1, stays.shape[2]).var(axis=0).sum()
    )
    # The diary has 0.40, card clients 0.89 (docs/simulator.md).
    assert 0.60 < between < 0.85
    traits = stays @ model.coefficients
    center = traits.mean(axis=1)
    labels = ((traits - center.mean(axis=0)) / center.std(axis=0)).argmax(axis=2)
    assert 0.68 < (labels[:, 1:] == labels[:, :-1]).mean() < 0.84


def test_own_tastes_and_households_leave_the_traits_as_they_are():
    model = built()
    rng = np.random.default_rng(1)
    tastes = rng.standard_normal((2000, model.loadings.shape[1]))
    used = simulate._used(model, 0, 2000, 2019)
    weights = np.where(used, np.exp(rng.standard_normal(used.shape)), 0) * model.shares
    found = simulate.fractions(model, tastes, weights)
    np.testing.assert_allclose(found.sum(axis=1), 1, rtol=1e-12)
    assert ((found > 0) <= used).all()
    raw = weights / weights.sum(axis=1, keepdims=True)
    wanted, scale = simulate._scores(model, tastes), simulate._scores(model, tastes).std(axis=0)
    miss = np.abs(found @ model.coefficients - wanted) / scale
    assert np.median(np.abs(raw @ model.coefficients - wanted) / scale) > 0.3
    # Where the classes used span no such composition, the search comes as near as it can.
    assert (miss.max(axis=1) < 1e-4).mean() > 0.97


@pytest.mark.parametrize("rho", [-0.6, 0, 0.3, 1])
def test_a_protected_attribute_goes_with_taste_as_far_as_asked(rho):
    customers = 20_000
    truth = simulate.truth(built(customers=customers, protected=rho))
    protected = truth["protected"].to_numpy()
    taste = tensor_values(truth["tastes_before"])
    found = [np.corrcoef(protected, taste[:, k])[0, 1] for k in range(taste.shape[1])]
    error = 4 / np.sqrt(customers)
    assert found[0] == pytest.approx(rho * np.sqrt(2 / np.pi), abs=error)
    assert np.abs(found[1:]).max() < error
    assert protected.mean() == pytest.approx(0.5, abs=error)
    # All else is what it is without the attribute.
    plain = simulate.truth(built(customers=customers))
    assert truth.drop_columns("protected").equals(plain)


def test_households_have_what_belongs_together():
    model = built()
    place = {name: k for k, name in enumerate(model.classes)}
    used = simulate._used(model, 0, 4000, 2019)
    assert np.abs(used.mean(axis=0) - model.users).max() < 0.04
    rent, mortgage, fuel, finance = (
        used[:, place[name]] for name in ("rent", "residential_mortgage", "fuel", "car_finance")
    )
    assert not (rent & mortgage).any() and not (finance & ~fuel).any()
    later = simulate._used(model, 0, 4000, 2024)
    changed = (used != later)[:, place["rent"]].mean()
    events = 1 - (1 - model.knobs.life_events) ** 5
    assert changed == pytest.approx(events * 2 * 0.38 * 0.62, abs=0.015)


def test_those_who_join_or_leave_pay_nothing_before_or_after():
    model = built(customers=400, years=2, short_histories=0.5, transactions_per_year=100)
    frame = simulate.truth(model).to_pandas(ignore_metadata=True).set_index("customer_id")
    joined, left = pd.to_datetime(frame["joined"]), pd.to_datetime(frame["left"])
    assert (joined.notna() | left.notna()).mean() == pytest.approx(0.5, abs=0.1)
    assert not (joined.notna() & left.notna()).any()
    for year in (2019, 2020):
        rows = drawn(model, year).to_pandas()
        who, booked = rows["customer_id"].astype(str), pd.to_datetime(rows["booked"])
        assert not (booked < who.map(joined)).any() and not (booked >= who.map(left)).any()


def test_amounts_grow_with_prices_and_incomes():
    model = built(customers=500, years=2, inflation=0.1, income_growth=0.2, refunds=0)
    first, second = (
        drawn(model, year).to_pandas().query("`class` == 'groceries'")["amount"].mean()
        for year in (2019, 2020)
    )
    assert second / first == pytest.approx(1.1 * 1.2, rel=0.04)


def test_any_classes_any_traits_and_more_than_one_block():
    rng = np.random.default_rng(3)
    names = list("abcdefg")
    taxonomy = pd.DataFrame({"class": names, "share": rng.dirichlet([3] * 7), "ticket": 20.0})
    coefficients = pd.DataFrame(rng.normal(size=(5, 4)), columns=["p", "q", "r", "s"])
    coefficients.insert(0, "class", names[:5])
    total = simulate.BLOCK + 100
    model = built(
        taxonomy=taxonomy,
        coefficients=coefficients,
        customers=total,
        years=1,
        transactions_per_year=20,
        label_rank=2,
    )
    truth = simulate.truth(model)
    assert tensor_values(truth["tastes_before"]).shape == (total, 2)
    assert tensor_values(truth["traits_before"]).shape == (total, 4)
    blocks = list(simulate.transactions(model, truth, model.last_year))
    assert len(blocks) == 2
    frame = pa.concat_tables(blocks).unify_dictionaries().to_pandas()
    assert frame["transaction_id"].is_unique and set(frame["class"]) == set(names)
    ids = truth["customer_id"].to_pylist()
    counts = frame["customer_id"].astype(str).value_counts()
    assert set(counts.index) <= set(ids) and len(counts) > 0.99 * total
    later = frame["customer_id"].astype(str).iloc[len(blocks[0]) :]
    assert set(later) <= set(ids[simulate.BLOCK :])


def test_ids_sort_like_their_numbers():
    ids = simulate.customer_ids(0, 12, 12_345_678).to_pylist()
    assert ids[0] == "C00000001" and ids == sorted(ids)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda table: table.drop(columns="ticket"), "no column 'ticket'"),
        (lambda table: pd.concat([table, table[:1]]), "'rent' has more than one row"),
        (lambda table: table.assign(users=2), "users of class 'rent'"),
        (lambda table: table.assign(share=0.5), "add up to 48.5; expected 1"),
        (lambda table: table.replace({"ticket": {52: -1}}), "the ticket of class 'groceries'"),
        (lambda table: table[table["class"] != "pubs"], "add up to|not in the data.*'pubs'"),
    ],
)
def test_a_wrong_taxonomy_is_named(change, message):
    with pytest.raises(DataError, match=message):
        built(taxonomy=change(TAXONOMY))


def test_a_rank_above_that_of_the_coefficients_is_refused():
    with pytest.raises(DataError, match=r"label_rank: 6 was given.*5 independent"):
        built(label_rank=6)


def test_a_year_outside_is_refused():
    model = built(customers=300)
    with pytest.raises(DataError, match="the year 2031 was asked for; the years are 2019 to 2024"):
        next(simulate.transactions(model, simulate.truth(model), 2031))
