"""The shards brought together: monthly sums, quarantine, ledger and the classes in tensor order."""

import json
from pathlib import Path

from spendscape.ingest import settings
from spendscape.ingest.ingest import gather
from spendscape.ingest.quarantine import join_quarantines
from spendscape.running.job import job

with job() as run:
    given = run.settings.ingest
    with settings.work_folder(run.output.monthly) as work:
        ledger = gather(
            run.input.sums,
            [json.loads(Path(path).read_text()) for path in run.input.surveys],
            settings.reading(given),
            settings.class_rules(
                given, run.input.get("taxonomy") or None, run.input.get("class_tables", [])
            ),
            monthly=run.output.monthly,
            work=work,
            max_quarantined_share=given.max_quarantined_share,
            threads=run.threads,
            memory=settings.query_memory(run.memory),
        )
    join_quarantines(run.input.quarantine, run.output.quarantine)
    settings.write_ledger(ledger, run.output.ledger, run.output.classes)
    run.log.info(ledger["summary"])
