"""Purity: do segments separate in angle space, and in the spaces the study denies it for (MATHS §7)?"""

import numpy as np
import pyarrow.parquet as pq

from spendscape.core.parquet import tensor_values
from spendscape.network.training_data import training_data
from spendscape.running.job import job
from spendscape.segments.names import order, principal_components, purity

with job() as run:
    settings = run.settings.segments
    data = training_data(run.input.spending, run.input.traits)
    train, test = data.split == "train", data.split == "test"
    directions = pq.read_table(run.input.directions).drop_columns("customer_id")
    codes = pq.read_table(run.input.codes)
    last = tensor_values(pq.read_table(run.input.states, columns=["state"])["state"])[:, -1]
    angles = {
        prefix: np.column_stack(
            [directions[n] for n in directions.column_names if n.startswith("predicted") == flag]
        )
        for prefix, flag in (("state_angles", False), ("surrogate_angles", True))
    }
    fractions = data.mean_fractions
    spaces = angles | {
        "last_state": last.astype(np.float64),
        "raw_fractions": fractions,
        "raw_principal_components": principal_components(fractions, train, last.shape[-1]),
        "feed_forward": tensor_values(codes["feed_forward"]).astype(np.float64),
        "auto_encoder": tensor_values(codes["auto_encoder"]).astype(np.float64),
    }
    table = purity(
        spaces, order(data.values, data.traits), train, test, settings.levels, settings.neighbours,
        settings.minimum_customers, settings.bootstrap, run.settings.seed,
        lambda level: run.log.info("level %d scored", level),
    )  # fmt: skip
    table.to_csv(run.output.purity, index=False)
