"""Fixed points: where each customer's trajectory ends under its mean spending, with a verdict (MATHS §6)."""

from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from spendscape.core.parquet import PARQUET, table, tensor_values
from spendscape.dynamics.fixed_points import UNCONVERGED, fixed_points
from spendscape.explanation.inverse_map import invert
from spendscape.network.lstm import Weights
from spendscape.running.job import job
from spendscape.traits.targets import dominant

with job() as run:
    settings = run.settings.dynamics
    weights = Weights.from_json(Path(run.input.weights).read_text())
    data = pq.read_table(run.input.spending, columns=["customer_id", "spending"])
    truth = tensor_values(pq.read_table(run.input.traits)["traits"])
    states, extended = (
        tensor_values(pq.read_table(path, columns=["state"])["state"])[:, -1].astype(np.float64)
        for path in (run.input.states, run.input.extended)
    )
    drive = weights.drive(tensor_values(data["spending"]).mean(axis=1, dtype="float64"))
    found = fixed_points(
        weights,
        drive,
        settings.tolerance,
        settings.rollout_steps,
        settings.starts,
        run.settings.seed,
    )
    inverse = invert(weights.output, weights.output_bias)
    label = dominant(weights.outputs(found.state), weights.traits)
    columns = vars(found) | {
        "label": np.where(found.verdict == UNCONVERGED, "", label),
        "location_traits": inverse.states(truth),
        "location_output": inverse.states(weights.outputs(states)),
        "extended_distance": np.linalg.norm(extended - found.state, axis=1),
    }
    made = table({"customer_id": data["customer_id"]} | columns)
    pq.write_table(made, run.output.fixed_points, **PARQUET)
    names, counts = np.unique(found.verdict, return_counts=True)
    run.log.info("verdicts: %s", dict(zip(names.tolist(), counts.tolist(), strict=True)))
