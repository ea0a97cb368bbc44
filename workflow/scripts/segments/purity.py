"""Purity: do segments separate by angles, and in the spaces where the study says they do not (maths §7)?"""

import pyarrow.parquet as pq

from spendscape.core.parquet import tensor_values
from spendscape.network.training_data import training_data
from spendscape.running.job import job
from spendscape.segments.names import order
from spendscape.segments.purity import principal_components, purity
from spendscape.segments.window_data import angles

with job() as run:
    settings = run.settings.segments
    data = training_data(run.input.spending, run.input.traits)
    train, test, fractions = data.split == "train", data.split == "test", data.mean_fractions
    directions, codes = pq.read_table(run.input.directions), pq.read_table(run.input.codes)
    last = tensor_values(pq.read_table(run.input.states, columns=["state"])["state"])[:, -1]
    spaces = {
        "state_angles": angles(directions, predicted=False),
        "surrogate_angles": angles(directions, predicted=True),
        "last_state": last.astype("float64"),
        "raw_fractions": fractions,
        "raw_principal_components": principal_components(fractions, train, last.shape[-1]),
        "feed_forward": tensor_values(codes["feed_forward"]).astype("float64"),
        "auto_encoder": tensor_values(codes["auto_encoder"]).astype("float64"),
    }
    table = purity(
        spaces, order(data.values, data.traits), train, test, settings.levels, settings.neighbours,
        settings.minimum_customers, settings.bootstrap, run.settings.seed,
        lambda level: run.log.info("level %d scored", level),
    )  # fmt: skip
    table.to_csv(run.output.purity, index=False)
