"""Every complete window of the training customers, the latest of the test customers, and their targets."""

import json
from pathlib import Path

import pyarrow.parquet as pq

from job import job
from spendscape.tables import PARQUET, names_of, table, tensor_values
from spendscape.tensors import Window, write_sliding
from spendscape.traits import Formula, dominant, mean_fractions

with job(snakemake) as run:
    settings = run.settings.tensors
    known = pq.read_table(run.input.traits)
    sides = dict(zip(known["customer_id"].to_pylist(), known["split"].to_pylist(), strict=True))
    count = write_sliding(
        run.input.monthly,
        json.loads(Path(run.input.classes).read_text()),
        Window(**vars(settings.long)),
        settings.posting_months,
        {name for name, side in sides.items() if side == "test"},
        run.output.spending,
    )
    data = pq.read_table(run.output.spending)
    formula = Formula.from_json(Path(run.input.formula).read_text())
    fractions = mean_fractions(
        tensor_values(data["spending"]), tensor_values(data["total"]), run.settings.traits.mean
    )
    values = formula(fractions)
    made = table(
        {
            "customer_id": data["customer_id"],
            "traits": values.astype("float32"),
            "dominant": dominant(values, formula.traits),
            "split": [sides[name] for name in data["customer_id"].to_pylist()],
        },
        {"traits": names_of(known.schema, "traits")},
    )
    pq.write_table(made, run.output.traits, **PARQUET)
    run.log.info("%d windows of %d customers", count, len(sides))
