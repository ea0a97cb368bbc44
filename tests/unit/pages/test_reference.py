"""What cards compare a customer with."""

import numpy as np
import pytest
from synthetic import World

from spendscape.pages.cards import angular_error
from spendscape.pages.reference import reference


def test_averages_are_those_of_training_customers() -> None:
    world = World(N=80)
    train = world.split == "train"
    made = reference(
        world.spending,
        world.total,
        world.split,
        world.angles,
        world.predicted,
        world.chart,
        "spend",
        0.99,
    )
    np.testing.assert_allclose(
        made["average"], world.spending[train].mean(axis=(0, 1), dtype=float)
    )
    weights = world.total / world.total.sum(axis=1, keepdims=True)
    by_money = (world.spending * weights[..., None]).sum(axis=1)[train].mean(axis=0)
    np.testing.assert_allclose(made["average_traits"], by_money)
    error = angular_error(world.angles, world.predicted, world.chart)
    assert made["median_error"] == pytest.approx(np.median(error))
    assert {"mean"} <= made["range"].keys()
