"""Elbow, one number of units: train a network per seed and score it on the test customers."""

import pandas as pd

from job import job
from spendscape.model import Training, start_tensorflow, train
from spendscape.states import trajectories
from spendscape.statistics import r_squared, weighted_r_squared
from training_data import training_data

with job(snakemake) as run:
    units, settings = int(run.wildcards.units), vars(run.settings.model)
    data = training_data(run.input.spending, run.input.traits)
    inputs, truth = data.of("test")
    start_tensorflow(run.threads)
    rows = []
    for seed in range(run.settings.seed, run.settings.seed + run.settings.elbow.seeds):
        how = Training(**settings, epochs=run.settings.elbow.epochs, seed=seed)
        names = (data.traits, data.classes)
        weights, _ = train(*data.of("train"), data.of("validation"), units, how, names)
        predicted = weights.outputs(trajectories(weights, inputs)[0][:, -1])
        scores = dict(zip(data.traits, r_squared(truth, predicted), strict=True))
        rows.append(
            {"units": units, "seed": seed, "r2": weighted_r_squared(truth, predicted)} | scores
        )
        run.log.info("units %d, seed %d: R² %.4f", units, seed, rows[-1]["r2"])
    pd.DataFrame(rows).to_csv(run.output.scores, index=False)
