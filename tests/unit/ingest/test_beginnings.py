"""The beginning of raw files shows what cannot go well, whatever their kind, and nothing else."""

import gzip
import importlib.util
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet as pq
import pytest
from ingest_runs import HEAD, PLAIN, READING
from workbooks import Cell, write_xlsx

from spendscape.core.errors import DataError
from spendscape.ingest.beginnings import look
from spendscape.ingest.classes import ClassRules

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


def looked(folder: Path, files: dict[str, str], copies: bool = False, **changed: Any) -> Any:
    """Look at files, read as `READING` with some keys changed."""
    work = folder / "work"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir()
    rules = changed.pop("rules", PLAIN)
    return look(files, replace(READING, **changed), rules, str(work), copies=copies)


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
    with pytest.raises(
        DataError,
        match=r"^ingest\.date_format .*bad_date [\d,]+ \(the first in (line 2|row 1)\)\n"
        r"Its column 'day' would be read with ingest\.date_format: null$",
    ):
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


def test_of_many_files_some_are_looked_at(tmp_path: Path) -> None:
    files = {}
    for number in range(50):
        (tmp_path / f"{number}.csv").write_bytes(HEAD + f"ann,2024-01-01,food,{number}\n".encode())
        files[f"{number}.csv"] = str(tmp_path / f"{number}.csv")
    assert looked(tmp_path, files) is None
    assert len(list((tmp_path / "work").glob("*.csv"))) == 20
    (tmp_path / "49.csv").write_bytes(b"payer,day,kind\n")
    with pytest.raises(DataError, match=r"49\.csv has no such column"):
        looked(tmp_path, files)


# What the first rows of a large file show, and what only a whole file shows.
SEEN: dict[str, tuple[dict[str, Any], str, bool]] = {
    "direction": ({"columns": {"direction": "side"}, "credit_values": ["C"]}, "'D' .* 'E'", True),
    "class": ({"rules": ClassRules(["rent"])}, r"ingest\.class_map: 1 category has no class: 'food'", True),
    "currency": ({"columns": {"currency": "side"}, "currency": "EUR"}, r"ingest\.currency: 'EUR'", True),
    "ids": ({"columns": {"customer": "number"}}, r"ingest\.equal_ids: .* [34] customers have", True),
    "keep": ({"keep": {"side": ["F"]}}, r"ingest\.keep\['side'\]: no row has 'F'", False),
    "few bad rows": ({"last_month": "2024-04"}, r"ingest\.max_quarantined_share: 0 is allowed; 1 of", False),
}  # fmt: skip


@pytest.mark.parametrize("case", SEEN)
@pytest.mark.parametrize("small", [True, False])
def test_what_some_rows_show_is_refused(tmp_path: Path, case: str, small: bool) -> None:
    changed, message, always = SEEN[case]
    if "columns" in changed:
        changed = changed | {"columns": replace(READING.columns, **changed["columns"])}
    rows = [
        f"c{k % 9},2024-01-{k % 28 + 1:02d},food,5,{'CDE'[k % 3]},{k % 4}{'.0' * (k % 3 < 1)}"
        for k in range(9 if small else 20_000)
    ]
    rows.append("c1,2024-05-01,food,5,C,3")
    path = tmp_path / "a.csv"
    path.write_text("\n".join(["payer,day,kind,money,side,number", *rows]) + "\n")
    files = {"a.csv": str(path)}
    if small or always:
        with pytest.raises(DataError, match=message) as told:
            looked(tmp_path, files, **changed)
        assert ("Counted in the rows looked at" in str(told.value)) == (not small)
    else:
        assert looked(tmp_path, files, **changed) is None
    found = looked(tmp_path, files)
    assert (found is not None) == small and (not small or found.classes == PLAIN.taxonomy)


def test_files_without_a_row_are_refused(tmp_path: Path) -> None:
    files = {}
    for name, text in (("a.csv", ""), ("b.csv", "ann,2024-01-01,food,1\n"), ("c.csv", "")):
        (tmp_path / name).write_bytes(HEAD + text.encode())
        files[name] = str(tmp_path / name)
    # A month without postings is no mistake, and may be there twice.
    assert looked(tmp_path, files) is not None
    with pytest.raises(DataError, match=r"ingest\.files: the files have no rows"):
        looked(tmp_path, {"a.csv": files["a.csv"]})
    named = ClassRules(["food"], excluded_categories=["pay"])
    with pytest.raises(DataError, match=r"ingest\.files: the files have no rows"):
        looked(tmp_path, {"a.csv": files["a.csv"]}, rules=named)


def test_a_copy_of_a_file_is_refused(tmp_path: Path) -> None:
    files = written(tmp_path, "a.csv") | written(tmp_path, "b.csv") | written(tmp_path, "c.parquet")
    with pytest.raises(DataError, match=r"ingest\.files: a\.csv and b\.csv hold the same bytes"):
        looked(tmp_path, files)
    looked(tmp_path, files, copies=True)


def test_a_workbook_is_looked_at_or_its_package_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    if importlib.util.find_spec("python_calamine") is None:
        path.touch()
        with pytest.raises(DataError, match=r"package python_calamine; `make spreadsheet` adds it"):
            looked(tmp_path, {"a.xlsx": str(path)})
        return
    head: list[Cell] = ["payer", "day", "kind", "money"]
    write_xlsx(path, {"Rows": [head, ["ann", "2024-01-01", "food", 1.0]]})
    assert looked(tmp_path, {"a.xlsx": str(path)}) is not None
    columns = replace(READING.columns, amount="mony")
    with pytest.raises(DataError, match=r"columns\.amount: 'mony' .* a\.xlsx#"):
        looked(tmp_path, {"a.xlsx": str(path)}, columns=columns)
