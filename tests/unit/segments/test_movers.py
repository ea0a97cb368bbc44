"""Movers: changes planted in noise of known size are told from chance, at the rate that is stated."""

import numpy as np
import pytest

from spendscape.core.arrays import Bools, Floats
from spendscape.segments import movers

STEPS = 5


def panel(
    rng: np.random.Generator,
    customers: int = 4000,
    share: float = 0.04,
    size: float = 8.0,
    heavy: float = 0.5,
) -> tuple[Floats, Floats, Bools]:
    """Earlier steps, the change since, and who moved; customers differ in how much they vary."""
    mover = rng.random(customers) < share
    spread = np.exp(heavy * rng.standard_normal(customers))[:, None]
    # The second direction varies ten times as much as the first.
    scale = spread * [1.0, 10.0]
    steps = scale[:, None] * rng.standard_normal((customers, STEPS, 2))
    way = rng.choice([-size, size], (customers, 1)) * [1.0, 0.0]
    recent = scale * rng.standard_normal((customers, 2)) + mover[:, None] * spread * way
    return steps, recent - steps.mean(axis=1), mover


def test_the_distance_is_that_of_the_textbook() -> None:
    rng = np.random.default_rng(1)
    change, some = (
        rng.standard_normal((300, 3)) @ rng.standard_normal((3, 3)),
        rng.random(300) < 0.5,
    )
    found = movers.mahalanobis(change, some)
    inverse = np.linalg.inv(np.cov(change[some].T))
    centred = change - change[some].mean(axis=0)
    wanted = [row @ inverse @ row for row in centred]
    np.testing.assert_allclose(found, wanted, rtol=1e-9)
    # A direction that is only a sum of the others adds nothing.
    more = np.column_stack([change, change @ [1, 2, 3]])
    np.testing.assert_allclose(movers.mahalanobis(more, some), found, rtol=1e-6)


def test_own_spreads_are_found_and_drawn_to_the_mean() -> None:
    rng = np.random.default_rng(2)
    spread = np.where(rng.random(4000) < 0.5, 1.0, 3.0)
    steps = spread[:, None, None] * rng.standard_normal((4000, STEPS, 3))
    own = movers.own_spread(steps)
    raw = steps.var(axis=(1, 2))
    ratio = own[spread == 3].mean() / own[spread == 1].mean()
    assert 4 < ratio < raw[spread == 3].mean() / raw[spread == 1].mean()
    assert np.log(own).std() < np.log(raw).std()
    # Where all vary alike, chance alone is not taken for a spread of their own.
    same = movers.own_spread(rng.standard_normal((4000, STEPS, 3)))
    assert np.log(same).std() < 0.1


@pytest.mark.parametrize("heavy", [0.0, 0.5])
@pytest.mark.parametrize("rate", [0.05, 0.2])
def test_the_false_discovery_rate_is_the_one_stated(rate: float, heavy: float) -> None:
    rng = np.random.default_rng(3)
    false = found = planted = 0
    for _ in range(8):
        steps, change, mover = panel(rng, heavy=heavy)
        stands_out = movers.likely(movers.sizes(change, steps), steps, rate)
        false += (stands_out & ~mover).sum()
        found += stands_out.sum()
        planted += mover.sum()
    assert (found - false) / planted > 0.8
    # No more than stated; less where spreads differ, as the past has a step less to know them by.
    assert 0.2 * rate < false / found < 1.3 * rate


def test_where_nobody_moved_chance_is_uniform_and_hardly_anybody_stands_out() -> None:
    steps, change, _ = panel(np.random.default_rng(4), share=0)
    size = movers.sizes(change, steps)
    p = movers.p_values(size, steps)
    assert np.median(size) == pytest.approx(1)
    for level in (0.01, 0.05, 0.5):
        assert (p < level).mean() == pytest.approx(level, abs=4 * np.sqrt(level / 4000))
    assert movers.likely(size, steps, 0.2).mean() < 0.005


def test_a_customers_own_past_tells_more_than_the_size_alone() -> None:
    steps, change, mover = panel(np.random.default_rng(5), heavy=1.0, size=6)
    count = mover.sum()
    plain = movers.mahalanobis(change, np.ones(len(change), dtype=bool))
    top = [mover[np.argsort(-size)[:count]].mean() for size in (movers.sizes(change, steps), plain)]
    assert top[0] > top[1] + 0.1


def test_customers_who_never_change_are_no_error() -> None:
    steps, change = np.zeros((200, STEPS, 2)), np.zeros((200, 2))
    change[7] = 1
    stands_out = movers.likely(movers.sizes(change, steps), steps, 0.2)
    assert not stands_out.any()


def test_the_list_has_who_differs_and_whose_change_stands_out() -> None:
    steps, change, _ = panel(np.random.default_rng(6), customers=1000)
    names = np.array([f"c{k:04d}" for k in range(1000)], dtype=object)
    long = np.full(1000, "a")
    recent = np.where(np.arange(1000) % 100 == 0, "b", "a")
    found = movers.movers_between(names, long, recent, change, steps, 0.2)
    size = movers.sizes(change, steps)
    stands_out = movers.likely(size, steps, 0.2)
    listed = (recent == "b") | stands_out
    table = found.table()
    assert stands_out.any() and table["customer_id"].to_pylist() == names[listed].tolist()
    assert table["recent"].to_pylist() == recent[listed].tolist()
    np.testing.assert_array_equal(table["change"].to_numpy(), size[listed])
    assert table["likely"].to_pylist() == stands_out[listed].tolist()
    assert found.summary(0.2) == {
        "customers": 10,
        "share": 0.01,
        "likely": stands_out.sum(),
        "likely_share": stands_out.mean(),
        "likely_same": (stands_out & (recent == long)).sum(),
        "false_discovery_rate": 0.2,
    }


@pytest.mark.parametrize(("customers", "steps"), [(99, 3), (100, 2)])
def test_where_little_is_known_no_change_is_called_likely(customers: int, steps: int) -> None:
    earlier, change, _ = panel(np.random.default_rng(7), customers=customers)
    names = np.array([f"c{k:04d}" for k in range(customers)])
    long = np.full(customers, "a")
    recent = np.where(np.arange(customers) < 2, "b", "a")
    found = movers.movers_between(names, long, recent, change, earlier[:, :steps], 0.2)
    assert found.summary(0.2) == {"customers": 2, "share": 2 / customers}
    table = found.table()
    assert table["customer_id"].to_pylist() == ["c0000", "c0001"]
    assert table["change"].null_count == table["likely"].null_count == 2
    assert table.schema == movers.Movers.nobody().table().schema
