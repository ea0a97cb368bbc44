"""Traits: coefficients table → O in [−1, 1], the dominant trait and the split (MATHS §2, §3)."""

from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq

from spendscape.core.parquet import PARQUET, names_of, tensor_values
from spendscape.running.job import job
from spendscape.traits.formula import (
    check_enough,
    coefficient_matrix,
    fit_formula,
    mean_fractions,
    split,
    target_table,
)

with job() as run:
    settings = run.settings.traits
    data = pq.read_table(run.input.spending)
    classes, customers = names_of(data.schema, "classes"), data["customer_id"].to_pylist()
    check_enough(len(customers), settings.minimum_customers, "all steps of tensors.long")
    coefficients = pd.read_csv(run.input.coefficients, comment="#")
    traits, matrix = coefficient_matrix(coefficients, classes)
    fractions = mean_fractions(
        tensor_values(data["spending"]), tensor_values(data["total"]), settings.mean
    )
    side = split(customers, vars(settings.shares))
    formula = fit_formula(fractions, matrix, traits, classes, side == "train")
    made = target_table(data["customer_id"], formula(fractions), traits, side)
    pq.write_table(made, run.output.traits, **PARQUET)
    Path(run.output.formula).write_text(formula.to_json())
    run.log.info("%d customers, %d classes, %d traits", *fractions.shape, len(traits))
