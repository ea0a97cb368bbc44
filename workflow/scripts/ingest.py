"""Ingest: raw files → monthly sums, quarantine, ledger and the classes in tensor order."""

import json
import os
import tempfile
from dataclasses import fields
from pathlib import Path

from job import job
from spendscape.ingest import Reading, ingest
from spendscape.ledger import ClassRules, taxonomy_classes

with job(snakemake) as run:
    # The simulator's files need no settings: the defaults of Reading and ClassRules read them.
    given, folder = {}, None
    if run.settings.source == "files":
        given, folder = vars(run.settings.ingest), run.settings.ingest.folder
        given["class_map"] = vars(given["class_map"])
    reading = Reading(**{f.name: given[f.name] for f in fields(Reading) if f.name in given})
    rules = {f.name: given[f.name] for f in fields(ClassRules) if f.name in given}
    table = run.input.get("taxonomy")
    section = "ingest" if folder else "simulate"
    rules["taxonomy"] = taxonomy_classes(table, f"{section}.taxonomy") if table else None
    names = {os.path.relpath(path, folder or Path(path).parent): path for path in run.input.files}
    with tempfile.TemporaryDirectory(prefix=".work-", dir=Path(run.output.monthly).parent) as work:
        ledger = ingest(
            names,
            reading,
            ClassRules(**rules),
            monthly=run.output.monthly,
            quarantine=run.output.quarantine,
            work=work,
            max_quarantined_share=given.get("max_quarantined_share", 0.0),
            keep_rejected_text=run.settings.privacy.keep_rejected_text,
            threads=run.threads,
            memory=run.memory * 6 // 10,  # the rest is for Python and Arrow
        )
    Path(run.output.classes).write_text(json.dumps(ledger["classes"], indent=1))
    Path(run.output.ledger).write_text(json.dumps(ledger, indent=1, ensure_ascii=False))
    run.log.info(ledger["summary"])
