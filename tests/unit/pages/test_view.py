"""The view of the state space: which coordinates of a state are drawn."""

from typing import Any

import numpy as np
import pytest

from spendscape.pages.attractor_shapes import curve
from spendscape.pages.figures.view import view_of


@pytest.mark.parametrize("units", [2, 3])
def test_two_or_three_hidden_states_are_drawn_as_they_are(units: int) -> None:
    states = np.random.default_rng(1).normal(size=(40, units))
    view = view_of(states)
    assert np.array_equal(view.along(states), states) and np.array_equal(view.ends(states), states)
    assert view.names[-1] == f"hidden state {units}" and not view.said


def test_of_more_the_directions_are_drawn_that_keep_most_of_the_variance() -> None:
    random = np.random.default_rng(2)
    turn = np.linalg.qr(random.normal(size=(6, 6)))[0]
    states = random.normal(size=(500, 6)) * [0.01, 3, 0.02, 1, 2, 0.01] @ turn + 5
    states[7] = np.nan
    view = view_of(states)
    seen = view.along(states[np.isfinite(states).all(axis=1)])
    kept = seen.var(axis=0).sum() / np.nanvar(states, axis=0).sum()
    assert kept > 0.999 and view.kept == pytest.approx(kept)
    assert np.all(np.diff(seen.var(axis=0)) < 0)
    assert not view.along(np.zeros(6)).any() and "6 hidden states" in view.said
    # The other way round it is the same picture.
    assert np.allclose(view_of(states[::-1]).axes, view.axes)


def test_an_attractor_is_seen_where_its_states_are() -> None:
    random = np.random.default_rng(3)
    entry: dict[str, Any] = {
        "polynomial": {"range": [-1.0, 1.0], "coefficients": random.normal(size=(3, 5)).tolist()},
        "locations": [{"position": random.normal(size=5).tolist()}],
    }
    view = view_of(random.normal(size=(50, 5)))
    seen = view.entry(entry)
    line = curve(entry["polynomial"])
    assert np.allclose(curve(seen["polynomial"]), view.along(line))
    assert np.allclose(
        seen["locations"][0]["position"], view.along(np.array(entry["locations"][0]["position"]))
    )


def test_one_hidden_state_runs_over_the_steps() -> None:
    view = view_of(np.array([[0.1], [0.4]]), steps=4, gap=0.5)
    paths = view.paths(np.array([[[0.0], [0.2], [0.3]]]))
    assert np.allclose(paths, np.array([[[0.0, 0.0], [2.0, 0.2], [4.0, 0.3]]]))
    assert np.allclose(view.ends(np.array([[0.1], [0.4]])), [[6, 0.1], [6, 0.4]])
    spread = view.ends(np.zeros((50, 1)), 0.1)[:, 0]
    assert len(np.unique(spread.round(6))) == 50 and np.all(np.abs(spread - 6) <= 0.2 + 1e-9)
    straight: dict[str, Any] = {"range": [0.0, 1.0], "coefficients": [[0.5], [1.0], [0.0]]}
    line = view.entry({"polynomial": straight})["polynomial"]
    assert np.allclose(curve(line)[[0, -1]], [[6.0, 0.5], [6.0, 1.5]])
