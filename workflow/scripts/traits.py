"""Traits: coefficients table → O in [−1, 1], the dominant trait and the split (MATHS §2, §3)."""

from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq

from job import job
from spendscape.errors import DataError
from spendscape.tables import PARQUET, names_of, table, tensor_values
from spendscape.traits import coefficient_matrix, dominant, fit_formula, mean_fractions, split

with job(snakemake) as run:
    settings = run.settings.traits
    data = pq.read_table(run.input.spending)
    classes, customers = names_of(data.schema, "classes"), data["customer_id"].to_pylist()
    if len(customers) < settings.minimum_customers:
        raise DataError(
            f"traits.minimum_customers: {len(customers)} customers have all steps of tensors.long, "
            f"expected {settings.minimum_customers} or more; bring more customers or ask for fewer steps"
        )
    coefficients = pd.read_csv(run.input.coefficients, comment="#")
    traits, matrix = coefficient_matrix(coefficients, classes)
    fractions = mean_fractions(
        tensor_values(data["spending"]), tensor_values(data["total"]), settings.mean
    )
    side = split(customers, vars(settings.shares))
    formula = fit_formula(fractions, matrix, traits, classes, side == "train")
    values = formula(fractions)
    made = table(
        {
            "customer_id": data["customer_id"],
            "traits": values.astype("float32"),
            "dominant": dominant(values, traits),
            "split": side,
        },
        {"traits": traits},
    )
    pq.write_table(made, run.output.traits, **PARQUET)
    Path(run.output.formula).write_text(formula.to_json())
    run.log.info("%d customers, %d classes, %d traits", *fractions.shape, len(traits))
