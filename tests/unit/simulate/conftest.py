"""One world of 800 customers for all tests that only look at it."""

import pytest
from simulated import World, built, yearly

from spendscape.simulate.truth import truth


@pytest.fixture(scope="session")
def world() -> World:
    model = built(customers=800, transactions_per_year=150, short_histories=0)
    return World(model, truth(model), *yearly(model))
