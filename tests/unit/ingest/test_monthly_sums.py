"""The sums are the same bytes in any number of threads and any memory."""

import datetime
import hashlib
import random
from pathlib import Path

import pyarrow as pa
import pyarrow.feather
from ingest_runs import CLASSES, run


def test_the_bytes_do_not_depend_on_threads_or_memory(tmp_path: Path) -> None:
    rng = random.Random(1)
    rows = [
        (f"c{rng.randrange(3000)}", datetime.date(2024, rng.randrange(1, 13), 1), rng.choice(CLASSES), rng.randrange(-999, 9999) / 100)
        for _ in range(60_000)
    ]  # fmt: skip
    table = pa.table(
        dict(
            zip(["payer", "day", "kind", "money"], map(list, zip(*rows, strict=True)), strict=True)
        )
    )
    digests = set()
    for threads, memory in [(1, 100), (2, 1000), (4, 300)]:
        folder = tmp_path / str(threads)
        folder.mkdir()
        run(folder, {"a.parquet": table}, threads=threads, memory=memory)
        digests.add(
            hashlib.sha256(next(folder.glob("work*/monthly.parquet")).read_bytes()).hexdigest()
        )
    assert len(digests) == 1
