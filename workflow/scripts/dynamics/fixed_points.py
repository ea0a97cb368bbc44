"""Fixed points: where each customer's trajectory ends under its mean spending, with a verdict (maths §6)."""

from collections import Counter
from pathlib import Path

import pyarrow.parquet as pq

from spendscape.core.parquet import PARQUET, read_tensor, table, tensor_values
from spendscape.dynamics.fixed_points import fixed_points
from spendscape.evaluation.final_locations import location_columns
from spendscape.network.weights import Weights
from spendscape.running.job import job

with job() as run:
    weights = Weights.from_json(Path(run.input.weights).read_text())
    data = pq.read_table(run.input.spending, columns=["customer_id", "spending"])
    drive = weights.drive(tensor_values(data["spending"]).mean(axis=1, dtype="float64"))
    found = fixed_points(weights.cell, drive, **vars(run.settings.dynamics), seed=run.settings.seed)
    columns = {"customer_id": data["customer_id"]} | vars(found)
    columns |= location_columns(
        weights,
        found,
        read_tensor(run.input.traits, "traits"),
        *(read_tensor(path, "state")[:, -1] for path in (run.input.states, run.input.extended)),
    )
    pq.write_table(table(columns), run.output.fixed_points, **PARQUET)
    run.log.info("verdicts: %s", dict(Counter(found.verdict.tolist())))
