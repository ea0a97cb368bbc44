"""Fixed points: where each customer's trajectory ends under its mean spending, with a verdict (maths §6)."""

from collections import Counter
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from spendscape.core.parquet import last_states, mean_groups, read_tensor, table, write_row_groups
from spendscape.dynamics.fixed_points import fixed_points
from spendscape.evaluation.final_locations import location_columns
from spendscape.network.weights import Weights
from spendscape.running.job import job

with job() as run:
    weights = Weights.from_json(Path(run.input.weights).read_text())
    drive = np.concatenate([weights.drive(mean) for mean in mean_groups(run.input.spending)])
    customers = pq.read_table(run.input.spending, columns=["customer_id"])["customer_id"]
    found = fixed_points(weights.cell, drive, **vars(run.settings.dynamics), seed=run.settings.seed)
    columns = {"customer_id": customers} | vars(found)
    columns |= location_columns(
        weights,
        found,
        read_tensor(run.input.traits, "traits"),
        *(last_states(path) for path in (run.input.states, run.input.extended)),
    )
    write_row_groups(run.output.fixed_points, [table(columns)])
    run.log.info("verdicts: %s", dict(Counter(found.verdict.tolist())))
