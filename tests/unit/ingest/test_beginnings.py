"""The beginning of raw files shows what cannot go well, whatever their kind, and nothing else."""

import gzip
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet as pq
import pytest
from ingest_runs import HEAD, READING

from spendscape.core.errors import DataError
from spendscape.ingest.beginnings import look

ROWS = 20_000
TEXT = HEAD.decode() + "".join(
    f"zoë {k},2024-01-{k % 28 + 1:02d},food,{k}.5\n" for k in range(ROWS)
)


def written(folder: Path, name: str) -> dict[str, str]:
    """Many rows as a file of this name."""
    path = folder / name
    table = pa.table(
        {
            "payer": [f"zoë {k}" for k in range(ROWS)],
            "day": ["2024-01-31"] * ROWS,
            "kind": ["food"] * ROWS,
            "money": [1.5] * ROWS,
        }
    )
    if name.endswith(".parquet"):
        pq.write_table(table, path)
    elif name.endswith(".feather"):
        pyarrow.feather.write_feather(table, path)
    else:
        content = TEXT.encode("cp1252" if "cp1252" in name else "utf-8")
        path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    return {name: str(path)}


def looked(folder: Path, files: dict[str, str], **changed: Any) -> None:
    """Look at files, read as `READING` with some keys changed."""
    work = folder / "work"
    work.mkdir(exist_ok=True)
    for path in work.iterdir():
        path.unlink()
    look(files, replace(READING, **changed), str(work))


@pytest.mark.parametrize(
    "name", ["a.csv", "a.csv.gz", "cp1252.csv", "a.parquet", "a.feather", "export.asc"]
)
def test_mistakes_are_seen_in_files_of_every_kind(tmp_path: Path, name: str) -> None:
    files = written(tmp_path, name)
    own: dict[str, Any] = {"encoding": "cp1252"} if "cp1252" in name else {}
    own |= {"format": "text"} if name.endswith(".asc") else {}
    looked(tmp_path, files, **own)
    columns = replace(READING.columns, amount="mony")
    with pytest.raises(DataError, match=rf"columns\.amount: 'mony' .* {name} .* 'money'"):
        looked(tmp_path, files, columns=columns, **own)
    with pytest.raises(DataError, match=r"^ingest\.date_format .*bad_date [\d,]+$"):
        looked(tmp_path, files, date_format="%d.%m.%Y", **own)


def test_only_the_beginning_is_read_and_some_bad_rows_are_no_mistake(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    some = [
        line if k % 3 else line.replace("2024", "soon") for k, line in enumerate(TEXT.split("\n"))
    ]
    # What no beginning shows is left to the ingest.
    path.write_text("\n".join(some) + "broken\n" * 10**6)
    looked(tmp_path, {"a.csv": str(path)})
    assert max(made.stat().st_size for made in (tmp_path / "work").iterdir()) < 2**19


def test_of_many_files_some_are_looked_at_and_workbooks_are_left(tmp_path: Path) -> None:
    files = {}
    for number in range(50):
        (tmp_path / f"{number}.csv").write_bytes(HEAD + b"ann,2024-01-01,food,1\n")
        files[f"{number}.csv"] = str(tmp_path / f"{number}.csv")
    looked(tmp_path, files)
    assert len(list((tmp_path / "work").iterdir())) == 20
    (tmp_path / "49.csv").write_bytes(b"payer,day,kind\n")
    with pytest.raises(DataError, match=r"49\.csv has no such column"):
        looked(tmp_path, files)
    looked(tmp_path, {"a.xlsx": str(tmp_path / "a.xlsx")})
