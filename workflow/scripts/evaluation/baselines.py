"""Baselines: the codes of a feed-forward network and an auto-encoder, for the test of the segments."""

import pyarrow as pa
import pyarrow.parquet as pq

from spendscape.core.parquet import PARQUET, table
from spendscape.network.baseline_codes import baseline_codes
from spendscape.network.training import Training, start_tensorflow
from spendscape.network.training_data import training_data
from spendscape.running.job import job

with job() as run:
    settings = vars(run.settings.model) | vars(run.settings.elbow)
    data = training_data(run.input.spending, run.input.traits)
    start_tensorflow()
    how = Training.of(settings, run.settings.seed)
    sides = data.both("train", "validation")
    codes = baseline_codes(*sides, data.blocks(), settings["units"], how)
    made = table({"customer_id": pa.array(data.customers)} | codes)
    pq.write_table(made, run.output.codes, **PARQUET)
