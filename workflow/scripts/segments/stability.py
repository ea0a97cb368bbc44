"""Stability: is a customer's segment the same in both windows, and from step to step (MATHS §7)?"""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from spendscape.core.parquet import PARQUET, table
from spendscape.network.lstm import Weights
from spendscape.running.job import job, write_json
from spendscape.segments.movers import FEWEST_CUSTOMERS, FEWEST_STEPS, likely, sizes
from spendscape.segments.names import agreement, order, vote_orders, year_to_year
from spendscape.segments.window_data import change_since, same_customers, window_data
from spendscape.traits.formula import formula_from_json
from spendscape.traits.targets import dominant

with job() as run:
    settings, seed = run.settings.segments, run.settings.seed
    weights = Weights.from_json(Path(run.input.weights).read_text())
    formula = formula_from_json(Path(run.input.formula).read_text())
    split = pq.read_table(run.input.traits, columns=["split"])["split"].to_numpy()
    files = zip(run.input.spending, run.input.states, run.input.directions, strict=True)
    long, *recent = [window_data(*paths, weights) for paths in files]
    test = split == "test"
    truth = order(formula(long.fractions), formula.traits)
    within = year_to_year(
        dominant(formula(long.spending[test]), formula.traits),
        dominant(weights.outputs(long.states[test]), formula.traits),
        truth[test, 0], settings.bootstrap, seed,
    )  # fmt: skip
    result = {"customers": int(test.sum()), "within_long": within, "across_windows": None}
    movers = {"customer_id": pa.array([], pa.string()), "long": pa.array([], pa.string())}
    movers |= {"recent": movers["long"]}
    movers |= {"change": pa.array([], pa.float64()), "likely": pa.array([], pa.bool_())}
    if recent:
        recent, train = recent[0], split == "train"
        both, rows, _ = np.intersect1d(long.customers, recent.customers, return_indices=True)
        chosen = test[rows]
        voted = [
            vote_orders(
                long.angles[train], truth[train], angles, settings.levels, settings.neighbours
            )
            for angles in (long.angles[rows[chosen]], recent.angles[chosen])
        ]
        pairs = {
            "raw": (truth[rows[chosen]], order(formula(recent.fractions[chosen]), formula.traits)),
            "states": (long.orders[rows[chosen]], recent.orders[chosen]),
            "surrogate": tuple(voted),
        }
        result["across_windows"] = {
            name: agreement(*pair, settings.levels, settings.bootstrap, seed)
            for name, pair in pairs.items()
        }
        long, recent = same_customers(long, recent)
        before, after = long.orders[:, 0], recent.orders[:, 0]
        differs = before != after
        result["movers"] = {"customers": int(differs.sum()), "share": float(differs.mean())}
        earlier, change = change_since(formula, long, recent, run.settings.tensors)
        # Null where there is too little of the past to tell a change from chance.
        size = stands_out = np.full(len(both), None)
        if earlier.shape[1] >= FEWEST_STEPS and len(both) >= FEWEST_CUSTOMERS:
            size = sizes(change, earlier)
            stands_out = likely(size, earlier, settings.false_discovery_rate)
            result["movers"]["likely"] = int(stands_out.sum())
            result["movers"]["likely_share"] = float(stands_out.mean())
            result["movers"]["false_discovery_rate"] = settings.false_discovery_rate
        listed = differs | (stands_out == True)  # noqa: E712  (None is not True)
        movers = {"customer_id": both[listed], "long": before[listed], "recent": after[listed]}
        movers["change"] = pa.array(size[listed], pa.float64())
        movers["likely"] = pa.array(stands_out[listed], pa.bool_())
    write_json(run.output.stability, result)
    pq.write_table(table(movers), run.output.movers, **PARQUET)
