"""Charts, families and the gauge of the explanation."""

import numpy as np
import pytest

from spendscape.core.errors import DataError
from spendscape.explanation import surrogate


def cloud(units: int, customers: int = 400, seed: int = 1) -> np.ndarray:
    """Trajectories [N, 2, M] whose directions gather around one that is no axis."""
    random = np.random.default_rng(seed)
    centre = random.normal(size=units)
    ends = centre / np.linalg.norm(centre) + 0.3 * random.normal(size=(customers, units))
    return np.stack([0.5 * ends, ends], axis=1)


@pytest.mark.parametrize("units", [2, 3, 5])
def test_chart_is_a_rotation_that_centres_the_mean_and_can_be_undone(units):
    hidden = cloud(units)
    chart = surrogate.fit_chart(hidden, np.zeros(units))
    np.testing.assert_allclose(chart.rotation @ chart.rotation.T, np.eye(units), atol=1e-12)
    assert np.linalg.det(chart.rotation) == pytest.approx(1)
    directions = chart.directions(hidden)
    mean = directions.mean(axis=0, keepdims=True)
    np.testing.assert_allclose(chart.angles(mean / np.linalg.norm(mean)), 0, atol=1e-12)
    angles = chart.angles(directions)
    assert angles.shape == (400, units - 1)
    np.testing.assert_allclose(chart.vectors(angles), directions, atol=1e-12)
    again = surrogate.Chart.from_json(chart.to_json())
    np.testing.assert_array_equal(again.angles(directions), angles)


def test_angles_are_azimuth_and_elevation_of_the_rotated_frame():
    chart = surrogate.Chart(np.eye(3), np.zeros(3))
    vector = np.array([[0.5, -0.5, np.sqrt(0.5)]])
    np.testing.assert_allclose(
        chart.angles(vector), [[np.arctan2(-0.5, 0.5), np.arcsin(np.sqrt(0.5))]]
    )
    assert surrogate.angle_names(3) == ["azimuth", "elevation"]
    assert surrogate.angle_names(2) == ["azimuth"]


def test_one_unit_has_no_angle():
    with pytest.raises(DataError, match=r"model\.units"):
        surrogate.fit_chart(np.ones((3, 2, 1)), np.zeros(1))


def test_wrap_is_in_the_half_open_circle():
    wrapped = surrogate.wrap(np.array([0.0, 3 * np.pi, -np.pi, 2 * np.pi + 0.1]))
    np.testing.assert_allclose(wrapped, [0, np.pi, np.pi, 0.1], atol=1e-12)


@pytest.fixture
def linear_case():
    random = np.random.default_rng(2)
    fractions = random.dirichlet(np.full(6, 2.0), 3000)
    return fractions, 1.5 + fractions @ random.normal(size=(6, 2)) + 0.01 * random.normal(
        size=(3000, 2)
    )


def test_gauge_changes_no_prediction_and_centres_the_coefficients(linear_case):
    fractions, outputs = linear_case
    model = surrogate.fit_linear(fractions, outputs)
    design = np.column_stack([np.ones(len(fractions)), fractions])
    expected = design @ np.linalg.lstsq(design, outputs, rcond=None)[0]
    np.testing.assert_allclose(model(fractions), expected, atol=1e-9)
    np.testing.assert_allclose(fractions.mean(axis=0) @ model.coefficients, 0, atol=1e-12)


def test_standard_errors_are_those_of_repeated_samples():
    random = np.random.default_rng(3)
    fractions, truth = random.dirichlet(np.full(4, 2.0), 300), random.normal(size=(4, 1))
    models = [
        surrogate.fit_linear(fractions, fractions @ truth + 0.1 * random.normal(size=(300, 1)))
        for _ in range(400)
    ]
    spread = np.std([model.coefficients for model in models], axis=0)
    np.testing.assert_allclose(models[0].standard_errors, spread, rtol=0.2)


def test_coefficient_table_can_be_read_back(linear_case):
    fractions, outputs = linear_case
    model = surrogate.fit_linear(fractions, outputs)
    classes = list("zyxwvu")
    table = surrogate.coefficient_table(model, classes, ["azimuth", "elevation"], 0.1)
    again = surrogate.read_linear(table, classes, ["azimuth", "elevation"])
    np.testing.assert_array_equal(again(fractions), model(fractions))


def test_families_find_a_linear_truth_and_the_scores_say_so(linear_case):
    fractions, outputs = linear_case
    chart = surrogate.Chart(np.eye(3), np.zeros(3))
    angles = 0.4 * (outputs - outputs.mean(axis=0))
    scores = {}
    for name, predict in surrogate.fit_families(
        fractions[:2000], chart.vectors(angles[:2000]), chart, [0.1, 1.0], 4, 20, seed=1
    ):
        frame = surrogate.score_angles(
            angles[2000:], predict(fractions[2000:]), chart, ["azimuth", "elevation"], 50, seed=1
        )
        scores[name] = frame.set_index(["target", "metric"])
    assert set(scores) == {"linear", "polynomial", "ridge", "decision_tree", "unit_vector"}
    assert scores["linear"].loc[("azimuth", "r2"), "value"] > 0.99
    tree, line = (
        scores[name].loc[("azimuth", "r2"), "value"] for name in ("decision_tree", "linear")
    )
    assert tree < line
    assert (scores["linear"]["low"] <= scores["linear"]["high"]).all()


def test_errors_across_the_seam_are_small():
    chart = surrogate.Chart(np.eye(2), np.zeros(2))
    near_seam = np.pi - 0.01
    truth = np.array([[near_seam], [-near_seam], [0.3], [1.0]])
    predicted = np.array([[-near_seam], [near_seam], [0.3], [1.0]])
    scores = surrogate.score_angles(truth, predicted, chart, ["azimuth"], 10, seed=1)
    values = scores.set_index(["target", "metric"])["value"]
    assert values["azimuth", "r2"] > 0.999
    assert values["azimuth", "circular_r2"] > 0.999
    assert values["direction", "p95_error_degrees"] < np.degrees(0.021)
