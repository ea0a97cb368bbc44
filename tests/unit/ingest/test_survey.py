"""What only all rows together show: repeats, currencies, too much quarantine."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ingest_runs import HEAD, PLAIN, READING, read, reasons, run, sums

from spendscape.core.errors import DataError


def test_repeated_transactions(tmp_path: Path) -> None:
    rows = ["a,2024-01-01,food,1,t1", "b,2024-01-01,food,2,t1", "a,2024-01-01,food,4, t1 "]
    more = ["a,2024-01-01,rent,8,t1", "a,2024-01-01,food,16,", "a,2024-01-01,food,32,", "a,2024-01-01,food,x,t9", "a,2024-01-01,food,64,t9"]  # fmt: skip
    head = "payer,day,kind,money,id\n"
    files = {
        n: (head + "\n".join(r) + "\n").encode() for n, r in (("1.csv", rows), ("2.csv", more))
    }
    reading = replace(READING, columns=replace(READING.columns, transaction="id"))
    ledger, monthly, quarantine = run(tmp_path, files, reading, PLAIN)
    assert sums(monthly) == [("a", "2024-01", "food", 113.0, 4), ("b", "2024-01", "food", 2.0, 1)]
    assert reasons(ledger, "excluded") == {"repeated_transaction": 2}
    assert ledger["files"]["2.csv"]["excluded"]["amount"] == "8.00"
    assert [row["line"] for row in quarantine] == [5]


def test_currencies(tmp_path: Path) -> None:
    text = b"payer,day,kind,money,cur\na,2024-01-01,food,1,EUR\na,2024-01-01,food,10,usd\na,2024-02-01,food,10,USD\na,2024-02-01,food,5,XXX\n"
    settings: dict[str, Any] = {"columns": {"currency": "cur"}, "currency": "EUR"}
    with pytest.raises(
        DataError, match=r"ingest\.currency: 'EUR' was given; 3 rows are in 'USD', 'XXX'"
    ):
        read(tmp_path, text, **settings)
    rates: list[tuple[str, str | None, str]] = [("USD", None, "0.9")]
    _, monthly, quarantine = read(tmp_path, text, **settings, rates=rates)
    assert [row[3] for row in sums(monthly)] == [10.0, 9.0]
    assert [(row["line"], row["reason"]) for row in quarantine] == [(5, "no_rate")]
    rates = [("USD", "2024-01", "0.5"), ("USD", "2024-02", "0.25")]
    monthly = read(tmp_path, text, **settings, rates=rates)[1]
    assert [row[3] for row in sums(monthly)] == [6.0, 2.5]


def test_too_many_quarantined_rows_stop_the_run(tmp_path: Path) -> None:
    text = HEAD + b"a,2024-01-01,food,1\n" * 98 + b"a,x,food,1\na,2024-01-01,food,secret\n"
    run(tmp_path, {"a.csv": text}, max_quarantined_share=0.02)
    with pytest.raises(DataError) as error:
        run(tmp_path, {"a.csv": text}, max_quarantined_share=0.019)
    message = str(error.value)
    assert "max_quarantined_share: 0.019" in message
    assert "2 of 100 rows (2.00%)" in message
    assert "bad_date 1" in message
    assert "secret" not in message
