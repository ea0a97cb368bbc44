"""Train: the network of this run as a Keras model, with its scores on unseen customers (maths §3)."""

import shutil
from pathlib import Path

import pandas as pd

from spendscape.network.keras_model import as_keras
from spendscape.network.training import start_tensorflow, summary
from spendscape.network.training_data import training_data
from spendscape.network.units import scores
from spendscape.network.weights import Weights
from spendscape.running.job import job, write_json

with job() as run:
    start_tensorflow(run.threads)
    weights = Weights.from_json(Path(run.input.weights).read_text())
    data = training_data(run.input.spending, run.input.traits)
    inputs, truth = data.of("test")
    epochs, seed = len(pd.read_csv(run.input.history)), run.settings.seed
    metrics = scores(weights, inputs, truth, seed)
    metrics |= summary(data.split, vars(run.settings.model), epochs, seed)
    as_keras(weights, inputs.shape[1]).save(run.output.model)
    shutil.copyfile(run.input.history, run.output.history)
    shutil.copyfile(run.input.weights, run.output.weights)
    write_json(run.output.metrics, metrics)
    run.log.info("test R² over all traits %.4f", metrics["r2_all_traits"])
