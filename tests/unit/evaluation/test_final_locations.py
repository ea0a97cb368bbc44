"""Predicted final locations beside fixed points."""

import numpy as np
from synthetic import random_weights

from spendscape.dynamics.fixed_points import UNCONVERGED, fixed_points
from spendscape.evaluation.final_locations import location_columns


def test_a_state_is_located_by_its_own_output_and_an_unknown_end_has_no_label() -> None:
    weights = random_weights(3, 6, 4, size=0.5)
    random = np.random.default_rng(1)
    drive = weights.drive(random.dirichlet(np.ones(6), 20))
    found = fixed_points(weights.cell, drive, 1e-12, 2000, 2, 1)
    found.verdict[3] = UNCONVERGED
    traits = weights.outputs(found.state)
    columns = location_columns(
        weights, found, traits, found.state, found.state + np.array([3, 0, 4])
    )
    np.testing.assert_allclose(columns["location_traits"], found.state, atol=1e-9)
    np.testing.assert_allclose(columns["location_output"], found.state, atol=1e-9)
    np.testing.assert_allclose(columns["extended_distance"], 5)
    assert columns["label"][3] == ""
    known = np.delete(columns["label"], 3)
    assert (known == np.array(weights.traits)[np.delete(traits, 3, axis=0).argmax(axis=1)]).all()
