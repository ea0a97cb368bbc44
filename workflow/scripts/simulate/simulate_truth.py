"""Draw the customers' tastes and the movers: what the simulated transactions are later held against."""

import pandas as pd
import pyarrow.parquet as pq

from spendscape.core import parquet as tables
from spendscape.running.job import job
from spendscape.simulate import population as simulate

with job() as run:
    model = simulate.build(
        run.settings.simulate,
        run.settings.seed,
        pd.read_csv(run.input.taxonomy, comment="#"),
        pd.read_csv(run.input.coefficients, comment="#"),
    )
    truth = simulate.truth(model)
    pq.write_table(truth, run.output.truth, **tables.PARQUET)
    run.log.info("%d customers, %d movers", len(truth), sum(truth["mover"].to_pylist()))
