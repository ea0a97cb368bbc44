"""Retraining: one network's results on the test customers, beside those of the network of this run."""

from pathlib import Path

from spendscape.evaluation.retraining import Side, retraining_scores
from spendscape.network.training_data import training_data
from spendscape.network.weights import Weights
from spendscape.running.job import job

with job() as run:
    weights, reference = (
        Weights.from_json(Path(path).read_text())
        for path in (run.input.weights, run.input.reference)
    )
    data = training_data(run.input.spending, run.input.traits)
    scores = retraining_scores(
        weights,
        reference,
        Side(*data.of("train")),
        Side(*data.of("test")),
        run.settings.segments.levels,
        run.settings.surrogate.minimum_users,
        run.settings.ensemble.bootstrap,
        run.settings.seed,
    )
    scores.insert(0, "supervision", run.wildcards.supervision)
    scores.insert(1, "seed", int(run.wildcards.seed))
    scores.to_csv(run.output.scores, index=False)
