"""The sums are the same bytes in any number of threads, any memory and any buckets."""

import datetime
import hashlib
import random
from pathlib import Path

import pyarrow as pa
import pyarrow.feather
import pytest
from ingest_runs import CLASSES, run

from spendscape.ingest import monthly_sums


def test_the_bytes_do_not_depend_on_threads_memory_or_buckets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
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
    kept = 2**21, 400
    # Several files a month; fewer open than there are months; files that are cut when they are read.
    for threads, memory, bucket, files in [(1, 100, *kept), (2, 1000, 999, 70), (4, 300, 2000, 5), (2, 300, 99, 5)]:  # fmt: skip
        monkeypatch.setattr(monthly_sums, "BUCKET", bucket)
        monkeypatch.setattr(monthly_sums, "OPEN", files)
        folder = tmp_path / str(bucket)
        folder.mkdir()
        run(folder, {"a.parquet": table}, threads=threads, memory=memory)
        digests.add(
            hashlib.sha256(next(folder.glob("work*/monthly.parquet")).read_bytes()).hexdigest()
        )
    assert len(digests) == 1
