"""Purity: do segments separate by angles, and in the spaces where the study says they do not (maths §7)?"""

import pyarrow.parquet as pq

from spendscape.core.parquet import read_tensor
from spendscape.network.training_data import training_data
from spendscape.running.job import job
from spendscape.segments.names import order
from spendscape.segments.purity import principal_components, purity
from spendscape.segments.window_data import angles

with job() as run:
    settings = run.settings.segments
    data = training_data(run.input.spending, run.input.traits)
    train, test, fractions = data.split == "train", data.split == "test", data.mean_fractions
    directions, last = (
        pq.read_table(run.input.directions),
        read_tensor(run.input.states, "state")[:, -1],
    )
    spaces = {
        "state_angles": angles(directions, predicted=False),
        "surrogate_angles": angles(directions, predicted=True),
        "last_state": last.astype("float64"),
        "raw_fractions": fractions,
        "raw_principal_components": principal_components(fractions, train, last.shape[-1]),
        "feed_forward": read_tensor(run.input.codes, "feed_forward").astype("float64"),
        "auto_encoder": read_tensor(run.input.codes, "auto_encoder").astype("float64"),
    }
    table = purity(
        spaces, order(data.values, data.traits), train, test, settings.levels, settings.neighbours,
        settings.minimum_customers, settings.bootstrap, run.settings.seed,
    )  # fmt: skip
    table.to_csv(run.output.purity, index=False)
