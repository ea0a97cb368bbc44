"""Scored traits: the formula of a finished run on new customers; nothing is fitted to them."""

from pathlib import Path

import pyarrow.parquet as pq

from job import job
from spendscape.tables import PARQUET, table, tensor_values
from spendscape.traits import Formula, dominant, mean_fractions

with job(snakemake) as run:
    formula = Formula.from_json(Path(run.input.formula).read_text())
    data = pq.read_table(run.input.spending)
    values = formula(
        mean_fractions(
            tensor_values(data["spending"]),
            tensor_values(data["total"]),
            run.settings.traits.mean,
        )
    )
    columns = {
        "customer_id": data["customer_id"],
        "traits": values.astype("float32"),
        "dominant": dominant(values, formula.traits),
        "split": ["scored"] * len(values),
    }
    made = table(columns, {"traits": formula.traits})
    pq.write_table(made, run.output.traits, **PARQUET)
