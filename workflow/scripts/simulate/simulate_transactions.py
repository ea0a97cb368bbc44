"""Draw one year's transactions of all customers, block by block."""

import pandas as pd
import pyarrow.parquet as pq

from spendscape.ingest.class_tables import codes_by_class, read_class_table
from spendscape.running.job import job
from spendscape.simulate.population import build
from spendscape.simulate.transactions import PARQUET, PLAN, SCHEMA, transactions
from spendscape.traits.formula import read_coefficients

with job() as run:
    model = build(
        run.settings.simulate,
        run.settings.seed,
        pd.read_csv(run.input.taxonomy, comment="#"),
        read_coefficients(run.input.coefficients),
    )
    truth = pq.read_table(run.input.truth, columns=PLAN)
    codes = read_class_table(run.input.codes, "simulate.merchant_category_codes")
    year = int(run.wildcards.year)
    blocks = transactions(model, truth, year, codes_by_class(codes))
    rows = 0
    with pq.ParquetWriter(run.output.transactions, SCHEMA, **PARQUET) as writer:
        for block in blocks:
            writer.write_table(block)
            rows += len(block)
    run.log.info("%d transactions", rows)
