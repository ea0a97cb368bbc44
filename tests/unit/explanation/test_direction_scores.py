"""Scores of directions are those of a loop over resamples, wherever a quantile is looked for."""

import numpy as np
import pytest

from spendscape.core.arrays import Floats, Indices
from spendscape.core.geometry import normalised
from spendscape.core.statistics import bootstrap, r_squared
from spendscape.explanation import direction_scores
from spendscape.explanation.chart import Chart, angle_names, wrap
from spendscape.explanation.direction_scores import Predicted, score_directions


@pytest.mark.parametrize("around", [8, 0])
def test_scores_are_those_of_a_loop_over_resamples(
    monkeypatch: pytest.MonkeyPatch, around: int
) -> None:
    # With 0 the place of a quantile is nearly never where it is first looked for.
    monkeypatch.setattr(direction_scores, "AROUND", around)
    random, chart = np.random.default_rng(0), Chart(np.eye(3), np.zeros(3))
    truth = normalised(random.normal([2, 0, 0], 1, (400, 3)))
    families = {}
    for name, spread in (("near", 0.05), ("far", 0.5)):
        vectors = normalised(truth + random.normal(0, spread, truth.shape))
        families[name] = Predicted(chart.angles(vectors), vectors)
    scores = score_directions(truth, families, chart, angle_names(3), 40, 7)
    found = {tuple(row[:3]): row[3:] for row in scores.to_numpy().tolist()}
    actual = chart.angles(truth)
    for family, own in families.items():
        errors = wrap(own.angles - actual)
        cosine = np.clip((truth * own.vectors).sum(axis=1), -1, 1)
        degrees = np.degrees(np.arccos(cosine))
        keys = [("azimuth", "r2"), ("direction_2", "r2")]
        keys += [("direction", "median_error_degrees"), ("direction", "p95_error_degrees")]

        def scored(rows: Indices, e: Floats = errors, v: Floats = own.vectors, d: Floats = degrees) -> Floats:  # fmt: skip
            angle = r_squared(actual[rows], actual[rows] + e[rows])[0]
            component = r_squared(truth[rows], v[rows])[1]
            return np.array([angle, component, *np.quantile(d[rows], [0.5, 0.95])])

        wanted = np.array([scored(np.arange(400)), *bootstrap(scored, 400, 40, 7)]).T
        given = [found[family, *key] for key in keys]
        np.testing.assert_allclose(given, wanted, rtol=1e-9)
