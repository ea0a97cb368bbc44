"""Claims: every claim of the study beside what this run measured."""

import json
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq

from spendscape.evaluation.claims import (
    claims_table,
    dynamics_claims,
    explanation_claims,
    segment_claims,
    supervision_claims,
)
from spendscape.running.job import job

with job() as run:

    def read(name: str):
        return json.loads(Path(run.input[name]).read_text())

    verdicts = pq.read_table(run.input.fixed_points, columns=["verdict"])["verdict"].to_pandas()
    ensemble = pd.read_csv(run.input.ensemble)
    (other,) = {"every_step", "final_step"} - {run.settings.model.supervision}
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
        *supervision_claims(ensemble, other),
    ]
    table = claims_table(claims, ensemble)
    table.to_csv(run.output.claims, index=False)
    run.log.info("%s", table["verdict"].value_counts().to_dict())
