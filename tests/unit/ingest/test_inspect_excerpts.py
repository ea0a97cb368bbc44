"""Excerpts of large files: rows from their start, middle and end, in files of the same kind."""

import bz2
import gzip
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from spendscape.core.errors import DataError
from spendscape.ingest import inspect_excerpts
from spendscape.ingest.inspect_excerpts import excerpt, excerpts
from spendscape.ingest.samples import read_sample


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small limits, so that small files are large ones."""
    monkeypatch.setattr(inspect_excerpts, "PART_BYTES", 2000)
    monkeypatch.setattr(inspect_excerpts, "PART_ROWS", 50)
    monkeypatch.setattr(inspect_excerpts, "WHOLE_BYTES", 10_000)


def rows(count: int) -> str:
    """Lines with their own number."""
    return "day,place\n" + "".join(f"2024-01-01,{k}\n" for k in range(count))


def places(name: str, path: str) -> list[int]:
    """The numbers of the rows of an excerpt."""
    return [int(text) for text in read_sample(name, path).columns["place"]]


def test_text_has_its_start_middle_and_end(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(rows(5000))
    path, whole = excerpt("a.csv", str(tmp_path / "a.csv"), str(tmp_path / "x-"))
    found = places("a.csv", path)
    assert not whole and Path(path).stat().st_size <= 6000
    assert found[0] == 0 and found[-1] == 4999 and found == sorted(set(found))
    assert any(2400 < k < 2600 for k in found)
    (tmp_path / "c.csv").write_text(rows(430))
    path, whole = excerpt("c.csv", str(tmp_path / "c.csv"), str(tmp_path / "x-"))
    found = places("c.csv", path)
    assert not whole and found == sorted(set(found)) and len(found) > 390
    (tmp_path / "b.csv").write_text(rows(9))
    assert excerpt("b.csv", str(tmp_path / "b.csv"), "")[1]


def test_utf16_has_its_start_in_whole_lines(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(rows(5000).encode("utf-16"))
    path, _ = excerpt("a.csv", str(tmp_path / "a.csv"), str(tmp_path / "x-"))
    assert places("a.csv", path) == list(range(len(places("a.csv", path))))


@pytest.mark.parametrize(
    ("name", "pack"), [("a.csv.gz", gzip.compress), ("a.csv.bz2", bz2.compress)]
)
def test_compressed_text_has_a_later_part(tmp_path: Path, name: str, pack: object) -> None:
    (tmp_path / name).write_bytes(pack(rows(5000).encode()))  # type: ignore[operator]
    path, whole = excerpt(name, str(tmp_path / name), str(tmp_path / "x-"))
    found = places(name, path)
    assert not whole and found[0] == 0 and found[-1] > 4500


def test_tables_have_rows_of_several_groups(tmp_path: Path) -> None:
    table = pa.table({"place": range(1000)})
    pq.write_table(table, tmp_path / "a.parquet", row_group_size=100)
    path, whole = excerpt("a.parquet", str(tmp_path / "a.parquet"), str(tmp_path / "x-"))
    assert not whole and places("a.parquet", path)[::50] == [0, 500, 900]
    with pa.ipc.new_file(str(tmp_path / "a.arrow"), table.schema) as writer:
        writer.write_table(table)
    path, whole = excerpt("a.arrow", str(tmp_path / "a.arrow"), str(tmp_path / "x-"))
    assert not whole and places("a.arrow", path) == list(range(150))


def test_small_files_are_looked_at_as_they_are(tmp_path: Path) -> None:
    files = {f"{k:02d}.csv": str(tmp_path / f"{k:02d}.csv") for k in range(30)}
    for path in files.values():
        Path(path).write_text(rows(9))
    assert excerpts(files, str(tmp_path)) == (files, True)
    for path in files.values():
        Path(path).write_text(rows(900))
    found, whole = excerpts(files, str(tmp_path))
    assert (
        not whole
        and sorted(found)[0] == "00.csv"
        and sorted(found)[-1] == "29.csv"
        and len(found) == 12
    )
    with pytest.raises(DataError, match=r"^no\.csv cannot be opened$"):
        excerpts({"no.csv": str(tmp_path / "no.csv")}, str(tmp_path))
