"""The sums are the same bytes in any number of threads, any memory and any buckets."""

import datetime
import hashlib
import random
from collections import defaultdict
from decimal import Decimal
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.feather
import pytest
from ingest_runs import CLASSES, run, sums

from spendscape.ingest import monthly_sums


def test_the_bytes_do_not_depend_on_threads_memory_or_buckets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = random.Random(1)
    rows = [
        (f"c{rng.randrange(3000)}", datetime.date(2024, rng.randrange(1, 13), 1), rng.choice(CLASSES), rng.randrange(-999, 9999) / 100)
        for _ in range(60_000)
    ]  # fmt: skip
    # Amounts that cannot be packed with the others, and some that can, but whose sums may need more bits.
    rows += [("c7", datetime.date(2024, 3, 1), CLASSES[0], 4e9)] * 3
    rows += [("c8", datetime.date(2024, month, 1), CLASSES[0], -1e8) for month in (3, 4)]
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
        _, monthly, _ = run(folder, {"a.parquet": table}, threads=threads, memory=memory)
        digests.add(
            hashlib.sha256(next(folder.glob("work*/monthly.parquet")).read_bytes()).hexdigest()
        )
    assert len(digests) == 1
    expected: dict[tuple[str, str, str], list[Decimal]] = defaultdict(list)
    for name, day, kind, money in rows:
        expected[name, str(day)[:7], kind].append(Decimal(str(money)))
    assert sums(monthly) == [
        (*key, float(sum(own)), len(own)) for key, own in sorted(expected.items())
    ]


def test_a_sum_that_needs_more_than_64_bits_is_refused() -> None:
    cells = np.zeros(3, np.int32)
    large = np.full(3, 2**62, np.int64)
    with pytest.raises(OverflowError):
        monthly_sums.summed((cells, cells, large, cells + 1), 0, 1)
    made = monthly_sums.summed((cells, cells, large * [1, -1, 1], cells + 1), 5, 1)
    assert [column.tolist() for column in made] == [[5], [0], [2**62], [3]]
