"""Elbow: R² by units and seed beside the rank ceiling, and the number of units that is enough."""

import pandas as pd

from job import job, write_json
from spendscape.model import choose_units, rank_ceiling
from training_data import training_data

with job(snakemake) as run:
    data = training_data(run.input.spending, run.input.traits)
    ceiling = rank_ceiling(data.of("test")[1])
    scores = pd.concat([pd.read_csv(path) for path in run.input.scores], ignore_index=True)
    scores = scores.sort_values(["units", "seed"], ignore_index=True)
    scores.insert(
        3, "ceiling", [ceiling[min(units, len(ceiling)) - 1] for units in scores["units"]]
    )
    scores.to_csv(run.output.scores, index=False)
    enough = choose_units(scores, run.settings.elbow.tolerance)
    write_json(run.output.choice, {"enough": enough, "rank_ceiling": ceiling})
