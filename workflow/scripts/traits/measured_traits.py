"""Traits as measured, the split, and the formula of spending that is fitted to them (maths §2, §3)."""

from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from spendscape.core.csv_tables import write_csv
from spendscape.core.parquet import PARQUET, names_of, row_groups
from spendscape.core.pseudonyms import secret
from spendscape.running.job import job
from spendscape.traits.coverage import class_shares
from spendscape.traits.measured import HAVE, fit_formula_to, read_measured
from spendscape.traits.split import UNMEASURED, split
from spendscape.traits.targets import check_enough, spent, target_table

with job() as run:
    settings, data = run.settings.traits, pq.read_table(run.input.spending, columns=["customer_id"])
    classes, customers = names_of(data.schema, "classes"), data["customer_id"].to_pylist()
    measured = read_measured(run.input.measured, secret(run.settings.privacy))
    raw, counts = measured.of(customers)
    run.log.info("%s", counts)
    check_enough(counts["measured"], settings.minimum_customers, HAVE)
    side = np.where(np.isfinite(raw).all(1), split(customers, vars(settings.shares)), UNMEASURED)
    own = spent(row_groups(run.input.spending, ["spending", "total"]), settings.mean)
    values, formula = fit_formula_to(raw, own.fractions, measured.traits, classes, side, counts)
    write_csv(class_shares(formula, own), run.output.coverage)
    made = target_table(data["customer_id"], values, measured.traits, side)
    pq.write_table(made, run.output.traits, **PARQUET)
    Path(run.output.formula).write_text(formula.to_json())
