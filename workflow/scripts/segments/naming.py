"""Naming: from which margin on a label holds, and which segments are large enough to be named (maths §7)."""

from pathlib import Path

import pyarrow.parquet as pq

from spendscape.network.weights import Weights
from spendscape.running.job import job, write_json
from spendscape.segments.naming import naming
from spendscape.segments.window_data import read_outputs

with job() as run:
    weights = Weights.from_json(Path(run.input.weights).read_text())
    _, long, recent = read_outputs(run.input.states, weights)
    side = pq.read_table(run.input.traits, columns=["split"])["split"].to_numpy()
    found, margins = naming(long, recent, side, weights.traits, run.settings.segments)
    write_json(run.output.naming, found)
    margins.to_csv(run.output.margins, index=False)
    run.log.info(
        "%d segments are named; customers with a margin below %s are neutral",
        len(found["published"]),
        found["neutral_margin"],
    )
