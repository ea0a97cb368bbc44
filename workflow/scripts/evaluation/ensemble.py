"""Ensemble: what survives another seed, and another supervision, on the test customers."""

from pathlib import Path

import pandas as pd

from spendscape.evaluation.retraining import Side, retraining_scores, summary
from spendscape.network.training_data import training_data
from spendscape.network.weights import Weights
from spendscape.running.job import job

with job() as run:
    settings, own = run.settings, f"{run.settings.model.supervision}_units_{run.settings.seed}"
    names = [own, *(Path(path).stem for path in run.input.networks)]
    networks = [
        Weights.from_json(Path(path).read_text())
        for path in (run.input.reference, *run.input.networks)
    ]
    sides = training_data(run.input.spending, run.input.traits).both("train", "test")
    tables = retraining_scores(
        networks, networks[0], Side(*sides[0]), Side(*sides[1]), settings.segments.levels,
        settings.surrogate.minimum_users, settings.ensemble.bootstrap, settings.seed,
    )  # fmt: skip
    for table, name in zip(tables, names, strict=True):
        supervision, _, seed = name.rsplit("_", 2)
        table.insert(0, "supervision", supervision)
        table.insert(1, "seed", int(seed))
    scores = pd.concat(tables, ignore_index=True)
    scores.to_csv(run.output.scores, index=False)
    summary(scores, settings.model.supervision, settings.seed).to_csv(run.output.ensemble, index=False)  # fmt: skip
