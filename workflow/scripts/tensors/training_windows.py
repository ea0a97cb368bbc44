"""Every complete window of the training customers, the latest of the test customers, and their targets."""

import json
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from spendscape.core.parquet import PARQUET, tensor_values
from spendscape.running.job import job
from spendscape.tensors.windows import Window, write_sliding
from spendscape.traits.formula import Formula, mean_fractions, target_table

with job() as run:
    settings = run.settings.tensors
    known = pq.read_table(run.input.traits)
    ids, sides = known["customer_id"].to_pylist(), known["split"].to_numpy()
    learning = np.isin(sides, ["train", "validation"])
    count = write_sliding(
        run.input.monthly,
        json.loads(Path(run.input.classes).read_text()),
        Window(**vars(settings.long)),
        settings.posting_months,
        {name for name, many in zip(ids, learning, strict=True) if not many},
        run.output.spending,
    )
    data = pq.read_table(run.output.spending)
    formula = Formula.from_json(Path(run.input.formula).read_text())
    place = {name: row for row, name in enumerate(ids)}
    rows = [place[name] for name in data["customer_id"].to_pylist()]
    if formula.measured:
        values = tensor_values(known["traits"])[rows]
    else:
        values = formula(
            mean_fractions(
                tensor_values(data["spending"]),
                tensor_values(data["total"]),
                run.settings.traits.mean,
            )
        )
    made = target_table(data["customer_id"], values, formula.traits, sides[rows])
    pq.write_table(made, run.output.traits, **PARQUET)
    run.log.info("%d windows of %d customers", count, len(ids))
