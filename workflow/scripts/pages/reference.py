"""Reference: how clear, how well explained and how far out customers are, which cards compare with."""

import pyarrow.parquet as pq

from spendscape.core.parquet import step_means
from spendscape.pages.card_files import read_unit_vectors
from spendscape.pages.reference import reference
from spendscape.running.job import job, write_json

with job() as run:
    traits = pq.read_table(run.input.traits, columns=["split", "dominant"])
    segments = pq.read_table(run.input.segments, columns=["level_1", "margin", "distance"])
    values = reference(
        step_means(run.input.spending),
        traits["split"].to_numpy(),
        traits["dominant"].to_numpy(),
        segments.to_pandas(),
        *read_unit_vectors(run.input.directions),
        run.settings.score.far,
    )
    write_json(run.output.reference, values)
