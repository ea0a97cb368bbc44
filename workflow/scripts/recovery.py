"""Recovery: what the run found of what the simulator planted."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from ingest_settings import secret
from job import job
from spendscape import movers, recovery
from spendscape.pseudonyms import pseudonyms
from spendscape.report import recovery_page
from spendscape.segments import order
from spendscape.states import Weights
from spendscape.tables import names_of, tensor_values
from spendscape.traits import Formula, dominant, fitted
from window_data import change_since, same_customers, window_data

with job(snakemake) as run:
    seed, draws = run.settings.seed, run.settings.segments.bootstrap
    weights = Weights.from_json(Path(run.input.weights).read_text())
    formula = Formula.from_json(Path(run.input.formula).read_text())
    files = zip(run.input.spending, run.input.states, run.input.directions, strict=True)
    long, *recent = [window_data(*paths, weights) for paths in files]

    truth = pq.read_table(run.input.truth)
    key = secret(run.settings.privacy)
    if key is not None:
        names = pa.array(pseudonyms(truth["customer_id"].to_pylist(), key))
        place = truth.column_names.index("customer_id")
        truth = truth.set_column(place, "customer_id", names).sort_by("customer_id")
    traits = names_of(truth.schema, "traits")
    planted = {name: tensor_values(truth[f"traits_{name}"]) for name in ("before", "after")}
    mover = truth["mover"].to_numpy()
    ids = truth["customer_id"].to_numpy()
    rows = np.searchsorted(ids, long.customers)
    split = pq.read_table(run.input.traits, columns=["split"])["split"].to_numpy()
    test = (split == "test") & ~mover[rows]
    labels = pq.read_table(run.input.fixed_points, columns=["label"])["label"].to_numpy()
    frames = [recovery.coefficient_recovery(pd.read_csv(run.input.scores))]
    # Measured traits can be others than the planted ones, which then have nothing to be held against.
    same = set(weights.traits) == set(traits)
    if same:
        # The network's traits may have another order.
        outputs = weights.outputs(long.states[:, -1])
        outputs = outputs[:, [weights.traits.index(name) for name in traits]]
        orders = order(planted["before"], traits)[rows]
        frames = [
            recovery.trait_recovery(
                planted["before"][rows][test], outputs[test], traits, draws, seed
            ),
            recovery.order_recovery(
                orders[test], long.orders[test], run.settings.segments.levels, draws, seed
            ),
            recovery.label_recovery(orders[test, 0], labels[test].astype(str), draws, seed),
            *frames,
        ]
    if recent:
        # Whoever left has windows that end before the last year does.
        long, recent = same_customers(long, recent[0], ids[truth["left"].is_null().to_numpy()])
        place = np.searchsorted(ids, long.customers)
        moved = mover[place]
        found = pq.read_table(run.input.movers).to_pandas()
        lists = {
            "movers": found["long"] != found["recent"],
            "movers_likely": found["likely"].eq(True),
        }
        lists = {
            name: np.isin(long.customers, found["customer_id"][rows])
            for name, rows in lists.items()
        }
        output = weights.outputs(recent.states[:, -1]) - weights.outputs(long.states[:, -1])
        earlier, change = change_since(formula, long, recent, run.settings.tensors)
        sizes = {"movers_top_network": movers.mahalanobis(output, np.ones(len(moved), dtype=bool))}
        if earlier.shape[1] >= movers.FEWEST_STEPS:
            sizes["movers_top"] = movers.sizes(change, earlier)
            sizes["movers_top_observer"] = movers.sizes(change, earlier, ~moved)
        frames.append(recovery.mover_recovery(moved, lists, sizes, draws, seed))
        if moved.any():
            b, place = np.flatnonzero(moved), place[moved]
            last = np.datetime64(
                f"{run.settings.simulate.first_year + run.settings.simulate.years}-01"
            )
            moved = truth["moved"].to_numpy()[place].astype("datetime64[M]")
            length = run.settings.tensors.recent.months_per_step
            steps = run.settings.tensors.recent.steps
            months = run.settings.tensors.long.steps * run.settings.tensors.long.months_per_step
            limit = recovery.averaging_limit(
                planted["before"][place], planted["after"][place],
                (last - moved).astype(int), steps * length, months,
            )  # fmt: skip
            frames.append(
                pd.DataFrame({"quantity": ["movers_recall_without_noise"], "value": limit})
            )
            ends = last - length * np.arange(steps)[::-1]
            shown = dominant(weights.outputs(recent.states[b]), weights.traits)
            new = truth["dominant_after"].to_numpy()[place]
            delays = recovery.delays(shown, new, moved, ends)
            frames += [recovery.delay_recovery(delays, draws, seed)] if same else []
    table = pd.concat(frames, ignore_index=True)[recovery.COLUMNS]
    table.to_csv(run.output.recovery, index=False)
    Path(run.output.page).write_text(recovery_page(table, fitted(formula)))
    run.log.info("%d quantities", len(table))
