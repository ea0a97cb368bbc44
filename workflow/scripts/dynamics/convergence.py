"""Convergence: do trajectories end at their predicted final locations L (study Eq. 3, MATHS §5)?"""

from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from spendscape.core.parquet import tensor_values
from spendscape.dynamics.fixed_points import UNCONVERGED, convergence
from spendscape.network.lstm import Weights
from spendscape.running.job import job
from spendscape.traits.targets import dominant

with job() as run:
    weights = Weights.from_json(Path(run.input.weights).read_text())
    points, targets = pq.read_table(run.input.fixed_points), pq.read_table(run.input.traits)
    split, own = (targets[name].to_numpy() for name in ("split", "dominant"))
    sound = points["verdict"].to_numpy() != UNCONVERGED
    test, train = sound & (split == "test"), sound & (split == "train")
    state, label = tensor_values(points["state"]), points["label"].to_numpy()
    last = tensor_values(pq.read_table(run.input.states, columns=["state"])["state"])[:, -1]
    # What one would say without the output layer: the mean h* of the customers with the same dominant trait.
    centroid = {name: state[train & (own == name)].mean(axis=0) for name in np.unique(own[train])}
    baseline = np.array([centroid.get(name, state[train].mean(axis=0)) for name in own[test]])
    table = convergence(
        state[test],
        {
            "location_from_true_traits": tensor_values(points["location_traits"])[test],
            "location_from_last_output": tensor_values(points["location_output"])[test],
            "mean_of_the_dominant_trait": baseline,
        },
        label[test],
        {
            "true_dominant": own[test],
            "last_output": dominant(weights.outputs(last[test]), weights.traits),
        },
        tensor_values(targets["traits"])[test].max(axis=1),
        points["steps"].to_numpy()[test],
        points["extended_distance"].to_numpy()[test],
        run.settings.dynamics.bootstrap,
        run.settings.seed,
    )
    table.to_csv(run.output.convergence, index=False)
