"""The chart is a rotation that centres the mean direction; its angles can be undone."""

import numpy as np
import pytest

from spendscape.core.arrays import Floats
from spendscape.explanation.chart import (
    Chart,
    angle_names,
    fit_chart,
    start_states,
    unit_vectors,
    wrap,
)


def cloud(units: int, customers: int = 400, seed: int = 1) -> Floats:
    """Trajectories of two steps whose directions gather around one that is no axis."""
    random = np.random.default_rng(seed)
    centre = random.normal(size=units)
    ends = centre / np.linalg.norm(centre) + 0.3 * random.normal(size=(customers, units))
    return np.stack([0.5 * ends, ends], axis=1)


@pytest.mark.parametrize("units", [2, 3, 5])
def test_chart_is_a_rotation_that_centres_the_mean_and_can_be_undone(units: int) -> None:
    hidden = cloud(units)
    chart = fit_chart(hidden, np.zeros(units))
    np.testing.assert_allclose(chart.rotation @ chart.rotation.T, np.eye(units), atol=1e-12)
    assert np.linalg.det(chart.rotation) == pytest.approx(1)
    directions = chart.directions(hidden)
    mean = directions.mean(axis=0, keepdims=True)
    np.testing.assert_allclose(chart.angles(mean / np.linalg.norm(mean)), 0, atol=1e-12)
    angles = chart.angles(directions)
    assert angles.shape == (400, units - 1)
    np.testing.assert_allclose(chart.vectors(angles), directions, atol=1e-12)
    again = Chart.from_json(chart.to_json())
    np.testing.assert_array_equal(again.angles(directions), angles)


def test_angles_are_azimuth_and_elevation_of_the_rotated_frame() -> None:
    chart = Chart(np.eye(3), np.zeros(3))
    vector = np.array([[0.5, -0.5, np.sqrt(0.5)]])
    np.testing.assert_allclose(
        chart.angles(vector), [[np.arctan2(-0.5, 0.5), np.arcsin(np.sqrt(0.5))]]
    )
    assert angle_names(3) == ["azimuth", "elevation"]
    assert angle_names(2) == ["azimuth"]
    assert angle_names(5) == ["azimuth", "elevation", "elevation_2", "elevation_3"]


def test_a_direction_of_one_unit_is_a_sign_and_has_no_angle() -> None:
    hidden = np.array([[[0.1], [0.2]], [[0.3], [-0.5]]])
    chart = fit_chart(hidden, np.array([0.1]))
    np.testing.assert_array_equal(chart.directions(hidden), [[1], [-1]])
    assert chart.angles(chart.directions(hidden)).shape == (2, 0)
    assert angle_names(1) == []


def test_wrap_is_in_the_half_open_circle() -> None:
    wrapped = wrap(np.array([0.0, 3 * np.pi, -np.pi, 2 * np.pi + 0.1]))
    np.testing.assert_allclose(wrapped, [0, np.pi, np.pi, 0.1], atol=1e-12)


def test_a_direction_starts_where_the_config_says() -> None:
    inverse = {"origin": [1.0, 1.0]}
    hidden = np.array([[[1.0, 0.0], [1.0, 2.0]], [[3.0, 4.0], [3.0, 4.0]]])
    expected = {"zero": [1, 2], "first": [0, 2], "origin": [0, 1]}
    for kind, vector in expected.items():
        found = unit_vectors(hidden, start_states(kind, inverse)[kind])
        np.testing.assert_allclose(found[0], np.array(vector) / np.linalg.norm(vector))
    # The second customer never moves, and so has no direction from its own first step.
    assert np.isnan(unit_vectors(hidden, start_states("first", inverse)["first"])[1]).all()


def test_the_run_s_own_start_comes_first_and_the_study_s_stays_in_the_table() -> None:
    inverse = {"origin": [1.0, 0.0]}
    assert list(start_states("origin", inverse)) == ["origin", "zero"]
    assert list(start_states("zero", inverse)) == ["zero", "origin"]
    assert list(start_states("first", inverse)) == ["first", "origin", "zero"]
