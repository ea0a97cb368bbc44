"""Recovery: what the run found of what the simulator planted."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from spendscape.evaluation import recovery
from spendscape.ingest.settings import secret
from spendscape.network.lstm import Weights
from spendscape.running.job import job
from spendscape.segments.window_data import change_since, same_customers, window_data
from spendscape.traits.formula import formula_from_json

with job() as run:
    draws = {"draws": run.settings.segments.bootstrap, "seed": run.settings.seed}
    weights = Weights.from_json(Path(run.input.weights).read_text())
    formula = formula_from_json(Path(run.input.formula).read_text())
    files = zip(run.input.spending, run.input.states, run.input.directions, strict=True)
    long, *recent = [window_data(*paths, weights) for paths in files]
    truth = pq.read_table(run.input.truth)
    planted, traits = recovery.planted_in(truth, secret(run.settings.privacy))
    # Measured traits can be others than the planted ones, which then have nothing to be held against.
    same = set(weights.traits) == set(traits)

    frames = [recovery.coefficient_recovery(pd.read_csv(run.input.scores))]
    split = pq.read_table(run.input.traits, columns=["split"])["split"].to_numpy()
    test = (split == "test") & ~planted.of(long.customers).mover
    if same:
        # The network's traits may have another order.
        outputs = weights.outputs(long.states[test, -1])[
            :, [weights.traits.index(t) for t in traits]
        ]
        labels = pq.read_table(run.input.fixed_points, columns=["label"])["label"].to_numpy()
        frames = recovery.stayer_recovery(
            planted.of(long.customers[test]), traits, outputs, long.orders[test],
            labels[test].astype(str), run.settings.segments.levels, **draws,
        ) + frames  # fmt: skip
    if recent:
        # Whoever left has windows that end before the last year does.
        long, recent = same_customers(long, recent[0], planted.customers[~planted.left])
        found = pq.read_table(run.input.movers).to_pandas()
        listed = {
            "movers": found["long"] != found["recent"],
            "movers_likely": found["likely"].eq(True),
        }
        listed = {
            name: np.isin(long.customers, found["customer_id"][rows])
            for name, rows in listed.items()
        }
        years, windows = run.settings.simulate, run.settings.tensors
        timing = recovery.Timing(
            np.datetime64(f"{years.first_year + years.years}-01"),
            windows.long.steps * windows.long.months_per_step,
            windows.recent.steps * windows.recent.months_per_step,
            windows.recent.months_per_step,
        )
        outputs = (weights.outputs(window.states) for window in (long, recent))
        frames += recovery.move_recovery(
            planted.of(long.customers), listed, weights.traits if same else None, *outputs,
            *change_since(formula, long, recent, windows), timing, **draws,
        )  # fmt: skip
    table = pd.concat(frames, ignore_index=True)[recovery.COLUMNS]
    table.to_csv(run.output.recovery, index=False)
    run.log.info("%d quantities", len(table))
