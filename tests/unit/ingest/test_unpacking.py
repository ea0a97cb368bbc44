"""Files of any kind are read to the same sums, and what cannot be opened is named."""

import bz2
import gzip
import io
import zipfile
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.feather
import pytest
from ingest_runs import HEAD, ROWS, SUMS, read, sums

from spendscape.core.errors import DataError
from spendscape.ingest.file_parts import Piece
from spendscape.ingest.unpacking import beginning, plain_text


@pytest.mark.parametrize(
    ("name", "content", "settings"),
    [
        ("a.csv.gz", gzip.compress((HEAD.decode() + ROWS).encode(), mtime=0), {}),
        ("a.csv.bz2", bz2.compress((HEAD.decode() + ROWS).encode()), {}),
        ("a.csv.zst", pa.Codec("zstd").compress((HEAD.decode() + ROWS).encode(), asbytes=True), {}),
        ("a.txt", (HEAD.decode() + ROWS).encode("cp1252"), {"encoding": "cp1252"}),
        ("a.csv", (HEAD.decode() + ROWS).encode("utf-16"), {"encoding": "utf-16"}),
        ("a.csv", "\ufeff\ufeff" + HEAD.decode() + ROWS, {}),
        ("a.csv", "My bank\nkept, for you\n" + HEAD.decode() + ROWS, {"skip_lines": 2}),
        ("a.csv", ROWS, {"column_names": ["payer", "day", "kind", "money"]}),
        ("a.csv", (HEAD.decode() + ROWS).replace(",", "\t"), {"delimiter": "\t"}),
        ("a.csv", (HEAD.decode() + ROWS).replace("food", "'food'"), {"quote": "'"}),
    ],
)  # fmt: skip
def test_text_of_any_form(
    tmp_path: Path, name: str, content: str | bytes, settings: dict[str, Any]
) -> None:
    ledger, monthly, quarantine = read(tmp_path, content, name, **settings)
    assert sums(monthly) == SUMS and not quarantine
    assert ledger["total"]["read"]["rows"] == 3


@pytest.mark.parametrize("stream", [False, True])
def test_arrow_files(tmp_path: Path, stream: bool) -> None:
    table = pa.table(
        {
            "payer": pa.array(["ann", "zoë", "ann"]).dictionary_encode(),
            "day": pa.array(["2024-01-31", "2024-02-01", "2024-01-05"]).cast(pa.date32()),
            "kind": ["food", "rent", "food"],
            "money": [12.5, 800, -2.5],
        }
    )
    path = tmp_path / "x.feather"
    if stream:
        with pa.ipc.new_stream(path, table.schema) as writer:
            writer.write_table(table)
    else:
        pyarrow.feather.write_feather(table, path)
    content = path.read_bytes()
    assert sums(read(tmp_path, content, "a.arrow")[1]) == SUMS
    with pytest.raises(DataError, match=r"a\.feather cannot be read as Arrow"):
        read(tmp_path, content[: len(content) // 2] if not stream else b"x" * 99, "a.feather")


@pytest.mark.parametrize(
    ("name", "content", "settings", "words"),
    [
        ("a.csv.gz", gzip.compress(b"x" * 9999, mtime=0)[:-20], {}, "a.csv.gz cannot be decompressed"),
        ("a.csv.zst", b"nothing of the kind", {}, "a.csv.zst cannot be decompressed"),
        ("a.csv", "zoë".encode("cp1252"), {"encoding": "utf-16"}, "ingest.encoding: 'utf-16'"),
        ("a.csv", "zoë".encode(), {"encoding": "klingon"}, "an encoding such as utf-8"),
        ("a.doc", "x", {}, "expected a name that ends in"),
        ("a.parquet.gz", "x", {}, "expected a name that ends in"),
        ("a.csv", HEAD.decode(), {"from_name": "b_(?P<kind>.*)"}, "does not fit it"),
    ],
)  # fmt: skip
def test_what_cannot_be_opened_is_named(
    tmp_path: Path, name: str, content: str | bytes, settings: dict[str, Any], words: str
) -> None:
    with pytest.raises(DataError, match=words.replace("(", "[(]")):
        read(tmp_path, content, name, **settings)


def archive() -> bytes:
    """A zip archive."""
    with io.BytesIO() as out:
        with zipfile.ZipFile(out, "w") as file:
            file.writestr(zipfile.ZipInfo("a.csv"), HEAD)
        return out.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.csv", archive(), "a.csv is a zip archive (unpack it, or export a spreadsheet as CSV)"),
        ("a.csv", gzip.compress(HEAD, mtime=0), "a.csv is compressed by gzip (its name has to end in .gz)"),
        ("a.csv.gz", gzip.compress(b"", mtime=0), "a.csv.gz is empty; expected columns and rows"),
        ("a.csv", b"\n" + HEAD, "line 1 of a.csv, where the column names should be, is empty"),
        ("a.csv", b'a,"b,c\n1,2,3\n', "line 1 of a.csv, where the column names should be, is too long or has a quote"),
        ("a.csv", "zoë,x\n".encode("cp1252"), "check ingest.encoding"),
    ],
)  # fmt: skip
def test_what_is_no_text_is_named(tmp_path: Path, name: str, content: bytes, words: str) -> None:
    with pytest.raises(DataError) as error:
        read(tmp_path, content, name)
    assert words in str(error.value)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_column_names_may_have_line_breaks(tmp_path: Path, end: str) -> None:
    head = f'payer,day,"the{end}kind",money{end}'
    text = head + ROWS.replace("\n", end) + f"ann,never,food,1{end}"
    columns = {"category": f"the{end}kind"}
    _, monthly, quarantine = read(tmp_path, text, columns=columns)
    assert sums(monthly) == SUMS
    assert [(row["row"], row["line"]) for row in quarantine] == [(4, 6)]
    broken = text + f"x,y{end}"
    _, monthly, quarantine = read(tmp_path, broken, columns=columns)
    assert sums(monthly) == SUMS
    assert [(row["row"], row["line"]) for row in quarantine] == [(4, 6), (5, 7)]


def test_a_file_that_is_not_there_is_not_said_to_be_compressed(tmp_path: Path) -> None:
    missing = Piece("nope.csv", str(tmp_path / "nope.csv"))
    with pytest.raises(DataError, match=r"^ingest\.files: nope\.csv: there is no such file$"):
        plain_text(missing, "cp1252", str(tmp_path / "out"))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp1252"])
def test_the_beginning_of_a_text_has_whole_lines(tmp_path: Path, encoding: str) -> None:
    lines = [f"zoë,{number},é" for number in range(1000)]
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress("\n".join(lines).encode(encoding)))
    piece = Piece("a.csv.gz", str(path))
    for most in (1001, 10**6):
        target = tmp_path / "beginning.csv"
        beginning(piece, encoding, most, str(target))
        found = target.read_text("utf-8").lstrip("\ufeff").split("\n")
        found = found[:-1] if most == 1001 else found
        assert found == lines[: len(found)]
        assert 20 < len(found) < 1000 if most == 1001 else len(found) == 1000
