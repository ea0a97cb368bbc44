"""Traits by the formula of the coefficients table, the dominant trait and the split (maths §2, §3)."""

from pathlib import Path

import pyarrow.parquet as pq

from spendscape.core.parquet import PARQUET, names_of, tensor_values
from spendscape.running.job import job
from spendscape.traits.coverage import check_coverage, class_shares, uncovered_words
from spendscape.traits.formula import formula_from_table, read_coefficients
from spendscape.traits.split import split
from spendscape.traits.targets import check_enough, mean_fractions, target_table

with job() as run:
    settings, data = run.settings.traits, pq.read_table(run.input.spending)
    customers = data["customer_id"].to_pylist()
    check_enough(len(customers), settings.minimum_customers, "all steps of tensors.long")
    classes = names_of(data.schema, "classes")
    raw = formula_from_table(read_coefficients(run.input.coefficients), classes)
    money = tensor_values(data["spending"]), tensor_values(data["total"])
    fractions = mean_fractions(*money, settings.mean)
    shares = class_shares(raw, fractions, *money)
    check_coverage(shares, settings.max_uncovered_share)
    shares.to_csv(run.output.coverage, index=False)
    side = split(customers, vars(settings.shares))
    formula = raw.standardised(fractions[side == "train"])
    made = target_table(data["customer_id"], formula(fractions), formula.traits, side)
    pq.write_table(made, run.output.traits, **PARQUET)
    Path(run.output.formula).write_text(formula.to_json())
    run.log.info("%d customers, %d classes; %s", *fractions.shape, uncovered_words(shares))
