"""Ingest: as ingest, reading only the files whose sums are not kept from an earlier run."""

from spendscape.core.pseudonyms import secret
from spendscape.ingest import settings
from spendscape.ingest.added_files import ingest_added
from spendscape.running.job import job

with job() as run:
    given, privacy = run.settings.ingest, run.settings.privacy
    tables = run.input.get("class_tables", [])
    with settings.work_folder(run.output.monthly) as work:
        ledger, sums = ingest_added(
            settings.file_names(run.input.files, given),
            settings.reading(given, run.input.get("rates")),
            settings.class_rules(given, run.input.get("taxonomy"), tables),
            monthly=run.output.monthly,
            quarantine=run.output.quarantine,
            work=work,
            kept=settings.kept_folder(run.output.kept),
            code=run.params.code,
            history=settings.history(run.input.get("history")),
            max_quarantined_share=given.max_quarantined_share,
            keep_rejected_text=privacy.keep_rejected_text,
            key=secret(privacy),
            threads=run.threads,
            memory=settings.query_memory(run.memory),
        )
    settings.write_ledger(ledger, run.output.ledger, run.output.classes)
    settings.write_kept(sums, run.output.kept)
    run.log.info(ledger["summary"])
