"""Paper: the run's results → one page that reads like a paper."""

import json
from pathlib import Path

from spendscape import __version__
from spendscape.pages.paper.make import caption_ends, paper
from spendscape.running.job import job
from spendscape.running.revision import revision

with job() as run:
    root = Path(__file__).parents[3]
    lock = root / "envs/requirements.lock"
    files = {name: run.input[name] for name in run.params.files}
    page = paper(
        files,
        run.input.images,
        run.input.captions,
        json.loads(json.dumps(run.settings, default=vars)),
        __version__,
        # As they are now, and no reason to run again: what shows in a result has a digest of its own.
        lock.read_bytes() if lock.is_file() else None,
        revision(root),
    )
    Path(run.output.paper).write_text(page)
    for name, words in caption_ends(files).items():
        Path(getattr(run.output, name)).write_text(words)
    run.log.info("%.1f MB", len(page) / 1e6)
