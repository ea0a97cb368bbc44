"""Traits as measured, the split, and the formula of spending that is fitted to them (maths §2, §3)."""

from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from spendscape.core.parquet import PARQUET, names_of, tensor_values
from spendscape.ingest.settings import secret
from spendscape.running.job import job
from spendscape.traits.measured import fit_formula_to, read_measured
from spendscape.traits.split import UNMEASURED, split
from spendscape.traits.targets import check_enough, mean_fractions, target_table

with job() as run:
    settings, data = run.settings.traits, pq.read_table(run.input.spending)
    classes, customers = names_of(data.schema, "classes"), data["customer_id"].to_pylist()
    measured = read_measured(run.input.measured, secret(run.settings.privacy))
    raw, counts = measured.of(customers)
    run.log.info("%s", counts)
    have = "all steps of tensors.long and all traits of traits.measured"
    check_enough(counts["measured"], settings.minimum_customers, have)
    whole = np.isfinite(raw).all(axis=1)
    side = np.where(whole, split(customers, vars(settings.shares)), UNMEASURED)
    spending, totals = tensor_values(data["spending"]), tensor_values(data["total"])
    fractions = mean_fractions(spending, totals, settings.mean)
    values, formula = fit_formula_to(raw, fractions, measured.traits, classes, side, counts)
    made = target_table(data["customer_id"], values, measured.traits, side)
    pq.write_table(made, run.output.traits, **PARQUET)
    Path(run.output.formula).write_text(formula.to_json())
