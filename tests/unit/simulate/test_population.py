"""The model: compositions, households and ids."""

import numpy as np
import pytest
from simulated import built

from spendscape.core.errors import DataError
from spendscape.simulate.population import customer_ids, fractions, scores, used


def test_own_tastes_and_households_leave_the_traits_as_they_are() -> None:
    model = built()
    rng = np.random.default_rng(1)
    tastes = rng.standard_normal((2000, model.loadings.shape[1]))
    users = used(model, 0, 2000, 2019)
    weights = np.where(users, np.exp(rng.standard_normal(users.shape)), 0) * model.shares
    found = fractions(model, tastes, weights)
    np.testing.assert_allclose(found.sum(axis=1), 1, rtol=1e-12)
    assert ((found > 0) <= users).all()
    raw = weights / weights.sum(axis=1, keepdims=True)
    wanted, scale = scores(model, tastes), scores(model, tastes).std(axis=0)
    miss = np.abs(found @ model.coefficients - wanted) / scale
    assert np.median(np.abs(raw @ model.coefficients - wanted) / scale) > 0.3
    # Where the classes used span no such composition, the search comes as near as it can.
    assert (miss.max(axis=1) < 1e-4).mean() > 0.97


def test_households_have_what_belongs_together() -> None:
    model = built()
    place = {name: k for k, name in enumerate(model.classes)}
    users = used(model, 0, 4000, 2019)
    assert np.abs(users.mean(axis=0) - model.users).max() < 0.04
    rent, mortgage, fuel, finance = (
        users[:, place[name]] for name in ("rent", "residential_mortgage", "fuel", "car_finance")
    )
    assert not (rent & mortgage).any() and not (finance & ~fuel).any()
    later = used(model, 0, 4000, 2024)
    changed = (users != later)[:, place["rent"]].mean()
    events = 1 - (1 - model.knobs.life_events) ** 5
    assert changed == pytest.approx(events * 2 * 0.38 * 0.62, abs=0.015)


def test_ids_sort_like_their_numbers() -> None:
    ids = customer_ids(0, 12, 12_345_678).to_pylist()
    assert ids[0] == "C00000001" and ids == sorted(ids)


def test_a_rank_above_that_of_the_coefficients_is_refused() -> None:
    with pytest.raises(DataError, match=r"label_rank: 6 was given.*5 independent"):
        built(label_rank=6)
