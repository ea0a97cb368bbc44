"""Comparison: the network beside what it must beat on unseen customers, and its calibration."""

from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from spendscape.core.csv_tables import write_csv
from spendscape.core.parquet import row_groups, tensor_values
from spendscape.evaluation.baselines import NETWORK, calibration, compare, predictions
from spendscape.network.training_data import training_data
from spendscape.network.units import DRAWS, last_outputs
from spendscape.network.weights import Weights
from spendscape.running.job import job

with job() as run:
    draws, seed = run.settings.ensemble.bootstrap, run.settings.seed
    weights = Weights.from_json(Path(run.input.weights).read_text())
    data = training_data(run.input.spending, run.input.traits)
    parts = row_groups(run.input.spending, ["spending"])
    outputs = [last_outputs(weights, tensor_values(part["spending"])) for part in parts]
    read = pq.read_table(run.input.codes).drop_columns("customer_id")
    codes = {name: tensor_values(read[name]) for name in read.column_names}
    train, test = data.split == "train", data.split == "test"
    predicted = predictions(data.values, train, data.mean_fractions, np.concatenate(outputs), codes)
    scores = compare(data.values, predicted, test, data.traits, DRAWS, seed)
    write_csv(scores, run.output.scores)
    own = predicted[NETWORK][test]
    fewest = run.settings.segments.minimum_customers
    lines = calibration(data.values[test], own, data.traits, fewest, draws, seed)
    write_csv(lines, run.output.calibration)
    run.log.info("%s", scores.groupby("model")["r2"].min().to_dict())
