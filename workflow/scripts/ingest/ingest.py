"""Ingest: raw files → monthly sums, quarantine, ledger and the classes in tensor order."""

import tempfile
from pathlib import Path

from spendscape.ingest.ingest import ingest
from spendscape.ingest.settings import class_rules, file_names, reading, secret, write_ledger
from spendscape.running.job import job

with job() as run:
    simulated = run.settings.source == "simulated"
    given = None if simulated else run.settings.ingest
    names = file_names(run.input.files, given)
    with tempfile.TemporaryDirectory(prefix=".work-", dir=Path(run.output.monthly).parent) as work:
        ledger = ingest(
            names,
            reading(given, run.input.get("rates")),
            class_rules(given, run.input.get("taxonomy"), run.input.get("class_tables", [])),
            monthly=run.output.monthly,
            quarantine=run.output.quarantine,
            work=work,
            max_quarantined_share=given.max_quarantined_share if given else 0.0,
            keep_rejected_text=run.settings.privacy.keep_rejected_text,
            key=secret(run.settings.privacy),
            threads=run.threads,
            memory=run.memory * 6 // 10,  # the rest is for Python and Arrow
        )
    write_ledger(ledger, run.output)
    run.log.info(ledger["summary"])
