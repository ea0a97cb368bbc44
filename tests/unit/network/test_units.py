"""The rank ceiling, the elbow and a network's scores."""

import numpy as np
import pandas as pd
import pytest
from synthetic import random_weights

from spendscape.core.statistics import weighted_r_squared
from spendscape.network.units import (
    ceiling_of,
    choose_units,
    elbow_scores,
    last_outputs,
    rank_ceiling,
    scores,
)


def test_rank_ceiling_bounds_a_projection() -> None:
    random = np.random.default_rng(3)
    traits = random.normal(size=(500, 2)) @ random.normal(size=(2, 4)) + 0.1 * random.normal(
        size=(500, 4)
    )
    ceiling = rank_ceiling(traits)
    centred = traits - traits.mean(axis=0)
    left, values, right = np.linalg.svd(centred, full_matrices=False)
    best = (left[:, :2] * values[:2]) @ right[:2]
    assert weighted_r_squared(centred, best) == pytest.approx(ceiling[1])
    assert ceiling[-1] == pytest.approx(1)


def test_elbow_takes_the_fewest_units_that_are_enough() -> None:
    scores = pd.DataFrame(
        {
            "units": [1, 1, 2, 2, 3, 3],
            "seed": [0, 1] * 3,
            "r2": [0.5, 0.6, 0.950, 0.951, 0.955, 0.956],
        }
    )
    assert choose_units(scores, 0.01) == 2
    # At the edge of what was tried nobody knows whether more would be better.
    assert choose_units(scores[scores["units"] < 3], 0.01) is None


def test_scores_of_a_network_that_is_nearly_right() -> None:
    random = np.random.default_rng(5)
    weights, inputs = random_weights(2, 5, 3), random.dirichlet(np.ones(5), (200, 4))
    exact = last_outputs(weights, inputs)
    truth = exact + 0.1 * exact.std(axis=0) * random.normal(size=exact.shape)
    found = scores(weights, inputs, truth, seed=1, draws=50)
    assert list(found["r2"]) == weights.traits
    for share in found["r2"].values():
        assert share["low"] < share["value"] < share["high"] and share["value"] > 0.97
    assert found["rank_ceiling"] == ceiling_of(2, truth) >= found["r2_all_traits"] > 0.97


def test_the_elbow_has_a_row_a_network_in_order() -> None:
    random = np.random.default_rng(6)
    inputs, truth = random.dirichlet(np.ones(5), (50, 4)), random.normal(size=(50, 3))
    networks = [(seed, random_weights(units, 5, 3)) for units in (3, 1) for seed in (8, 7)]
    table = elbow_scores(networks, inputs, truth)
    assert table[["units", "seed"]].to_numpy().tolist() == [[1, 7], [1, 8], [3, 7], [3, 8]]
    assert table["ceiling"].iloc[0] == rank_ceiling(truth)[0] and table["ceiling"].iloc[-1] == 1
    columns = ["units", "seed", "r2", "ceiling", "trait 0", "trait 1", "trait 2"]
    assert list(table.columns) == columns
