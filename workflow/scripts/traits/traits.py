"""Traits by the formula of the coefficients table, the dominant trait and the split (maths §2, §3)."""

from pathlib import Path

import pyarrow.parquet as pq

from spendscape.core.csv_tables import write_csv
from spendscape.core.parquet import PARQUET, names_of, row_groups
from spendscape.running.job import job
from spendscape.traits.coverage import check_coverage, class_shares, uncovered_words
from spendscape.traits.formula import formula_from_table, read_coefficients
from spendscape.traits.split import split
from spendscape.traits.targets import HAVE, MORE, check_enough, spent, target_table

with job() as run:
    settings, data = run.settings.traits, pq.read_table(run.input.spending, columns=["customer_id"])
    customers = data["customer_id"].to_pylist()
    check_enough(len(customers), settings.minimum_customers, HAVE, MORE)
    classes = names_of(data.schema, "classes")
    raw = formula_from_table(read_coefficients(run.input.coefficients), classes)
    own = spent(row_groups(run.input.spending, ["spending", "total"]), settings.mean)
    shares = class_shares(raw, own)
    check_coverage(shares, settings.max_uncovered_share)
    write_csv(shares, run.output.coverage)
    side = split(customers, vars(settings.shares))
    formula = raw.standardised(own.fractions[side == "train"])
    made = target_table(data["customer_id"], formula(own.fractions), formula.traits, side)
    pq.write_table(made, run.output.traits, **PARQUET)
    Path(run.output.formula).write_text(formula.to_json())
    run.log.info("%d customers, %d classes; %s", *own.fractions.shape, uncovered_words(shares))
