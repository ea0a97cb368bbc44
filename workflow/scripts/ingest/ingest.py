"""Ingest: raw files → monthly sums, quarantine, ledger and the classes in tensor order."""

from spendscape.core.pseudonyms import secret
from spendscape.ingest import settings
from spendscape.ingest.ingest import ingest
from spendscape.running.job import job

with job() as run:
    given = None if run.settings.source == "simulated" else run.settings.ingest
    reading = settings.reading(given, run.input.get("rates") or None)
    with settings.work_folder(run.output.monthly) as work:
        ledger = ingest(
            settings.file_names(run.input.files, given),
            reading,
            settings.class_rules(
                given, run.input.get("taxonomy") or None, run.input.get("class_tables", [])
            ),
            monthly=run.output.monthly,
            quarantine=run.output.quarantine,
            work=work,
            max_quarantined_share=given.max_quarantined_share if given else 0.0,
            keep_rejected_text=run.settings.privacy.keep_rejected_text,
            key=secret(run.settings.privacy),
            threads=run.threads,
            memory=settings.query_memory(run.memory),
            tables=settings.tables(run.settings.source, given, reading) if given else (),
        )
    settings.write_ledger(ledger, run.output.ledger, run.output.classes)
    run.log.info(ledger["summary"])
