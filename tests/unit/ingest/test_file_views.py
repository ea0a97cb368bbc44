"""A file of any kind as judged rows: the fast way, the careful way, Parquet of any types."""

import datetime
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet as pq
import pytest
from ingest_runs import READING, run, table_of

from spendscape.core.errors import DataError
from spendscape.ingest import file_views
from spendscape.ingest.columns import Reading
from spendscape.ingest.lossless_csv import careful_rows


def test_a_clean_file_goes_the_fast_way_and_a_broken_one_the_careful_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    used: list[str] = []

    def careful(path: str, *given: Any) -> Iterator[dict[str, Any]]:
        used.append(path)
        return careful_rows(path, *given)

    monkeypatch.setattr(file_views, "careful_rows", careful)
    head = b"payer,day,kind,money\n"
    clean = head + b'a,2024-01-01,food,1\n"b, c",never,food,"2,000"\n'
    run(
        tmp_path,
        {
            "clean.csv": clean,
            "broken.csv": clean + b"d,2024-01-01\n",
            "crlf.csv": clean.replace(b"\n", b"\r\n"),
        },
    )
    assert [Path(path).name for path in used] == ["broken.csv"]


@pytest.mark.parametrize(
    "types",
    [
        (pa.date32(), pa.float64()),
        (pa.timestamp("us"), pa.decimal128(12, 2)),
        (pa.timestamp("ms", tz="UTC"), pa.float64()),
        (pa.string(), pa.string()),
        (pa.date64(), pa.string()),
    ],
    ids=str,
)
def test_parquet_of_any_types_reads_like_csv(
    tmp_path: Path, types: tuple[pa.DataType, pa.DataType]
) -> None:
    reading = Reading(columns=READING.columns, missing_amounts=[""])
    ledger, monthly, quarantine = run(tmp_path, {"a.parquet": table_of(types)}, reading)
    assert ledger["total"]["accepted"] == {"rows": 2, "amount": "3.30"}
    assert monthly == [
        {"customer_id": "a", "month": datetime.date(2024, 1, 1), "class": "food", "amount": 3.3, "transactions": 2}
    ]  # fmt: skip
    assert [(q["row"], q["line"], q["reason"]) for q in quarantine] == [
        (3, None, "bad_date"),
        (5, None, "no_customer"),
    ]
    assert ledger["total"]["excluded"]["reasons"] == {"missing_amount": {"rows": 1, "amount": None}}
    assert ledger["customers"] == {"read": 2, "accepted": 1}
    assert "1 customer has no accepted row" in ledger["summary"]


def test_nested_types_are_refused_and_a_damaged_file_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "Pacific/Auckland")
    table = table_of((pa.timestamp("ms", tz="UTC"), pa.float64()))
    nested = table.set_column(0, "money", pa.array([[1.0]] * 5))
    with pytest.raises(
        DataError, match=r"in nested\.parquet it has the type list; expected numbers"
    ):
        run(tmp_path, {"nested.parquet": nested})
    (tmp_path / "raw").mkdir(exist_ok=True)
    pq.write_table(
        pa.concat_tables([table] * 500),
        tmp_path / "whole.parquet",
        compression="none",
        use_dictionary=False,
    )
    whole = (tmp_path / "whole.parquet").read_bytes()
    with pytest.raises(DataError, match=r"damaged\.parquet cannot be read"):
        run(tmp_path, {"damaged.parquet": b"PAR1" + b"\xff" * 6000 + whole[6004:]})


def test_files_may_order_their_columns_differently(tmp_path: Path) -> None:
    files = {
        "a.csv": b"payer,day,kind,money\na,2024-01-01,food,1\n",
        "b.csv": b"money,extra,kind,day,payer\n2,,food,2024-01-01,a\n",
    }
    _, monthly, _ = run(tmp_path, files)
    assert [(row["amount"], row["transactions"]) for row in monthly] == [(3.0, 2)]
