"""Train: spending fractions → a Keras LSTM that predicts the traits at every step (MATHS §3)."""

from pathlib import Path

import numpy as np

from job import job, write_json
from spendscape.model import Training, as_keras, rank_ceiling, start_tensorflow, train
from spendscape.states import trajectories
from spendscape.statistics import bootstrap, r_squared, weighted_r_squared
from training_data import training_data

with job(snakemake) as run:
    settings = vars(run.settings.model)
    units, seed = settings.pop("units"), run.settings.seed
    data = training_data(run.input.spending, run.input.traits)
    start_tensorflow(run.threads)
    weights, history = train(
        *data.of("train"),
        data.of("validation"),
        units,
        Training(**settings, seed=seed),
        (data.traits, data.classes),
        lambda epoch, logs: run.log.info("epoch %d %s", epoch, logs),
    )
    inputs, truth = data.of("test")
    predicted = weights.outputs(trajectories(weights, inputs)[0][:, -1])
    low, high = bootstrap(
        lambda rows: r_squared(truth[rows], predicted[rows]), len(truth), 500, seed
    )
    scores = zip(r_squared(truth, predicted), low, high, strict=True)
    metrics = {
        "r2": {
            trait: dict(zip(("value", "low", "high"), map(float, score), strict=True))
            for trait, score in zip(data.traits, scores, strict=True)
        },
        "r2_all_traits": weighted_r_squared(truth, predicted),
        "rank_ceiling": rank_ceiling(truth)[min(units, len(data.traits)) - 1],
        "customers": {side: int(np.sum(data.split == side)) for side in np.unique(data.split)},
        "epochs": len(history),
        "units": units,
        "seed": seed,
        **settings,
    }
    as_keras(weights, inputs.shape[1]).save(run.output.model)
    history.to_csv(run.output.history, index=False)
    Path(run.output.weights).write_text(weights.to_json())
    write_json(run.output.metrics, metrics)
    run.log.info("test R² over all traits %.4f", metrics["r2_all_traits"])
