"""Ensemble: the spread of every result over seeds, and the other supervision beside it."""

import pandas as pd

from spendscape.evaluation.retraining import summary
from spendscape.running.job import job

with job() as run:
    scores = pd.concat([pd.read_csv(path) for path in run.input.scores], ignore_index=True)
    own = scores["supervision"] == run.settings.model.supervision
    spread = summary(scores[own], run.settings.seed)
    other = scores[~own].set_index("quantity")[["value", "low", "high"]]
    made = spread.join(other.add_prefix("other_supervision_"), on="quantity")
    made.to_csv(run.output.ensemble, index=False)
