"""Every customer's verdict in each window, and the windows' summaries in one file."""

import json
from pathlib import Path

import pyarrow.parquet as pq

from spendscape.core.parquet import PARQUET
from spendscape.running.job import job
from spendscape.tensors.customers import join_verdicts

with job() as run:
    windows = [Path(path).stem.removeprefix("verdicts_") for path in run.input.verdicts]
    made = join_verdicts(dict(zip(windows, run.input.verdicts, strict=True)))
    pq.write_table(made, run.output.customers, **PARQUET)
    texts = [Path(path).read_text() for path in run.input.summaries]
    summary = dict(zip(windows, map(json.loads, texts), strict=True))
    Path(run.output.summary).write_text(json.dumps(summary, indent=1))
    run.log.info("%d customers, windows: %s", len(made), ", ".join(windows))
