"""Draw the customers' tastes and the movers: the truth that the results are later compared with."""

import pandas as pd
import pyarrow.parquet as pq

from spendscape.core.parquet import PARQUET
from spendscape.running.job import job
from spendscape.simulate.population import build
from spendscape.simulate.truth import truth
from spendscape.traits.formula import read_coefficients

with job() as run:
    model = build(
        run.settings.simulate,
        run.settings.seed,
        pd.read_csv(run.input.taxonomy, comment="#"),
        read_coefficients(run.input.coefficients),
    )
    planted = truth(model)
    pq.write_table(planted, run.output.truth, **PARQUET)
    run.log.info("%d customers, %d movers", len(planted), sum(planted["mover"].to_pylist()))
