"""Reference: the average training customer and the surrogate's usual error, which cards compare with."""

from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from spendscape.core.parquet import tensor_values
from spendscape.explanation.chart import Chart
from spendscape.pages.cards import angular_error
from spendscape.running.job import job, write_json
from spendscape.segments.training_range import fit_range
from spendscape.traits.targets import mean_fractions

with job() as run:
    data = pq.read_table(run.input.spending, columns=["spending", "total"])
    spending = tensor_values(data["spending"])
    of_traits = mean_fractions(spending, tensor_values(data["total"]), run.settings.traits.mean)
    train = pq.read_table(run.input.traits, columns=["split"])["split"].to_numpy() == "train"
    table = pq.read_table(run.input.directions).drop_columns("customer_id")
    sides = [name for name in table.column_names if name.startswith("predicted_")]
    predicted = np.column_stack([table[name] for name in sides])
    angles = np.column_stack([table[name.removeprefix("predicted_")] for name in sides])
    error = angular_error(angles, predicted, Chart.from_json(Path(run.input.chart).read_text()))
    fractions = spending.mean(axis=1, dtype="float64")
    training_range = fit_range(fractions[train], run.settings.score.far)
    values = {
        "average": spending[train].mean(axis=(0, 1), dtype="float64"),
        "average_traits": of_traits[train].mean(axis=0),
        "median_error": float(np.nanmedian(error)),
        "range": vars(training_range),
    }
    write_json(run.output.reference, values)
