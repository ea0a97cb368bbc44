"""One shard of the raw files: its sums, its quarantine and its survey."""

import json
import tempfile
from pathlib import Path

from spendscape.ingest.file_parts import Piece
from spendscape.ingest.ingest import read_shard
from spendscape.ingest.settings import reading, secret
from spendscape.running.job import job

with job() as run:
    pieces = [Piece(*given) for given in snakemake.params.pieces]
    with tempfile.TemporaryDirectory(prefix=".work-", dir=Path(run.output.sums).parent) as work:
        survey = read_shard(
            pieces,
            reading(run.settings.ingest, run.input.get("rates")),
            run.output.sums,
            run.output.quarantine,
            work,
            keep_rejected_text=run.settings.privacy.keep_rejected_text,
            key=secret(run.settings.privacy),
            threads=run.threads,
            memory=run.memory * 6 // 10,  # the rest is for Python and Arrow
        )
    Path(run.output.survey).write_text(json.dumps(survey, ensure_ascii=False))
    run.log.info("%d pieces of %d files", len(pieces), len(survey["files"]))
