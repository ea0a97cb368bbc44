"""Reference: the average training customer and the surrogate's usual error, which cards compare with."""

from pathlib import Path

import pyarrow.parquet as pq

from spendscape.core.parquet import tensor_values
from spendscape.explanation.chart import Chart
from spendscape.pages.card_files import read_angles
from spendscape.pages.reference import reference
from spendscape.running.job import job, write_json

with job() as run:
    data = pq.read_table(run.input.spending, columns=["spending", "total"])
    values = reference(
        tensor_values(data["spending"]),
        tensor_values(data["total"]),
        pq.read_table(run.input.traits, columns=["split"])["split"].to_numpy(),
        *read_angles(run.input.directions),
        Chart.from_json(Path(run.input.chart).read_text()),
        run.settings.traits.mean,
        run.settings.score.far,
    )
    write_json(run.output.reference, values)
