"""A file's checksum is computed once for as long as the file stays as it is."""

import asyncio
import hashlib
from pathlib import Path

import pytest
from plans import planned


def test_a_file_is_read_once_until_it_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    rules = planned(tmp_path, {"simulate": {"customers": 600}}, "traits").globals
    [job] = [job for job in rules["workflow"].dag.jobs if job.rule.name == "traits"]
    # As Snakemake does before the first job.
    rules["workflow"].iocache.deactivate()
    file, original, read = job.input[0], rules["SNAKEMAKES_CHECKSUM"], []

    async def counted(*given: object) -> object:
        read.append(given)
        return await original(*given)

    monkeypatch.setitem(rules, "SNAKEMAKES_CHECKSUM", counted)

    def checksum() -> object:
        return asyncio.run(file.checksum(100))

    path = Path(file)
    path.parent.mkdir(parents=True, exist_ok=True)
    for text, times in (("one", 1), ("two", 2)):
        path.write_text(text)
        expected = f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"
        assert [checksum(), checksum()] == [expected] * 2
        assert len(read) == times
    path.write_text("x" * 101)
    assert checksum() is None
    path.unlink()
    assert checksum() is None
