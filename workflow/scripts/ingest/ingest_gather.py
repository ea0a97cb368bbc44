"""The shards brought together: monthly sums, quarantine, ledger and the classes in tensor order."""

import json
import tempfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from spendscape.ingest.ingest import gather
from spendscape.ingest.settings import class_rules, reading, write_ledger
from spendscape.running.job import job

with job() as run:
    given = run.settings.ingest
    with tempfile.TemporaryDirectory(prefix=".work-", dir=Path(run.output.monthly).parent) as work:
        ledger = gather(
            list(run.input.sums),
            [json.loads(Path(path).read_text()) for path in run.input.surveys],
            list(snakemake.params.files),
            reading(given),
            class_rules(given, run.input.get("taxonomy"), run.input.get("class_tables", [])),
            monthly=run.output.monthly,
            work=work,
            max_quarantined_share=given.max_quarantined_share,
            threads=run.threads,
            memory=run.memory * 6 // 10,  # the rest is for Python and Arrow
        )
    quarantine = pa.concat_tables([pq.read_table(path) for path in run.input.quarantine])
    pq.write_table(quarantine, run.output.quarantine, compression="zstd")
    write_ledger(ledger, run.output)
    run.log.info(ledger["summary"])
