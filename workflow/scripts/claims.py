"""Claims: every claim of the study beside what this run measured."""

import json
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq

from job import job
from spendscape.claims import claims_table, dynamics_claims, explanation_claims, segment_claims

with job(snakemake) as run:

    def read(name: str):
        return json.loads(Path(run.input[name]).read_text())

    verdicts = pq.read_table(run.input.fixed_points, columns=["verdict"])["verdict"].to_pandas()
    claims = [
        *explanation_claims(
            pd.read_csv(run.input.scores), pd.read_csv(run.input.coefficients), read("formula")
        ),
        *segment_claims(read("stability"), pd.read_csv(run.input.purity)),
        *dynamics_claims(
            pd.read_csv(run.input.convergence),
            read("attractors"),
            read("inverse"),
            read("elbow"),
            verdicts.value_counts().to_dict(),
        ),
    ]
    table = claims_table(claims)
    table.to_csv(run.output.claims, index=False)
    run.log.info("%s", table["verdict"].value_counts().to_dict())
