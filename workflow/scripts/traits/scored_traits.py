"""Traits of new customers by a finished run's formula, unless it stands in for measured traits."""

from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from spendscape.core.parquet import PARQUET, tensor_values
from spendscape.running.job import job
from spendscape.traits.formula import formula_from_json
from spendscape.traits.targets import mean_fractions, target_table

with job() as run:
    formula = formula_from_json(Path(run.input.formula).read_text())
    data = pq.read_table(run.input.spending)
    spending, totals = tensor_values(data["spending"]), tensor_values(data["total"])
    values = formula(mean_fractions(spending, totals, run.settings.traits.mean))
    if formula.measured:
        values = np.full_like(values, np.nan)
    side = np.full(len(values), "scored")
    made = target_table(data["customer_id"], values, formula.traits, side)
    pq.write_table(made, run.output.traits, **PARQUET)
