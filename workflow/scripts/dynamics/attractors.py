"""Attractors: what the fixed points of each trait's customers form, and how far their labels agree."""

from pathlib import Path

import pyarrow.parquet as pq

from spendscape.core.parquet import last_states, read_tensor, step_means
from spendscape.dynamics.attractors import Criteria, Ends, attractors
from spendscape.network.weights import Weights
from spendscape.running.job import job, write_json
from spendscape.traits.targets import dominant

with job() as run:
    weights = Weights.from_json(Path(run.input.weights).read_text())
    points = pq.read_table(run.input.fixed_points, columns=["label", "verdict", "stable"])
    ends = Ends(
        read_tensor(run.input.fixed_points, "state"),
        points["label"].to_numpy(),
        points["verdict"].to_numpy(),
        points["stable"].to_numpy(),
        step_means(run.input.spending),
    )
    final = weights.outputs(last_states(run.input.states))
    dominants = {
        "true": pq.read_table(run.input.traits)["dominant"].to_numpy(),
        "final": dominant(final, weights.traits),
    }
    how = Criteria(**vars(run.settings.dynamics), seed=run.settings.seed)
    found = attractors(weights.cell, weights.traits, ends, dominants, how)
    write_json(run.output.attractors, found)
