"""Elbow: R² by units and seed beside the rank ceiling, and the number of units that is enough."""

from pathlib import Path

from spendscape.network.training_data import training_data
from spendscape.network.units import choose_units, elbow_scores, rank_ceiling
from spendscape.network.weights import Weights
from spendscape.running.job import job, write_json

with job() as run:
    test = training_data(run.input.spending, run.input.traits).of("test")
    networks = (
        (int(path.stem.split("_")[-1]), Weights.from_json(path.read_text()))
        for path in map(Path, run.input.weights)
    )
    scores = elbow_scores(networks, *test)
    scores.to_csv(run.output.scores, index=False)
    enough = choose_units(scores, run.settings.elbow.tolerance)
    write_json(run.output.choice, {"enough": enough, "rank_ceiling": rank_ceiling(test.targets)})
