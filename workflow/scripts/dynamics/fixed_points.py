"""Fixed points: where each customer's trajectory ends under its mean spending, with a verdict (maths §6)."""

from collections import Counter
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from spendscape.core.parquet import PARQUET, read_tensor, row_groups, table, tensor_values
from spendscape.core.statistics import mean_of_steps
from spendscape.dynamics.fixed_points import fixed_points
from spendscape.evaluation.final_locations import location_columns
from spendscape.network.weights import Weights
from spendscape.running.job import job

with job() as run:
    weights = Weights.from_json(Path(run.input.weights).read_text())
    groups = row_groups(run.input.spending, ["spending"])
    means = (mean_of_steps(tensor_values(group["spending"])) for group in groups)
    drive = np.concatenate([weights.drive(mean) for mean in means])
    customers = pq.read_table(run.input.spending, columns=["customer_id"])["customer_id"]
    found = fixed_points(weights.cell, drive, **vars(run.settings.dynamics), seed=run.settings.seed)
    columns = {"customer_id": customers} | vars(found)
    columns |= location_columns(
        weights,
        found,
        read_tensor(run.input.traits, "traits"),
        *(read_tensor(path, "state")[:, -1] for path in (run.input.states, run.input.extended)),
    )
    pq.write_table(table(columns), run.output.fixed_points, **PARQUET)
    run.log.info("verdicts: %s", dict(Counter(found.verdict.tolist())))
