"""Attractors: what the fixed points of each trait's customers form, and how far their labels agree."""

from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from spendscape.core.parquet import even_sample, tensor_values
from spendscape.dynamics.fixed_points import (
    ATTRACTING,
    attractor,
    basins,
    label_agreement,
    mean_with_interval,
    slow_manifold,
    spread,
)
from spendscape.network.lstm import Weights
from spendscape.running.job import job, write_json
from spendscape.traits.targets import dominant

with job() as run:
    settings, seed = run.settings.dynamics, run.settings.seed
    weights = Weights.from_json(Path(run.input.weights).read_text())
    points = pq.read_table(run.input.fixed_points, columns=["state", "label", "verdict", "stable"])
    sound = np.isin(points["verdict"].to_numpy(), ATTRACTING)
    state, label = tensor_values(points["state"])[sound], points["label"].to_numpy()[sound]
    alone = (points["stable"].to_numpy()[sound] == 1).astype("float64")
    true = pq.read_table(run.input.traits)["dominant"].to_numpy()[sound]
    last = tensor_values(pq.read_table(run.input.states, columns=["state"])["state"])[sound, -1]
    final = dominant(weights.outputs(last), weights.traits)
    spending = tensor_values(pq.read_table(run.input.spending, columns=["spending"])["spending"])
    fractions = spending.mean(axis=1, dtype="float64")[sound]
    agreements = {
        name: label_agreement(
            label[own != ""], own[own != ""], weights.traits, settings.bootstrap, seed
        )
        for name, own in (("true", true), ("final", final))
    }
    traits, inputs = {}, {"(all)": fractions.mean(axis=0)}
    for trait in weights.traits:
        members, agreement = label == trait, {key: agreements[key][trait] for key in agreements}
        traits[trait] = {"customers": int(members.sum()), "agreement": agreement}
        if members.sum() > 1:
            found = attractor(
                state[members], spread(state), settings.point_spread, settings.locus_variance,
                settings.maximum_points, settings.bootstrap, seed,
            )  # fmt: skip
            traits[trait] |= found.to_dict()
            inputs[trait] = fractions[members].mean(axis=0)
            some = np.flatnonzero(members)[even_sample(members.sum(), settings.basin_customers)]
            share = basins(
                weights, weights.drive(fractions[some]), state[some],
                settings.basin_starts, settings.rollout_steps, seed,
            )  # fmt: skip
            traits[trait]["basin"] = {
                "customers_with_one_attractor": mean_with_interval(
                    alone[members], settings.bootstrap, seed
                ),
                "starts_that_end_here": mean_with_interval(share, settings.bootstrap, seed),
                "customers_tried": len(some),
            }
        run.log.info("%s: %s", trait, traits[trait].get("kind", "no customers"))
    slow = slow_manifold(weights, np.stack(list(inputs.values())), list(inputs), settings.slow)
    values = {"traits": traits, "slow_manifold": slow, "left_out": int((~sound).sum())}
    write_json(run.output.attractors, values)
