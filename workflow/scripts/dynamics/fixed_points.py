"""Fixed points: where each customer's trajectory ends under its mean spending, with a verdict (maths §6)."""

from collections import Counter
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from spendscape.core.parquet import PARQUET, read_tensor, table, tensor_values
from spendscape.dynamics.fixed_points import UNCONVERGED, fixed_points
from spendscape.explanation.inverse_map import invert
from spendscape.network.weights import Weights
from spendscape.running.job import job
from spendscape.traits.targets import dominant

with job() as run:
    weights = Weights.from_json(Path(run.input.weights).read_text())
    inverse = invert(weights.output, weights.output_bias)
    data = pq.read_table(run.input.spending, columns=["customer_id", "spending"])
    drive = weights.drive(tensor_values(data["spending"]).mean(axis=1, dtype="float64"))
    found = fixed_points(weights.cell, drive, **vars(run.settings.dynamics), seed=run.settings.seed)
    last = read_tensor(run.input.states, "state")[:, -1]
    extended = read_tensor(run.input.extended, "state")[:, -1].astype("float64")
    label = dominant(weights.outputs(found.state), weights.traits)
    columns = vars(found) | {
        "label": np.where(found.verdict == UNCONVERGED, "", label),
        "location_traits": inverse.states(read_tensor(run.input.traits, "traits")),
        "location_output": inverse.states(weights.outputs(last)),
        "extended_distance": np.linalg.norm(extended - found.state, axis=1),
    }
    columns = {"customer_id": data["customer_id"]} | columns
    pq.write_table(table(columns), run.output.fixed_points, **PARQUET)
    run.log.info("verdicts: %s", dict(Counter(found.verdict.tolist())))
