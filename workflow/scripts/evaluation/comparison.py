"""Comparison: the network beside what it must beat on unseen customers, and its calibration."""

from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from spendscape.core.parquet import tensor_values
from spendscape.evaluation.baselines import calibration, compare, least_squares
from spendscape.network.lstm import Weights, trajectories
from spendscape.network.training_data import training_data
from spendscape.running.job import job

with job() as run:
    draws, seed = run.settings.ensemble.bootstrap, run.settings.seed
    weights = Weights.from_json(Path(run.input.weights).read_text())
    data = training_data(run.input.spending, run.input.traits)
    codes = pq.read_table(run.input.codes)
    train, test = data.split == "train", data.split == "test"
    mean = np.broadcast_to(data.values[train].mean(axis=0, dtype=float), data.values.shape)
    predictions = {
        "mean of the training customers": mean,
        "least squares from mean fractions": least_squares(data.mean_fractions, data.values, train),
        "network (LSTM)": weights.outputs(trajectories(weights, data.spending)[0][:, -1]),
    }
    for name in codes.column_names[1:]:
        code = tensor_values(codes[name])
        predictions[f"code of the {name.replace('_', '-')}"] = least_squares(
            code, data.values, train
        )
    scores = compare(data.values, predictions, test, data.traits, draws, seed)
    scores.to_csv(run.output.scores, index=False)
    predicted = predictions["network (LSTM)"][test]
    lines = calibration(data.values[test], predicted, data.traits, draws, seed)
    lines.to_csv(run.output.calibration, index=False)
    run.log.info("%s", scores.groupby("model")["r2"].min().to_dict())
