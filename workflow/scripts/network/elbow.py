"""Elbow: R² by units and seed beside the rank ceiling, and the number of units that is enough."""

from pathlib import Path

import pandas as pd

from spendscape.core.statistics import r_squared, weighted_r_squared
from spendscape.network.keras_model import choose_units, rank_ceiling
from spendscape.network.lstm import Weights, trajectories
from spendscape.network.training_data import training_data
from spendscape.running.job import job, write_json

with job() as run:
    data = training_data(run.input.spending, run.input.traits)
    inputs, truth = data.of("test")
    ceiling, rows = rank_ceiling(truth), []
    for path in map(Path, run.input.weights):
        weights = Weights.from_json(path.read_text())
        predicted = weights.outputs(trajectories(weights, inputs)[0][:, -1])
        rows.append(
            {
                "units": weights.units,
                "seed": int(path.stem.split("_")[-1]),
                "r2": weighted_r_squared(truth, predicted),
                "ceiling": ceiling[min(weights.units, len(ceiling)) - 1],
            }
            | dict(zip(data.traits, r_squared(truth, predicted), strict=True))
        )
    scores = pd.DataFrame(rows).sort_values(["units", "seed"], ignore_index=True)
    scores.to_csv(run.output.scores, index=False)
    enough = choose_units(scores, run.settings.elbow.tolerance)
    write_json(run.output.choice, {"enough": enough, "rank_ceiling": ceiling})
