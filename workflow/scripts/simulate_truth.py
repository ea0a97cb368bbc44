"""Draw the customers' tastes and the movers: what the simulated transactions are later held against."""

import pandas as pd
import pyarrow.parquet as pq

from job import job
from spendscape import simulate, tables

with job(snakemake) as run:
    model = simulate.build(
        run.settings.simulate,
        run.settings.seed,
        pd.read_csv(run.input.taxonomy, comment="#"),
        pd.read_csv(run.input.coefficients, comment="#"),
    )
    truth = simulate.truth(model)
    pq.write_table(truth, run.output.truth, **tables.PARQUET)
    run.log.info("%d customers, %d movers", len(truth), sum(truth["mover"].to_pylist()))
