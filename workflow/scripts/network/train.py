"""Train: the network of this run as a Keras model, with its scores on unseen customers (MATHS §3)."""

import shutil
from pathlib import Path

import numpy as np
import pandas as pd

from spendscape.core.statistics import bootstrap, r_squared, weighted_r_squared
from spendscape.network.keras_model import (
    as_keras,
    batch_size,
    rank_ceiling,
    start_tensorflow,
    versions,
)
from spendscape.network.lstm import Weights, trajectories
from spendscape.network.training_data import training_data
from spendscape.running.job import job, write_json

with job() as run:
    settings, seed = vars(run.settings.model), run.settings.seed
    start_tensorflow(run.threads)
    weights = Weights.from_json(Path(run.input.weights).read_text())
    data = training_data(run.input.spending, run.input.traits)
    inputs, truth = data.of("test")
    predicted = weights.outputs(trajectories(weights, inputs)[0][:, -1])
    low, high = bootstrap(
        lambda rows: r_squared(truth[rows], predicted[rows]), len(truth), 500, seed
    )
    scores = zip(r_squared(truth, predicted), low, high, strict=True)
    customers = {side: int(np.sum(data.split == side)) for side in np.unique(data.split)}
    metrics = {
        "r2": {
            trait: dict(zip(("value", "low", "high"), map(float, score), strict=True))
            for trait, score in zip(data.traits, scores, strict=True)
        },
        "r2_all_traits": weighted_r_squared(truth, predicted),
        "rank_ceiling": rank_ceiling(truth)[min(settings["units"], len(data.traits)) - 1],
        "customers": customers,
        **settings,
        "epochs": len(pd.read_csv(run.input.history)),
        "batch_size": batch_size(settings["batch_size"], customers["train"]),
        "seed": seed,
        "versions": versions(),
    }
    as_keras(weights, inputs.shape[1]).save(run.output.model)
    shutil.copyfile(run.input.history, run.output.history)
    shutil.copyfile(run.input.weights, run.output.weights)
    write_json(run.output.metrics, metrics)
    run.log.info("test R² over all traits %.4f", metrics["r2_all_traits"])
