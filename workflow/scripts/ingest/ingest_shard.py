"""One shard of the raw files: its sums, its quarantine and its survey."""

import json
from pathlib import Path

from spendscape.core.pseudonyms import secret
from spendscape.ingest import settings
from spendscape.ingest.file_parts import Piece
from spendscape.ingest.ingest import read_shard
from spendscape.running.job import job

with job() as run:
    pieces = [Piece(*given) for given in run.params.pieces]
    with settings.work_folder(run.output.sums) as work:
        survey = read_shard(
            pieces,
            settings.reading(run.settings.ingest, run.input.get("rates") or None),
            run.output.sums,
            run.output.quarantine,
            work,
            keep_rejected_text=run.settings.privacy.keep_rejected_text,
            key=secret(run.settings.privacy),
            threads=run.threads,
            memory=settings.query_memory(run.memory),
        )
    Path(run.output.survey).write_text(json.dumps(survey, ensure_ascii=False))
    run.log.info("%d pieces of %d files", len(pieces), len(survey["files"]))
