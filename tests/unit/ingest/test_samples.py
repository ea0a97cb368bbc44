"""The first rows of an export of any form, and the settings that read it."""

import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet as pq
import pytest

from spendscape.core.errors import DataError
from spendscape.ingest.samples import read_sample


def test_a_text_without_names_of_columns(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes("Zoë|2024-01-31|5\nbob|2024-02-01|6\n".encode("cp1252"))
    sample = read_sample("a.txt", str(path))
    assert sample.columns == {
        "column_1": ["Zoë", "bob"],
        "column_2": ["2024-01-31", "2024-02-01"],
        "column_3": ["5", "6"],
    }
    settings = {key: value for key, (value, _) in sample.settings.items()}
    assert settings == {
        "encoding": "cp1252",
        "delimiter": "|",
        "column_names": ["column_1", "column_2", "column_3"],
    }


@pytest.mark.parametrize("before", ["", "Umsätze\naller Konten\n"])
def test_letters_of_cp1252_in_the_column_names_only(tmp_path: Path, before: str) -> None:
    rows = b"K1;2024-01-31;food;5\n" * 999
    path = tmp_path / "a.csv"
    path.write_bytes(f"{before}Compte;Date;Catégorie;Montant\n".encode("cp1252") + rows)
    sample = read_sample("a.csv", str(path))
    assert list(sample.columns) == ["Compte", "Date", "Catégorie", "Montant"]
    assert sample.settings["encoding"][0] == "cp1252"
    path.write_bytes("Compte;Date;Catégorie;Montant\n".encode() + rows + b"K\xff;2024-01-31;x;5\n")
    assert "encoding" not in read_sample("a.csv", str(path)).settings


@pytest.mark.parametrize("name", ["a.parquet", "a.feather", "a.arrow"])
def test_typed_columns_are_sampled_as_text(tmp_path: Path, name: str) -> None:
    table = pa.table({"day": [datetime.date(2024, 1, 31), None], "money": [1.5, 2.0]})
    path = tmp_path / name
    if name == "a.parquet":
        pq.write_table(table, path)
    elif name == "a.feather":
        pyarrow.feather.write_feather(table, path)
    else:
        with pa.ipc.new_stream(path, table.schema) as writer:
            writer.write_table(table)
    sample = read_sample(name, str(path))
    assert sample.columns == {"day": ["2024-01-31", ""], "money": ["1.5", "2.0"]}
    assert not sample.settings


def test_what_cannot_be_sampled_is_named(tmp_path: Path) -> None:
    pq.write_table(pa.table({"day": pa.array([], pa.date32())}), tmp_path / "empty.parquet")
    with pytest.raises(DataError, match="or has no rows"):
        read_sample("empty.parquet", str(tmp_path / "empty.parquet"))
    path = tmp_path / "x"
    path.write_bytes(b"nothing of the kind")
    for name, words in {
        "a.parquet": "a.parquet cannot be read as parquet",
        "a.csv.gz": "a.csv.gz cannot be decompressed as gzip",
        "a.csv": "no delimiter of",
    }.items():
        with pytest.raises(DataError, match=words):
            read_sample(name, str(path))
    with pytest.raises(DataError, match=r"x\.csv is a Parquet file \(its name has to end in \.parquet\)"):  # fmt: skip
        read_sample("x.csv", str(tmp_path / "empty.parquet"))
    with pytest.raises(DataError, match=r"^none\.csv cannot be opened$"):
        read_sample("none.csv", str(tmp_path / "none.csv"))
