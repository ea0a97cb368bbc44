"""Every complete window of the training customers, the latest of the test customers, and their targets."""

import json
from pathlib import Path

import pyarrow.parquet as pq

from spendscape.core.parquet import PARQUET
from spendscape.running.job import job
from spendscape.tensors.windows import Window
from spendscape.tensors.write import write_sliding
from spendscape.traits.formula import formula_from_json
from spendscape.traits.window_targets import scored_customers, window_targets

with job() as run:
    known = pq.read_table(run.input.traits)
    count = write_sliding(
        run.input.monthly,
        json.loads(Path(run.input.classes).read_text()),
        Window(**vars(run.settings.tensors.long)),
        (run.settings.tensors.posting_months, run.settings.tensors.coverage),
        scored_customers(known),
        run.output.spending,
    )
    formula = formula_from_json(Path(run.input.formula).read_text())
    made = window_targets(
        pq.read_table(run.output.spending), known, formula, run.settings.traits.mean
    )
    pq.write_table(made, run.output.traits, **PARQUET)
    run.log.info("%d windows of %d customers", count, len(known))
