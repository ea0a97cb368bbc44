"""Scored traits: the formula of a finished run on new customers, unless it stands in for measured traits."""

from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from spendscape.core.parquet import PARQUET, tensor_values
from spendscape.running.job import job
from spendscape.traits.formula import Formula, mean_fractions, target_table

with job() as run:
    formula = Formula.from_json(Path(run.input.formula).read_text())
    data = pq.read_table(run.input.spending)
    values = formula(
        mean_fractions(
            tensor_values(data["spending"]),
            tensor_values(data["total"]),
            run.settings.traits.mean,
        )
    )
    if formula.measured:
        values = np.full_like(values, np.nan)
    made = target_table(data["customer_id"], values, formula.traits, ["scored"] * len(values))
    pq.write_table(made, run.output.traits, **PARQUET)
