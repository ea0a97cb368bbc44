"""Join the years' broken rows: file, line, reason."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from spendscape.core.parquet import PARQUET
from spendscape.running.job import job

with job() as run:
    parts = []
    for path in run.input.defects:
        part = pq.read_table(path)
        name = f"{Path(path).stem.removeprefix('defects_')}.csv"
        parts.append(part.add_column(0, "file", pa.array([name] * len(part), pa.string())))
    pq.write_table(pa.concat_tables(parts), run.output.defects, **PARQUET)
