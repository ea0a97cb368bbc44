"""Convergence: do trajectories end at their predicted final locations L (study Eq. 3, maths §5)?"""

from pathlib import Path

import pyarrow.parquet as pq

from spendscape.core.parquet import last_states, tensor_values
from spendscape.dynamics.convergence import Outcomes, convergence
from spendscape.dynamics.fixed_points import UNCONVERGED
from spendscape.network.weights import Weights
from spendscape.running.job import job
from spendscape.traits.targets import dominant

with job() as run:
    weights = Weights.from_json(Path(run.input.weights).read_text())
    points, targets = pq.read_table(run.input.fixed_points), pq.read_table(run.input.traits)
    last = weights.outputs(last_states(run.input.states))
    own = targets["dominant"].to_numpy()
    outcomes = Outcomes(
        tensor_values(points["state"]), points["label"].to_numpy(),
        points["verdict"].to_numpy() != UNCONVERGED,
        points["steps"].to_numpy(), points["extended_distance"].to_numpy(),
        {f"location_from_{name}": tensor_values(points[f"location_{column}"])
         for name, column in (("true_traits", "traits"), ("last_output", "output"))},
        {"true_dominant": own, "last_output": dominant(last, weights.traits)},
        tensor_values(targets["traits"]).max(axis=1),
    )  # fmt: skip
    draws, seed = run.settings.dynamics.bootstrap, run.settings.seed
    table = convergence(outcomes, targets["split"].to_numpy(), own, draws, seed)
    table.to_csv(run.output.convergence, index=False)
